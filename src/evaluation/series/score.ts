import { GruvyError } from "../../base/index.ts";
import { mae, rmse } from "../metrics.ts";
import type { SeriesPart, SeriesSplit } from "../split.ts";
import type { SeriesBaseline, SeriesBaselineName, SeriesSettings } from "./baseline.ts";
import { drift } from "./drift.ts";
import { ets } from "./ets.ts";
import { lastValue } from "./last-value.ts";
import { linearAutoregression } from "./linear.ts";
import { seasonalNaive } from "./seasonal-naive.ts";

/** Errors in the data's units. */
export interface SeriesScores {
  readonly rmse: number;
  readonly mae: number;
}

export interface SeriesBaselineResult {
  readonly name: SeriesBaselineName;
  readonly kind: "baseline";
  readonly parameters: number;
  /** Fitting and predicting, both times. */
  readonly seconds: number;
  readonly validation: SeriesScores;
  readonly test: SeriesScores;
  /** One forecast for each test target, in the data's units. */
  readonly predictions: number[];
}

/**
 * The series baselines, not yet fitted; seasonalNaive only where there is a season.
 *
 * @example
 * seriesBaselines({ season: 12 }).map(({ name }) => name); // ["lastValue", "seasonalNaive", "drift", "ets", "linear"]
 */
export function seriesBaselines(settings: { readonly season?: number }): SeriesBaseline[] {
  return [
    lastValue(),
    ...(settings.season === undefined ? [] : [seasonalNaive()]),
    drift(),
    ets(),
    linearAutoregression(),
  ];
}

/**
 * Fits and scores every baseline on a split: for the validation scores on the values before the validation part, for the
 * test scores again on all values before the test part. A network has to stop its training by the validation part; a
 * baseline need not, and is given its best chance. One for which there are too few values is left out and named to
 * `onOmitted`. Rows that are `unscored`, whose values were filled in, are forecast but count in no score.
 *
 * @example
 * const values = Float64Array.from({ length: 100 }, (_, i) => i);
 * scoreSeriesBaselines(values, seriesSplit(100, { window: 4 }), { window: 4 })[0].test; // { rmse: 1, mae: 1 }
 */
export function scoreSeriesBaselines(
  values: Float64Array,
  split: SeriesSplit,
  settings: SeriesSettings & { readonly unscored?: readonly number[] },
  onOmitted: (name: SeriesBaselineName, why: GruvyError) => void = () => {},
): SeriesBaselineResult[] {
  const results: SeriesBaselineResult[] = [];
  for (const baseline of seriesBaselines(settings)) {
    try {
      results.push(scored(baseline, values, split, settings));
    } catch (error) {
      if (!(error instanceof GruvyError && (error.code === "data/too-short" || error.code === "usage/rows")))
        throw error;
      onOmitted(baseline.name, error);
    }
  }
  return results;
}

function scored(
  baseline: SeriesBaseline,
  values: Float64Array,
  split: SeriesSplit,
  { unscored, ...settings }: SeriesSettings & { readonly unscored?: readonly number[] },
): SeriesBaselineResult {
  const left = new Set(unscored);
  const began = performance.now();
  const forecasts = ({ first, count }: SeriesPart) => {
    baseline.fit(values.subarray(0, first), settings);
    return baseline.predict(values, first, count);
  };
  const scores = (predicted: Float64Array, { first, count }: SeriesPart) => {
    const known = (_: number, i: number): boolean => !left.has(first + i);
    const [made, truth] = [predicted.filter(known), values.subarray(first, first + count).filter(known)];
    return { rmse: rmse(made, truth), mae: mae(made, truth) };
  };
  const validation = scores(forecasts(split.validation), split.validation);
  const predictions = forecasts(split.test);
  const seconds = (performance.now() - began) / 1000;
  return {
    name: baseline.name,
    kind: "baseline",
    parameters: baseline.parameters,
    seconds,
    validation,
    test: scores(predictions, split.test),
    predictions: Array.from(predictions),
  };
}
