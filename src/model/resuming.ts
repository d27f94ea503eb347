// What trainings need that keep states, or go on from one.

import type { BatchStream } from "../base/index.ts";
import { type Callback, nameOf } from "./callbacks/callback.ts";
import type { CostCounter } from "./cost.ts";
import { fingerprint } from "./fingerprint.ts";
import { isRows } from "./fit-data.ts";
import type { FitOptions } from "./fit-options.ts";
import type { History } from "./history.ts";
import type { LossWatch } from "./loss-watch.ts";
import type { Model } from "./model.ts";
import type { Rows } from "./rows.ts";
import { beginsEpochAgain, checkChanges, type TrainingSettings, trainingSettings } from "./training-settings.ts";
import { type Position, type ReadState, readState, restoreModel, type TrainingState } from "./training-state.ts";

/** What is trained on, and what it is validated with. */
type Data = readonly [train: Rows | BatchStream, validation: Rows | undefined];

/** The settings of a training. */
export const settingsOf = (
  model: Model<unknown>,
  options: FitOptions,
  callbacks: readonly Callback[],
  [train, validation]: Data,
): TrainingSettings =>
  trainingSettings(model, options, {
    data: isRows(train) ? fingerprint(train) : "a stream",
    validationData: validation ? fingerprint(validation) : null,
    callbacks: callbacks
      .filter((callback) => callback.getState)
      .map((callback) => ({ name: nameOf(callback), ...callback.settings })),
  });

/** A training that goes on, with what a state tells of it. */
export interface Resuming {
  readonly model: Model<unknown>;
  readonly options: FitOptions;
  readonly callbacks: readonly Callback[];
  readonly counter: CostCounter;
  readonly losses: LossWatch;
  readonly position: Position;
  settings: TrainingSettings | undefined;
  history: History;
  resumed: boolean;
}

/**
 * Brings the model and the training to where the state was kept, and tells what the callbacks remember. Where the data are
 * others, the epoch begins anew.
 */
export async function resume(
  training: Resuming,
  data: Data,
  state: TrainingState,
): Promise<ReadState["callbacks"][number][]> {
  const { model, options, callbacks } = training;
  const [train] = data;
  const read = readState(state);
  if (!model.isBuilt && !isRows(train)) {
    // The layers do not say what they expect; the first batch does.
    for await (const { x, y } of train) {
      await model.prepare(x, y, true);
      break;
    }
  }
  training.settings = settingsOf(model, options, callbacks, data);
  const changed = checkChanges(read.settings, training.settings, options.resumeChanges);
  await restoreModel(model, state, read, changed.has("optimizer"));
  training.history = read.history;
  training.counter.counts.set(read.counts);
  Object.assign(training.losses, read.losses);
  training.resumed = true;
  const otherData = !isRows(train) && options.resumeChanges?.includes("data") === true;
  Object.assign(training.position, read.position, otherData || beginsEpochAgain(changed) ? { batch: 0 } : {});
  return [...read.callbacks];
}
