import { type Dataset, GruvyError } from "../base/index.ts";
import {
  adam,
  type Callback,
  dense,
  earlyStopping,
  embedding,
  gru,
  input,
  type Layer,
  lstm,
  type Model,
  sequential,
  simpleRnn,
} from "../model/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { ProgressObserver } from "./progress.ts";
import type { Cell, Schedule } from "./settings.ts";
import { solved } from "./solved.ts";

/** The network around a cell: what goes in, how wide and deep it is, and what comes out. */
export interface NetworkShape {
  readonly units: number;
  readonly layers: number;
  readonly input:
    | { readonly kind: "tokens"; readonly tokens: number; readonly outputDim: number; readonly masked: boolean }
    | { readonly kind: "features"; readonly steps: number | null; readonly features: number };
  readonly output:
    | { readonly kind: "values"; readonly count: number }
    | { readonly kind: "classes"; readonly count: number };
  readonly learningRate: number;
  /** Share of the inputs of each recurrent layer that is left out while training. Default 0. */
  readonly dropout?: number;
  /** Gradients whose norm over all weights is larger are scaled down to it. */
  readonly globalClipnorm?: number;
}

/** The cells of one comparison differ in nothing but their kind. Two classes get one sigmoid unit, more a softmax. */
export function recurrentModel(cell: Cell, shape: NetworkShape, seed: number): Model {
  const layers: Layer[] = [];
  if (shape.input.kind === "tokens") {
    const { tokens, outputDim, masked } = shape.input;
    layers.push(embedding({ inputDim: tokens, outputDim, maskZero: masked }));
  } else {
    layers.push(input({ shape: [shape.input.steps, shape.input.features] }));
  }
  const layer = { rnn: simpleRnn, lstm, gru }[cell];
  for (let i = 0; i < shape.layers; i++) {
    layers.push(layer({ units: shape.units, returnSequences: i < shape.layers - 1, dropout: shape.dropout ?? 0 }));
  }
  const { output } = shape;
  if (output.kind === "values") layers.push(dense({ units: output.count }));
  else if (output.count === 2) layers.push(dense({ units: 1, activation: "sigmoid" }));
  else layers.push(dense({ units: output.count, activation: "softmax" }));
  const model = sequential(layers, { seed });
  model.compile({
    optimizer: adam({ learningRate: shape.learningRate, globalClipnorm: shape.globalClipnorm }),
    loss:
      output.kind === "values"
        ? "meanSquaredError"
        : output.count === 2
          ? "binaryCrossentropy"
          : "sparseCategoricalCrossentropy",
    metrics: output.kind === "values" ? [] : ["accuracy"],
  });
  return model;
}

export interface TrainingHistory {
  /** Per epoch, by name: `loss`, `valLoss`, `accuracy`, `valAccuracy`. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** Epochs that were finished. */
  readonly epochs: number;
  /** From 1: the epoch with the least validation loss, whose weights the model now has; 0 when none was finished. */
  readonly bestEpoch: number;
  /** Why training ended against its will, with something to keep. */
  readonly trouble?: GruvyError;
}

/**
 * Trains until the validation loss has not fallen for `patience` epochs, and leaves the model with its best weights,
 * also when the signal or a loss that is not finite ended it, or with `keepsPart` a thread that died or a checkpoint that
 * could not be written.
 */
export async function trainModel(
  model: Model,
  data: { readonly train: Dataset; readonly validation: Dataset },
  options: {
    readonly name: Cell;
    readonly schedule: Schedule;
    readonly onProgress: ProgressObserver;
    readonly signal?: AbortSignal;
    readonly checkpoint?: Checkpoint;
    readonly resume?: boolean;
    /** Whether a part of a training is worth keeping whose thread died, or that could not be kept. Default false. */
    readonly keepsPart?: boolean;
  },
): Promise<TrainingHistory> {
  const { name, schedule, onProgress, signal, checkpoint, resume, keepsPart = false } = options;
  const { epochs, batchSize, patience = epochs, goal = 0 } = schedule;
  const rows = data.train.x.shape[0];
  let history: Readonly<Record<string, readonly number[]>> = {};
  let learned = false;
  const watch: Callback = {
    onTrainBegin: (trainer) => {
      history = trainer.history.history;
    },
    onProgress: ({ epoch, batch, tokens: read }) => {
      learned = true;
      onProgress({ type: "batch", model: name, epoch: epoch + 1, done: Math.min(rows, batch * batchSize), rows, read });
    },
    onEpochEnd: (epoch, logs) => {
      onProgress({ type: "epoch", model: name, epoch: epoch + 1, epochs, logs });
    },
  };
  const best = earlyStopping({ patience, restoreBestWeights: true });
  let trouble: GruvyError | undefined;
  try {
    const { findings } = await model.fit(data.train, {
      epochs,
      batchSize,
      validationData: data.validation,
      validationBatchSize: 256,
      callbacks: [watch, solved(goal), best, ...(checkpoint ? [checkpoint] : [])],
      resumeFrom: resume ? checkpoint : undefined,
      // Nobody has asked for a patience; it may follow from the number of epochs, and a training may go on for longer.
      resumeChanges: ["callbacks"],
      signal,
    });
    for (const text of findings) onProgress({ type: "note", text });
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    const part = error.code === "engine/thread" ? best.bestEpoch >= 0 || model.iterations > 0 : learned;
    const died = keepsPart && part && (error.code === "engine/thread" || error.kind === "file");
    if (!died && (error.kind !== "training" || best.bestEpoch < 0)) throw error;
    // What fit adds of the state it went back to is no longer so where the best weights are restored.
    trouble = died && error.cause instanceof GruvyError ? error.cause : error;
  }
  return { history, epochs: history.loss?.length ?? 0, bestEpoch: best.bestEpoch + 1, trouble };
}
