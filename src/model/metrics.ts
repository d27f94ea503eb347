import { GruvyError, shown } from "../base/index.ts";
import { type LossKernel, metricCells, rareKernels, takesClasses, takesClassNumbers } from "../engine/index.ts";
import { f1Score, perplexity, sparseTopKCategoricalAccuracy, topKCategoricalAccuracy } from "./class-metrics.ts";
import { definedAs, reserve } from "./custom.ts";
import { mase, r2Score, smape } from "./error-metrics.ts";
import { lossesByName, plainLosses } from "./losses.ts";
import { type Metric, type MetricContext, mean, metric, ratio } from "./metric.ts";
import { byNames, named, numberRule, settle, wholeRule } from "./options.ts";

interface Threshold {
  readonly threshold?: number;
}

const thresholdOf = (options: Threshold, name: string): Required<Threshold> =>
  settle(options, name, { threshold: numberRule(0.5) });

/**
 * Share of elements on the right side of `threshold` (default 0.5), of targets 0 or 1. Keras's `BinaryAccuracy`.
 *
 * @throws {GruvyError} `model/option` for a threshold that is not finite, or an unknown option.
 * @example
 * binaryAccuracy({ threshold: 0.3 }).config; // { name: "binaryAccuracy", threshold: 0.3 }
 */
export function binaryAccuracy(options: Threshold = {}): Metric {
  const threshold = thresholdOf(options, "binaryAccuracy");
  return metric("binaryAccuracy", { kind: "binaryAccuracy", ...threshold }, mean, threshold);
}

/**
 * Share of rows whose largest output, the first of equals, is at the target row's largest place. Keras's
 * `CategoricalAccuracy`.
 *
 * @example
 * categoricalAccuracy().name; // "categoricalAccuracy"
 */
export const categoricalAccuracy = (): Metric => metric("categoricalAccuracy", { kind: "categoricalAccuracy" });

/**
 * Share of rows whose largest output, the first of equals, is at the target's class number, from 0. Keras's
 * `SparseCategoricalAccuracy`.
 *
 * @example
 * sparseCategoricalAccuracy().name; // "sparseCategoricalAccuracy"
 */
export const sparseCategoricalAccuracy = (): Metric =>
  metric("sparseCategoricalAccuracy", { kind: "sparseCategoricalAccuracy" });

/**
 * Mean squared error, over all elements, in the targets' unit squared. By name also `meanSquaredError`.
 *
 * @example
 * mse().name; // "mse"
 */
export const mse = (): Metric => metric("mse", { kind: "squaredError" });
/**
 * Mean absolute error, over all elements, in the targets' unit. By name also `meanAbsoluteError`.
 *
 * @example
 * mae().name; // "mae"
 */
export const mae = (): Metric => metric("mae", { kind: "absoluteError" });
/**
 * The root of the mean squared error, over all elements, in the targets' unit. By name also `rootMeanSquaredError`.
 *
 * @example
 * rmse().name; // "rmse"
 */
export const rmse = (): Metric => metric("rmse", { kind: "squaredError" }, (cells) => Math.sqrt(mean(cells)));

/**
 * Of the elements predicted above `threshold` (default 0.5), the share that is positive, with a target above
 * 0.5; 0 when there are none. Keras's `Precision`.
 *
 * @throws {GruvyError} `model/option` for a threshold that is not finite, or an unknown option.
 * @example
 * precision({ threshold: 0.9 }).config; // { name: "precision", threshold: 0.9 }
 */
export function precision(options: Threshold = {}): Metric {
  const threshold = thresholdOf(options, "precision");
  return metric("precision", { kind: "confusion", ...threshold }, ([hit, wrong]) => ratio(hit, hit + wrong), threshold);
}

/**
 * Of the positive elements, with a target above 0.5, the share predicted above `threshold` (default 0.5); 0 when there
 * are none. Keras's `Recall`.
 *
 * @throws {GruvyError} `model/option` for a threshold that is not finite, or an unknown option.
 * @example
 * recall().config; // { name: "recall", threshold: 0.5 }
 */
export function recall(options: Threshold = {}): Metric {
  const threshold = thresholdOf(options, "recall");
  return metric(
    "recall",
    { kind: "confusion", ...threshold },
    ([hit, , missed]) => ratio(hit, hit + missed),
    threshold,
  );
}

/**
 * The area under the curve of true against false positives, from `numThresholds` (default 200) even thresholds by the
 * trapezoidal rule, as Keras does. From 0 to 1, and 0 without positives or negatives; outputs are cut to 0 to 1, and
 * those of all features count alike.
 *
 * @throws {GruvyError} `model/option` for a number of thresholds that is not from 2 to 100,000.
 * @example
 * auc().config; // { name: "auc", numThresholds: 200 }
 */
export function auc(options: { readonly numThresholds?: number } = {}): Metric {
  const rule = wholeRule(200, { min: 2, max: 100_000 });
  const { numThresholds: count } = settle(options, "auc", { numThresholds: rule });
  const area = (cells: Float64Array) => rareKernels.loaded.areaUnderCurve(cells, count);
  return metric("auc", { kind: "thresholds", count }, area, { numThresholds: count });
}

/** A loss as a metric: its mean over the rows, whatever the model is trained on. */
const ofLoss = (name: keyof typeof lossesByName) => (options: object) => {
  const { kernel, config } = (lossesByName[name] as (options: object) => ReturnType<typeof lossesByName.huber>)(
    options,
  );
  const { name: _, ...rest } = config;
  return metric(name, { kind: "loss", loss: kernel }, mean, rest);
};

/** Losses that Keras has as metrics too. */
const lossMetrics = byNames(
  [...plainLosses, "huber", "binaryCrossentropy", "categoricalCrossentropy", "sparseCategoricalCrossentropy"],
  ofLoss,
);

const byName = {
  ...lossMetrics,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  mse,
  meanSquaredError: mse,
  mae,
  meanAbsoluteError: mae,
  rmse,
  rootMeanSquaredError: rmse,
  mape: lossMetrics.meanAbsolutePercentageError,
  msle: lossMetrics.meanSquaredLogarithmicError,
  smape,
  mase,
  r2Score,
  precision,
  recall,
  f1Score,
  auc,
  perplexity,
} as const;
reserve(["accuracy", ...Object.keys(byName)]);

/** What `compile` takes as a metric by name; `accuracy` is the one that fits targets and output. */
export type MetricName = Exclude<keyof typeof byName, "mase"> | "accuracy";

/** "accuracy" is the accuracy that fits the targets and the output, as in Keras. */
function accuracyFor(loss: LossKernel, features: number): Metric {
  const several = features === 1 ? binaryAccuracy() : categoricalAccuracy();
  return { ...(takesClassNumbers(loss) ? sparseCategoricalAccuracy() : several), name: "accuracy" };
}

/** A metric from its name, from what a saved model keeps, or itself; some depend on the loss and the output. */
export function metricFrom(value: MetricName | Metric | Metric["config"], context: MetricContext): Metric {
  const found = described(value, context);
  const metric = found.resolve ? { ...found, kernel: found.resolve(context) } : found;
  const classes = takesClassNumbers(context.loss);
  if ((takesClasses(metric.kernel) ?? classes) === classes) return metric;
  throw new GruvyError(
    "model/metric",
    classes
      ? `The metric ${metric.name} cannot be taken from the class numbers that ${context.loss.kind} compares with`
      : `The metric ${metric.name} needs class numbers, which ${context.loss.kind} does not compare with`,
    `Use "accuracy", which fits any loss.`,
  );
}

function described(value: MetricName | Metric | Metric["config"], context: MetricContext): Metric {
  if (typeof value === "object" && value !== null && typeof value.result === "function") return value as Metric;
  const name = typeof value === "string" ? value : value?.name;
  if (typeof name !== "string") {
    throw new GruvyError("model/metric", `Expected a metric or its name, found ${shown(value)}`);
  }
  const accuracy = () => accuracyFor(context.loss, context.features);
  const { name: _, ...options } = typeof value === "string" ? { name } : (value as Metric["config"]);
  const own = definedAs<Metric>("metric", name);
  if (own) return own({} as never);
  const made = named<(options: never) => Metric>({ accuracy, ...byName }, name, "metric")(options as never);
  return name === made.name ? made : { ...made, name };
}

/** A metric with the number of cells that it counts in. */
export type CountedMetric = Metric & { readonly cells: number };

/**
 * All metrics of a model; where two have the same name, the later ones are numbered: `precision_1`. Those from
 * `firstWeighted` on count rows by their weights, and are told from others by that: `weightedPrecision`.
 */
export function metricsFrom(
  values: readonly (MetricName | Metric | Metric["config"])[],
  context: MetricContext,
  firstWeighted = values.length,
): CountedMetric[] {
  const taken = new Map<string, number>();
  return values.map((value, i) => {
    const metric = metricFrom(value, context);
    const apart = i >= firstWeighted && taken.has(metric.name);
    const base = apart ? `weighted${metric.name[0].toUpperCase()}${metric.name.slice(1)}` : metric.name;
    const count = taken.get(base) ?? 0;
    taken.set(base, count + 1);
    const name = count === 0 ? base : `${base}_${count}`;
    return { ...metric, name, cells: metricCells(metric.kernel, context.features) };
  });
}
