import { wholeNumber } from "../base/index.ts";
import { type Callback, earlyStopping } from "../model/index.ts";
import { solved, type Tunable } from "../tasks/index.ts";

/** How long a configuration is trained, and which of its epochs counts. */
export interface Lengths {
  /** At most. */
  readonly epochs: number;
  /** As `train` has them; absent where all epochs that were asked for are trained. */
  readonly asTrain?: Tunable["schedule"];
}

/** Of the trials where rungs say it. */
const RUNG_EPOCHS = 10;

/**
 * The epochs that were asked for, all of them; else as `train` would have it, but for the trials of a search that has
 * rungs.
 */
export function lengthsOf(
  schedule: Tunable["schedule"],
  { rungs, maxEpochs }: { readonly rungs: boolean; readonly maxEpochs?: number },
): { readonly trials: Lengths; readonly finals: Lengths } {
  if (maxEpochs !== undefined) {
    const asked = { epochs: wholeNumber(maxEpochs, "maxEpochs") };
    return { trials: asked, finals: asked };
  }
  const usual = { epochs: schedule.epochs, asTrain: schedule };
  return { trials: rungs ? { epochs: RUNG_EPOCHS } : usual, finals: usual };
}

/** Whether a training may end before its last epoch. */
export const endsEarly = ({ epochs, asTrain }: Lengths): boolean =>
  asTrain !== undefined && ((asTrain.patience ?? epochs) < epochs || asTrain.goal !== undefined);

/** What ends a trial as `train` would; the study keeps the weights of its best epoch. */
export function endings(lengths: Lengths): Callback[] {
  if (!endsEarly(lengths)) return [];
  const { epochs, asTrain: { patience = epochs, goal } = {} } = lengths;
  return [earlyStopping({ patience, restoreBestWeights: false }), ...(goal === undefined ? [] : [solved(goal)])];
}

/** In a few words, for a study goes on only with the same. */
export const lengthsText = ({ epochs, asTrain }: Lengths): string | undefined =>
  asTrain && `as train: ${epochs} epochs${asTrain.patience === undefined ? "" : `, patience ${asTrain.patience}`}`;
