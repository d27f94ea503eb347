import { counted, type Dataset } from "../base/index.ts";
import type { FitOptions, Model } from "../model/index.ts";
import type { PlanLine, Searcher } from "./searchers/index.ts";
import type { Space } from "./space/index.ts";
import type { Budget } from "./study/index.ts";

const STEPS = 6;

export interface PlanOptions {
  /** Those of a trial whose searcher does not say; with `endsEarly` at most. */
  readonly epochs?: number;
  readonly secondsOfEpoch?: number;
  readonly endsEarly?: boolean;
  /** What may end the search before its plan is done. */
  readonly budget?: Budget;
}

/** A plan as lines of text, with what of it the budget leaves out. */
export function planText(searcher: Searcher, space: Space, options: PlanOptions = {}): string {
  return [...planLines(searcher, space, options), ...budgetLines(searcher, space, options)].join("\n");
}

function planLines(
  searcher: Searcher,
  space: Space,
  { epochs, secondsOfEpoch, endsEarly = false }: PlanOptions,
): string[] {
  const lines = searcher.plan(space);
  if (lines === undefined) return [`${searcher.name}: trials until the budget is used up`];
  const work = lines.reduce((sum, line) => sum + workOf(line, epochs), 0);
  const trials = lines.reduce((sum, line) => sum + line.trials, 0);
  const time =
    secondsOfEpoch === undefined || work === 0
      ? ""
      : `, about ${duration(work * secondsOfEpoch)} at the default's speed`;
  const total = `${searcher.name}: ${counted(trials, "trial")}${work > 0 ? `, ${endsEarly ? "at most " : ""}${counted(work, "epoch")}` : ""}${time}`;
  if (lines.length === 1) return [total];
  const rows = lines.map(({ what, trials: count, epochs: to }) => {
    return `  ${what}: ${counted(count, "trial")}${to === undefined ? "" : ` to epoch ${to}`}`;
  });
  return [total, ...rows];
}

function budgetLines(searcher: Searcher, space: Space, options: PlanOptions): string[] {
  const { epochs: each, budget: { trials, epochs, seconds } = {} } = options;
  const ends = (limit: number | undefined, whole = Number.POSITIVE_INFINITY): limit is number =>
    limit !== undefined && limit < whole;
  const limits = [
    ends(trials, plannedTrials(searcher, space)) && counted(trials, "trial"),
    ends(epochs, plannedEpochs(searcher, space, each) || undefined) && counted(epochs, "epoch"),
    seconds !== undefined && duration(seconds),
  ].filter((one) => one !== false);
  return [
    ...(limits.length === 0
      ? []
      : [`The budget ends the search after ${limits.join(" or ")}, unless it is done before.`]),
    ...shortLines(searcher, space, options),
  ];
}

/** Says it where the budget is so small that no trial would get to the last rung. */
function shortLines(searcher: Searcher, space: Space, { budget = {}, secondsOfEpoch = 0 }: PlanOptions): string[] {
  const need = searcher.toEnd?.(space);
  if (need === undefined) return [];
  const { trials, epochs, seconds } = budget;
  const takes = need.epochs * secondsOfEpoch;
  const few = [
    trials !== undefined && trials < need.trials && counted(need.trials, "trial"),
    epochs !== undefined && epochs < need.epochs && counted(need.epochs, "epoch"),
    seconds !== undefined && seconds < takes && `about ${duration(takes)}`,
  ].filter((one) => one !== false);
  if (few.length === 0) return [];
  return [
    `So no trial gets to epoch ${need.epoch}, and the best is chosen among shorter ones. For one that does, give at least ${few.join(" and ")}; or ask for fewer epochs, or search by random, bayesian or tpe, which train each trial to its end.`,
  ];
}

/** The epochs of the whole plan, each counted once; undefined where only the budget says. */
export function plannedEpochs(searcher: Searcher, space: Space, epochs?: number): number | undefined {
  return searcher.plan(space)?.reduce((sum, line) => sum + workOf(line, epochs), 0);
}

/** The trials of the whole plan; undefined where only the budget says. */
export function plannedTrials(searcher: Searcher, space: Space): number | undefined {
  return searcher.plan(space)?.reduce((sum, line) => sum + line.trials, 0);
}

const workOf = ({ work, trials }: PlanLine, epochs = 0): number => work ?? trials * epochs;

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** What an epoch takes, from a few steps of a model, which is then disposed of. */
export async function secondsOfEpoch(model: Model, data: Dataset, options: FitOptions): Promise<number> {
  let begun = 0;
  let seconds = 0;
  let steps = 0;
  let batches = 1;
  try {
    await model.fit(data, {
      ...options,
      epochs: 1,
      callbacks: [
        {
          onBatchEnd(batch, _, trainer) {
            // The first steps warm up.
            if (batch === 1) begun = performance.now();
            if (batch > 1) {
              seconds = (performance.now() - begun) / 1000;
              steps = batch - 1;
            }
            if (batch >= STEPS) trainer.stop();
          },
          onProgress(progress) {
            batches = progress.batches ?? batches;
          },
        },
      ],
    });
    return steps === 0 ? 0 : (seconds / steps) * batches;
  } finally {
    model.dispose();
  }
}
