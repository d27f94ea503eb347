import type { Dataset } from "../base/index.ts";
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
  type Sequential,
  sequential,
  simpleRnn,
} from "../model/index.ts";
import type { ProgressObserver } from "./progress.ts";
import type { Cell, Schedule } from "./settings.ts";

/** The network around a cell: what goes in, how wide and deep it is, and what comes out. */
export interface NetworkShape {
  readonly units: number;
  readonly layers: number;
  readonly input:
    | { readonly kind: "tokens"; readonly tokens: number; readonly outputDim: number; readonly masked: boolean }
    | { readonly kind: "features"; readonly steps: number; readonly features: number };
  readonly output: { readonly kind: "values"; readonly count: number } | { readonly kind: "classes"; readonly count: number };
  readonly learningRate: number;
}

/** The cells of one comparison differ in nothing but their kind. Two classes get one sigmoid unit, more a softmax. */
export function recurrentModel(cell: Cell, shape: NetworkShape, options: { seed: number; threads?: number }): Sequential {
  const layers: Layer[] = [];
  if (shape.input.kind === "tokens") {
    const { tokens, outputDim, masked } = shape.input;
    layers.push(embedding({ inputDim: tokens, outputDim, maskZero: masked }));
  } else {
    layers.push(input({ shape: [shape.input.steps, shape.input.features] }));
  }
  const layer = { rnn: simpleRnn, lstm, gru }[cell];
  for (let i = 0; i < shape.layers; i++) {
    layers.push(layer({ units: shape.units, returnSequences: i < shape.layers - 1 }));
  }
  const { output } = shape;
  if (output.kind === "values") layers.push(dense({ units: output.count }));
  else if (output.count === 2) layers.push(dense({ units: 1, activation: "sigmoid" }));
  else layers.push(dense({ units: output.count, activation: "softmax" }));
  const model = sequential(layers, { seed: options.seed });
  model.compile({
    optimizer: adam({ learningRate: shape.learningRate }),
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
  readonly epochs: number;
  /** From 1: the epoch with the least validation loss, whose weights the model now has. */
  readonly bestEpoch: number;
}

const LONG_EPOCH = 200_000; // numbers in the inputs

/** Trains until the validation loss has not fallen for `patience` epochs, and leaves the model with its best weights. */
export async function trainModel(
  model: Sequential,
  data: { readonly train: Dataset; readonly validation: Dataset },
  options: {
    readonly name: Cell;
    readonly schedule: Schedule;
    readonly onProgress: ProgressObserver;
    readonly signal?: AbortSignal;
  },
): Promise<TrainingHistory> {
  const { name, schedule, onProgress, signal } = options;
  const rows = data.train.x.shape[0];
  let epoch = 0;
  const watch: Callback = {
    onEpochBegin: (index) => {
      epoch = index + 1;
    },
    onEpochEnd: (index, logs) => {
      onProgress({ type: "epoch", model: name, epoch: index + 1, epochs: schedule.epochs, logs });
    },
    // Being told of every batch costs a stop each time: worth it only where an epoch takes long.
    ...(data.train.x.data.length > LONG_EPOCH && {
      onBatchEnd: (batch: number) => {
        const done = Math.min(rows, (batch + 1) * schedule.batchSize);
        onProgress({ type: "batch", model: name, epoch, done, rows });
      },
    }),
  };
  const { history } = await model.fit(data.train, {
    epochs: schedule.epochs,
    batchSize: schedule.batchSize,
    validationData: data.validation,
    callbacks: [watch, earlyStopping({ patience: schedule.patience ?? schedule.epochs, restoreBestWeights: true })],
    signal,
  });
  const losses = history.valLoss ?? [];
  return { history, epochs: losses.length, bestEpoch: losses.indexOf(Math.min(...losses)) + 1 };
}
