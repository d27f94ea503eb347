import { counted } from "../base/index.ts";
import type { CellRun } from "./cell-run.ts";
import type { Job, ScoredModel } from "./job.ts";
import { cellNames } from "./names.ts";
import type { Finding } from "./results.ts";

type Run = Pick<CellRun, "name" | "epochs" | "bestEpoch" | "history" | "validation">;
type Plan = Pick<Job, "metric" | "schedule" | "split">;
type Validated = Pick<ScoredModel, "validation">;

/** Of fewer the last is easily the best by chance: the loss of the training rows must have fallen, too. */
const LEAST_EPOCHS = 4;
/** Fewer do not tell a loss that falls slowly from one that has begun to fall. */
const LEAST_FOR_SLOW = 10;

/** Whether the best epoch, from 1, is among the last 5 %, and the last always: more epochs may bring more. */
export const isNearEnd = (bestEpoch: number, epochs: number): boolean => 20 * bestEpoch > 19 * epochs;

/** What to say of a cell whose trainings all ended with their epochs, before they had learned what they could. */
export function unfinishedFinding(runs: readonly Run[], job: Plan, baseline: Validated): Finding | undefined {
  const { epochs } = job.schedule;
  if (runs.length === 0 || runs.some((one) => one.epochs < epochs)) return undefined;
  // Nothing is left to gain where nearly every row is right.
  if (runs.every(({ validation: { accuracy = 0 } }) => accuracy > 0.995)) return undefined;
  const few = epochs < LEAST_EPOCHS;
  const improving = runs.every(
    ({ bestEpoch, history: { loss = [] } }) =>
      isNearEnd(bestEpoch, epochs) && (!few || loss.length < 2 || loss[epochs - 1] < loss[epochs - 2]),
  );
  const slow = epochs >= LEAST_FOR_SLOW && runs.every((one) => isLearning(one, job, baseline));
  if (!improving && !slow) return undefined;
  const name = cellNames[runs[0].name];
  if (epochs === 1) {
    return {
      severity: "warning",
      what: `${name} was trained for 1 epoch alone, which does not tell how good it can be`,
      advice: "Leave --epochs out, or raise it.",
    };
  }
  return {
    severity: "warning",
    what: improving
      ? `${name} was still getting better when its ${counted(epochs, "epoch was", "epochs were")} over`
      : `${name} was still learning its training rows when its ${counted(epochs, "epoch was", "epochs were")} over`,
    advice: few ? "Leave --epochs out, or raise it." : `It may do better with more: --epochs ${4 * epochs}.`,
  };
}

/**
 * Whether the training rows are far from learned and their loss is still falling, where a baseline that is better by more
 * than chance shows that there is more to learn. (A validation loss may rise for a while before a cell has found the
 * pattern.)
 */
function isLearning({ history, validation }: Run, { metric, split }: Plan, baseline: Validated): boolean {
  const { loss = [] } = history;
  const third = Math.floor(loss.length / 3);
  const [before, last] = [loss.slice(-2 * third, -third), loss.slice(-third)].map(
    (part) => part.reduce((sum, one) => sum + one, 0) / third,
  );
  const [own, other] = [validation[metric] ?? 0, baseline.validation[metric] ?? 0];
  // Two standard errors of an accuracy at its widest.
  const behind = metric === "accuracy" ? other - own > 1 / Math.sqrt(split.validation) : other < 0.9 * own;
  return behind && last > 0.5 * loss[0] && last < 0.99 * before;
}
