import { type BatchStream, type Dataset, GruvyError, shown, Tensor } from "../base/index.ts";
import type { Callback, FitOptions, Logs, Model, Threads, TrainingState } from "../model/index.ts";
import { formatJson } from "../storage/index.ts";
import { decodeModel, decodeTraining, encodeTraining } from "../tasks/index.ts";
import type { Values } from "./space/index.ts";
import type { TrainTrial, Work } from "./study/index.ts";

/** A model of a configuration, with the options of `fit` that belong to it, such as its batch size. */
export interface BuiltTrial {
  readonly model: Model;
  readonly fit?: FitOptions;
  /** Data of its own, where they depend on the configuration. */
  readonly data?: Dataset | BatchStream;
}

/** Callbacks remember what they have seen, so trials that are trained at the same time need callbacks of their own. */
export type TrialCallbacks = readonly Callback[] | (() => readonly Callback[]);

export interface TrialFitOptions extends Omit<FitOptions, "callbacks"> {
  readonly callbacks?: TrialCallbacks;
}

/**
 * After so many trials a worker starts new threads: a thread's heap is almost empty, so that its engine hardly ever
 * collects it, and the compiled programs of models that are gone stay in memory.
 */
const TRIALS_OF_THREADS = 40;

/**
 * A worker that trains trials by `fit`, on threads of its own. A trial that was under way goes on with all that its
 * training had, callbacks included; one that goes on from another gets its weights and its optimizer's state.
 */
export function fitTrials(
  build: (values: Values) => BuiltTrial,
  data: Dataset | BatchStream,
  options: TrialFitOptions,
  threads: Threads,
): TrainTrial {
  let trained = 0;
  return async (work) => {
    const { trial, state, start } = work;
    const built = build(trial.values);
    let { model } = built;
    try {
      if (state === undefined && start !== undefined) {
        model.dispose();
        model = await decodeModel(start, work.file ?? `trial ${trial.from}`, threads).catch((error: unknown) =>
          refuseDamaged(error, work),
        );
      } else model.runOn(threads);
      const history = await model.fit(built.data ?? data, {
        ...options,
        ...built.fit,
        epochs: trial.epochs,
        initialEpoch: trial.initialEpoch,
        callbacks: [...callbacksOf(options.callbacks), keeper(work)],
        signal: work.signal,
        ...(state === undefined ? {} : { resumeFrom: trainingOf(state, work) }),
      });
      return { stopped: history.stopped };
    } finally {
      model.dispose();
      if (++trained % TRIALS_OF_THREADS === 0) threads.close();
    }
  };
}

/** What the trial had learned when its last epoch was kept. */
function trainingOf(state: Uint8Array, work: Work): TrainingState {
  try {
    return decodeTraining(state, work.file ?? `trial ${work.trial.id}`);
  } catch (error) {
    return refuseDamaged(error, work);
  }
}

/** A damaged file is as a missing one: the failure of this trial, not the end of the study. */
function refuseDamaged(error: unknown, { trial, file }: Work): never {
  if (!(error instanceof GruvyError) || !error.code.startsWith("file/")) throw error;
  throw new GruvyError(
    "training/state",
    `The weights ${shown(file)} that trial ${trial.id} goes on from are damaged`,
    "",
    { cause: error },
  );
}

export function callbacksOf(callbacks: TrialCallbacks = []): readonly Callback[] {
  const made = typeof callbacks === "function" ? callbacks() : callbacks;
  if (Array.isArray(made)) return made;
  throw new GruvyError(
    "usage/option",
    `Expected callbacks to be a list, or a function that gives one, found ${shown(made)}`,
  );
}

/** Comes last, so that what other callbacks changed is part of what is kept. */
function keeper({ report }: Work): Callback {
  let logs: Logs | undefined;
  return {
    name: "trial",
    onEpochEnd(_, numbers) {
      logs = numbers;
    },
    async onStanding({ epoch, batch }, trainer) {
      if (batch > 0 || logs === undefined) return;
      const done = logs;
      logs = undefined;
      await report(epoch - 1, done, async () => {
        const state = apart(await trainer.getState());
        return () => encodeTraining(state);
      });
    },
  };
}

/** A state that callbacks which go on cannot change; what JSON cannot hold of theirs is refused at once. */
function apart(state: TrainingState): TrainingState {
  const callbacks = JSON.parse(formatJson(state.run.callbacks, "run.callbacks"));
  const arrays = new Map(state.arrays);
  for (const [name, { shape, data }] of arrays) {
    if (name.startsWith("callbacks/")) arrays.set(name, new Tensor(shape, data.slice()));
  }
  return { ...state, run: { ...state.run, callbacks }, arrays };
}
