import type { CellRun } from "./cell-run.ts";
import type { Metric } from "./job.ts";
import type { ModelResult, Scores } from "./results.ts";

/** The runs of one cell from several seeds as one model, with the test scores and forecasts of the run in the middle. */
export interface Spread {
  readonly result: ModelResult;
  /** The run whose test score is the median (of an even number, the better of the middle two). */
  readonly middle: CellRun;
}

export function spreadOver(runs: readonly CellRun[], metric: Metric): Spread {
  const better = (a: CellRun, b: CellRun): number => {
    const difference = (a.test[metric] ?? 0) - (b.test[metric] ?? 0);
    return metric === "accuracy" ? -difference : difference;
  };
  const middle = [...runs].sort(better)[Math.floor((runs.length - 1) / 2)];
  const { name, parameters, history, bestEpoch, predictions } = middle;
  const several = runs.length > 1;
  return {
    middle,
    result: {
      name,
      kind: "recurrent",
      parameters,
      seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
      validation: several ? medians(runs.map((run) => run.validation)) : middle.validation,
      test: middle.test,
      history,
      bestEpoch: bestEpoch || undefined,
      predictions,
      ...(several ? { seeds: runs.map((run) => ({ seed: run.seed, ...run.test })) } : {}),
    },
  };
}

export function medians(scores: readonly Scores[]): Scores {
  const names = Object.keys(scores[0]) as (keyof Scores)[];
  return Object.fromEntries(names.map((name) => [name, median(scores.map((score) => score[name] ?? Number.NaN))]));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
