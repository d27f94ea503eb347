// What trainings need that keep states, or go on from one.

import type { BatchStream } from "../base/index.ts";
import { type Callback, nameOf } from "./callbacks/callback.ts";
import { fingerprint } from "./fingerprint.ts";
import { isRows } from "./fit-data.ts";
import type { FitOptions } from "./fit-options.ts";
import type { Model } from "./model.ts";
import type { Rows } from "./rows.ts";
import { beginsEpochAgain, checkChanges, type TrainingSettings, trainingSettings } from "./training-settings.ts";
import { type ReadState, readState, restoreModel, type TrainingState } from "./training-state.ts";

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

/** Brings the model to where the state was kept. `again`: the epoch begins anew, as its data are others. */
export async function resume(
  model: Model<unknown>,
  options: FitOptions,
  callbacks: readonly Callback[],
  data: Data,
  state: TrainingState,
): Promise<{ settings: TrainingSettings; read: ReadState; again: boolean }> {
  const [train] = data;
  const read = readState(state);
  if (!model.isBuilt && !isRows(train)) {
    // The layers do not say what they expect; the first batch does.
    for await (const { x, y } of train) {
      model.prepare(x, y, true);
      break;
    }
  }
  const settings = settingsOf(model, options, callbacks, data);
  const changed = checkChanges(read.settings, settings, options.resumeChanges);
  await restoreModel(model, state, read, changed.has("optimizer"));
  const otherData = !isRows(train) && options.resumeChanges?.includes("data") === true;
  return { settings, read, again: otherData || beginsEpochAgain(changed) };
}
