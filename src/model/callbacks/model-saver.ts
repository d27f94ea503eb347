import { finiteNumber, GruvyError, shown, wholeNumber } from "../../base/index.ts";
import type { Model } from "../model.ts";
import { flag, optionsOf, refuseUnknown } from "../options.ts";
import type { Callback, Logs } from "./callback.ts";
import { improvement, type MonitorOptions } from "./early-stopping.ts";
import { anyNumber, remembered } from "./remembered.ts";

/** When a model is saved. */
export interface SaverOptions extends Omit<MonitorOptions, "minDelta"> {
  /** Only where `monitor` has improved on the best value so far. Default false. */
  readonly saveBestOnly?: boolean;
  /** After every epoch, or after every so many batches. Default `"epoch"`. */
  readonly saveFreq?: "epoch" | number;
  /** The first value that must be passed, with `saveBestOnly`. */
  readonly initialValueThreshold?: number;
}

export const saverOptions = ["monitor", "mode", "saveBestOnly", "saveFreq", "initialValueThreshold"];

/** Where a training is when its model is saved. Epochs count from 1 here, as in Keras's file names. */
export interface SavedAt {
  readonly epoch: number;
  /** Batches of the epoch that are done; undefined at its end. */
  readonly batch?: number;
  /** The epoch's numbers; none in its middle. */
  readonly logs: Logs;
}

/**
 * Hands the model over to be saved: after every epoch, after some batches, or whenever `monitor` (default `valLoss`) has
 * improved. What was best is part of a training's state. `modelCheckpoint` of `gruvy/node` writes files with it.
 *
 * @throws {GruvyError} `usage/option`, for a `saveBestOnly` that is not true or false `model/option`; from `fit`,
 *   `training/monitor` where nothing is called that.
 * @example
 * const epochs: number[] = [];
 * const saver = modelSaver(async (_model, { epoch }) => void epochs.push(epoch), { monitor: "loss", saveBestOnly: true });
 * const model = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]);
 * model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "meanSquaredError" });
 * await model.fit([[1]], [[2]], { epochs: 3, callbacks: [saver] });
 * epochs; // [1, 2, 3]
 */
export function modelSaver(
  save: (model: Model<unknown>, at: SavedAt) => void | Promise<void>,
  options: SaverOptions = {},
): Callback {
  const {
    monitor,
    mode,
    saveBestOnly = false,
    saveFreq = "epoch",
    initialValueThreshold,
  } = optionsOf(options, "modelSaver", "usage/option");
  refuseUnknown(options, saverOptions, "modelSaver", "usage/option");
  if (typeof save !== "function") {
    throw new GruvyError("usage/option", `Expected a function that saves a model, found ${shown(save)}`);
  }
  flag(saveBestOnly, "saveBestOnly");
  const batches = saveFreq === "epoch" ? undefined : wholeNumber(saveFreq, "saveFreq");
  if (batches !== undefined && saveBestOnly) {
    throw new GruvyError(
      "usage/option",
      'Expected saveFreq "epoch" with saveBestOnly, found a number of batches',
      "What is best is known at the end of an epoch.",
    );
  }
  if (initialValueThreshold !== undefined) finiteNumber(initialValueThreshold, "initialValueThreshold");
  const { worst, better, value, settings } = improvement({ monitor, mode });
  const start = initialValueThreshold ?? worst;
  let best = start;
  return {
    name: "modelSaver",
    settings: { ...settings, saveBestOnly, saveFreq, initialValueThreshold: initialValueThreshold ?? null },
    everyBatches: batches,
    onTrainBegin() {
      best = start;
    },
    async onEpochEnd(epoch, logs, { model }) {
      if (batches !== undefined) return;
      if (saveBestOnly) {
        const current = value(logs);
        if (!better(current, best)) return;
        best = current;
      }
      await save(model, { epoch: epoch + 1, logs });
    },
    ...(batches === undefined
      ? {}
      : {
          async onStanding({ epoch, batch, steps }, { model }) {
            // The state at the end of an epoch is told twice: as its last batch, and before the next.
            if (batch > 0 && steps % batches === 0) await save(model, { epoch: epoch + 1, batch, logs: {} });
          },
        }),
    getState: () => ({ tensors: new Map([["best", anyNumber(best)]]) }),
    setState(state) {
      best = remembered(state, "modelSaver").any("best");
    },
  };
}
