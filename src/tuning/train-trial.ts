import type { BatchStream, Dataset } from "../base/index.ts";
import type { Callback, FitOptions, Sequential, Trainer } from "../model/index.ts";
import { decodeModel, encodeModel } from "../tasks/index.ts";
import type { Values } from "./space/index.ts";
import type { TrainTrial, Work } from "./study/index.ts";

/** A model of a configuration, with the options of `fit` that belong to it, such as its batch size. */
export interface BuiltTrial {
  readonly model: Sequential;
  readonly fit?: FitOptions;
}

/**
 * Trains trials by `fit`. A trial that goes on gets its weights and its optimizer's state back; what callbacks remember,
 * such as the patience that is used up, is told to them again from the numbers of the epochs that are done.
 */
export function fitTrials(
  build: (values: Values) => BuiltTrial,
  data: Dataset | BatchStream,
  options: FitOptions,
): TrainTrial {
  return async (work) => {
    const built = build(work.trial.values);
    let { model } = built;
    if (work.state !== undefined) {
      model.dispose();
      model = await decodeModel(work.state, `trial ${work.trial.id}`);
    }
    try {
      const callbacks = (options.callbacks ?? []).map((callback) => remembering(callback, work));
      const history = await model.fit(data, {
        ...options,
        ...built.fit,
        epochs: work.trial.epochs,
        initialEpoch: work.epoch,
        callbacks: [...callbacks, keeper(work)],
        signal: work.signal,
      });
      return { stopped: history.stopped };
    } finally {
      model.dispose();
    }
  };
}

/** Comes last, so that what other callbacks changed is part of what is kept. */
const keeper = ({ report }: Work): Callback => ({
  async onEpochEnd(epoch, logs, { model }) {
    await report(epoch, logs, () => encodeModel(model));
  },
});

/** A callback that is told, at the beginning, of the epochs that this trial has done before. */
function remembering(callback: Callback, { trial }: Work): Callback {
  return {
    ...hooks(callback),
    async onTrainBegin(trainer: Trainer) {
      await callback.onTrainBegin?.(trainer);
      for (const { epoch, logs } of trial.history) {
        await callback.onEpochBegin?.(epoch, trainer);
        await callback.onEpochEnd?.(epoch, logs, trainer);
      }
    },
  };
}

/** The hooks that there are, each with its own `this`; one that is absent must stay so, for a hook a batch costs time. */
function hooks(callback: Callback): Callback {
  return {
    name: callback.name,
    everyBatches: callback.everyBatches,
    onEpochBegin: callback.onEpochBegin?.bind(callback),
    onBatchEnd: callback.onBatchEnd?.bind(callback),
    onProgress: callback.onProgress?.bind(callback),
    onEpochEnd: callback.onEpochEnd?.bind(callback),
    onStanding: callback.onStanding?.bind(callback),
    onTrainEnd: callback.onTrainEnd?.bind(callback),
  };
}
