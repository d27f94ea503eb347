import { finiteNumber } from "../base/index.ts";
import { rareKernels } from "../engine/index.ts";
import { type Metric, mean, metric } from "./metric.ts";
import { settle, wordRule } from "./options.ts";

/**
 * The symmetric error in per cent, 200 |prediction - target| / (|prediction| + |target|), the mean over all elements
 * (Makridakis 1993); where both are zero nothing is wrong. From 0 to 200.
 *
 * @example
 * smape().name; // "smape"
 */
export const smape = (): Metric => metric("smape", { kind: "symmetricPercentageError" });

/**
 * The mean absolute error divided by `scale`: that of the seasonal naive forecast on the training part, which
 * `seasonalNaiveScale` of `gruvy/evaluation` computes (Hyndman and Koehler 2006). Below 1 the model is better than it.
 * Both must be in the same unit: scaled targets need the scale of the scaled series.
 *
 * @throws {GruvyError} `model/option` for a scale that is not above zero.
 * @example
 * mase({ scale: 28.5 }).config; // { name: "mase", scale: 28.5 }
 */
export function mase(options: { readonly scale: number }): Metric {
  const { scale } = settle(options, "mase", {
    scale: (given, name) => finiteNumber(given, name, { min: 1e-300, code: "model/option" }),
  });
  return metric("mase", { kind: "absoluteError" }, (cells) => mean(cells) / scale, { scale });
}

type Aggregation = "uniformAverage" | "varianceWeightedAverage";

/**
 * The share of the targets' variance that the predictions explain: 1 for all of it, 0 for no more than their mean, and
 * below that for less. Several features are averaged alike (`uniformAverage`, the default), or by their variance; one
 * that never changes counts 0, and NaN where it is always hit, as in Keras's `R2Score`.
 *
 * @throws {GruvyError} `model/option` for another average.
 * @example
 * r2Score().config; // { name: "r2Score", classAggregation: "uniformAverage" }
 */
export function r2Score(options: { readonly classAggregation?: Aggregation } = {}): Metric {
  const { classAggregation } = settle(options, "r2Score", {
    classAggregation: wordRule("uniformAverage", "varianceWeightedAverage"),
  });
  const result = (cells: Float64Array) => rareKernels.loaded.r2Of(cells, classAggregation === "uniformAverage");
  return metric("r2Score", { kind: "r2" }, result, { classAggregation });
}
