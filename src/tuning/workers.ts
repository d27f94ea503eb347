import { type BatchStream, type Dataset, GruvyError } from "../base/index.ts";
import { splitThreads, type Threads } from "../model/index.ts";
import type { Values } from "./space/index.ts";
import type { TrainTrial } from "./study/index.ts";
import { type BuiltTrial, fitTrials, type TrialFitOptions } from "./train-trial.ts";

/** What all workers do alike. */
export interface Trials {
  readonly build: (values: Values) => BuiltTrial;
  readonly data: Dataset | BatchStream;
  readonly fit: TrialFitOptions;
}

/** Divides the cores among workers for as long as `use` takes. */
export async function withThreads<T>(workers: number, use: (groups: readonly Threads[]) => Promise<T>): Promise<T> {
  const groups = splitThreads(workers);
  try {
    return await use(groups);
  } finally {
    for (const group of groups) group.close();
  }
}

/**
 * Workers of this process: each trains on threads of its own, which hold nothing but their model's memory, while the
 * data lie in the process once. What dies is a thread, and with it one trial's epoch.
 *
 * @throws {GruvyError} `usage/option` for a list of callbacks that several workers would share.
 */
export async function withWorkers<T>(
  workers: number,
  { build, data, fit }: Trials,
  use: (trainers: readonly TrainTrial[]) => Promise<T>,
): Promise<T> {
  const { callbacks = [] } = fit;
  if (workers > 1 && typeof callbacks !== "function" && callbacks.length > 0) {
    throw new GruvyError(
      "usage/option",
      `Expected callbacks to be a function that makes them, found a list for ${workers} workers`,
      "They remember what they saw, so each trial needs its own: callbacks: () => [earlyStopping({ patience: 5 })].",
    );
  }
  return withThreads(workers, (groups) => use(groups.map((threads) => fitTrials(build, data, fit, threads))));
}
