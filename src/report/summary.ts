import { decimalsOf } from "../base/index.ts";
import type { ComparisonResult, Difference, ModelName, ModelResult, Scores } from "../tasks/results.ts";
import { columnFormat, type Format, fixed, percent, percentOf, plain, signed } from "./numbers.ts";

/** What the interval of the difference says about the model beside the baseline. */
export type Standing = "better" | "worse" | "undecided";

/** What every part of a report asks of a result: its measure, its order, its differences. */
export interface Summary {
  readonly metric: Difference["metric"];
  /** "RMSE", "MAE" or "accuracy". */
  readonly metricLabel: string;
  /** The unit of the errors as it was given, of unknown origin; empty for shares. */
  readonly unit: string;
  readonly standing: Standing;
  readonly model: ModelResult | undefined;
  readonly baseline: ModelResult | undefined;
  /** All models, the best on the test part first. */
  readonly ranked: readonly ModelResult[];
  /** Those with the best score on the test part: more than one where they are level, none where none has a score. */
  readonly best: readonly ModelResult[];
  score(model: ModelResult, part: "validation" | "test"): number | undefined;
  /** One way to write all scores of the table; percent for shares. */
  readonly format: Format;
  /** A difference with its sign; points for shares. */
  readonly formatDifference: Format;
  difference(model: ModelResult): { difference: number; low?: number; high?: number } | undefined;
}

export function summarize(result: ComparisonResult): Summary {
  const { comparison, models } = result;
  const metric = comparison.metric;
  const share = metric === "accuracy";
  const find = (name: ModelName) => models.find((m) => m.name === name);
  const score = (model: ModelResult, part: "validation" | "test") => finite(model[part][metric]);
  const worst = share ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const inOrder = (a: number, b: number) => (a === b ? 0 : a < b !== share ? -1 : 1);
  const ranked = [...models].sort((a, b) => inOrder(score(a, "test") ?? worst, score(b, "test") ?? worst));
  // No fewer decimals than the verdict has.
  const told = [comparison.low, comparison.high, comparison.difference].map((value) => (share ? 100 : 1) * value);
  const least = decimalsOf(told.every(Number.isFinite) ? told : [1, 11], share);
  const scores = columnFormat(
    models.flatMap((m) => [score(m, "validation"), score(m, "test")]),
    least,
  );
  const baseline = find(comparison.baseline);
  const known = [comparison, ...(result.differences ?? [])];

  return {
    metric,
    metricLabel: metricLabel(metric),
    unit: share ? "" : (result.data.unit ?? ""),
    standing: standingOf(comparison),
    model: find(comparison.model),
    baseline,
    ranked,
    best: ranked.filter((m) => score(m, "test") !== undefined && score(m, "test") === score(ranked[0], "test")),
    score,
    format: share ? percentOf(least) : scores,
    formatDifference: share ? (d) => signed(100 * d, (v) => fixed(v, least)) : (d) => signed(d, scores),
    difference(model) {
      if (model.name === comparison.baseline) return undefined;
      const stated = known.find((d) => d.model === model.name && d.metric === metric);
      if (stated && Number.isFinite(stated.difference)) {
        const { difference, low, high } = stated;
        return { difference, low: finite(low), high: finite(high) };
      }
      const own = score(model, "test");
      const other = baseline && score(baseline, "test");
      return own === undefined || other === undefined ? undefined : { difference: own - other };
    },
  };
}

/** Names a metric; log loss is the only loss that scores hold. */
export function metricLabel(metric: keyof Scores): string {
  return { rmse: "RMSE", mae: "MAE", accuracy: "accuracy", loss: "log loss" }[metric];
}

/** A score alone in a sentence. */
export function scoreText(metric: keyof Scores, score: number): string {
  return metric === "accuracy" ? percent(score) : plain(score);
}

export function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function standingOf({ low, high, metric }: Difference): Standing {
  const above = metric === "accuracy" ? "better" : "worse";
  if (low > 0 && high > 0) return above;
  if (low < 0 && high < 0) return above === "better" ? "worse" : "better";
  return "undecided";
}
