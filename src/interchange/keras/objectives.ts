// Losses and metrics, in our words and back.

import { wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { camel, className, described, isObject, known, lacking, member, plainName, snake } from "./values.ts";

const shortNames: Readonly<Record<string, string>> = {
  mse: "meanSquaredError",
  mae: "meanAbsoluteError",
  mape: "meanAbsolutePercentageError",
  msle: "meanSquaredLogarithmicError",
  bce: "binaryCrossentropy",
  kld: "klDivergence",
};

/** "KLDivergence" and "kl_divergence" as "klDivergence", "MSE" as "mse". */
const ourName = (name: string): string =>
  plainName(/^[A-Z]+$/.test(name) ? name.toLowerCase() : name.replace(/^KL(?=D)/, "kl"));

/** What options of ours are called in Keras, by the name of a loss. */
const smoothed = { fromLogits: "from_logits", labelSmoothing: "label_smoothing" };
const focal = { fromLogits: "from_logits", gamma: "gamma", alpha: "alpha" };
const losses: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  meanSquaredError: {},
  meanAbsoluteError: {},
  meanAbsolutePercentageError: {},
  meanSquaredLogarithmicError: {},
  huber: { delta: "delta" },
  logCosh: {},
  hinge: {},
  squaredHinge: {},
  categoricalHinge: {},
  poisson: {},
  klDivergence: {},
  binaryCrossentropy: smoothed,
  binaryFocalCrossentropy: { ...focal, applyClassBalancing: "apply_class_balancing" },
  categoricalCrossentropy: smoothed,
  categoricalFocalCrossentropy: focal,
  sparseCategoricalCrossentropy: { fromLogits: "from_logits" },
};
const reductions = [null, "auto", "sum_over_batch_size", "mean"];

/** A loss as `toConfig` keeps it. */
export function readLoss(value: Json): Json {
  const found = described(value);
  if (!found) throw lacking("the loss", value);
  const asked = ourName(found.name);
  const name = Object.hasOwn(shortNames, asked) ? shortNames[asked] : asked;
  const own = Object.hasOwn(losses, name) ? losses[name] : {};
  const options: Record<string, Json> = {};
  for (const [option, given] of Object.entries(found.config)) {
    if (option === "fn" && typeof given === "string") continue;
    // That of 0 is nobody's option in ours.
    if (option === "label_smoothing" && given === 0) continue;
    if (Object.values(own).includes(option)) options[camel(option)] = given;
    else if (option === "reduction" ? !reductions.includes(given as null) : unusual(option, given)) {
      throw lacking(`the option ${option} of ${found.name}`, given);
    }
  }
  return { name, ...options };
}

/** Whether an option of a loss or metric asks for something that is not what ours does. */
function unusual(option: string, value: Json): boolean {
  if (["name", "dtype"].includes(option) || value === null || value === false) return false;
  const usual: JsonObject = {
    axis: -1,
    label_smoothing: 0,
    curve: "ROC",
    summation_method: "interpolation",
    num_regressors: 0,
  };
  return !(Object.hasOwn(usual, option) && usual[option] === value);
}

/** What a metric of ours is in Keras: its class, and what its options are called there. */
interface MetricRule {
  readonly type: string;
  readonly options: Readonly<Record<string, string>>;
}

const rule = (type: string, options: MetricRule["options"] = {}): MetricRule => ({ type, options });

const metrics: Readonly<Record<string, MetricRule>> = {
  binaryAccuracy: rule("BinaryAccuracy", { threshold: "threshold" }),
  categoricalAccuracy: rule("CategoricalAccuracy"),
  sparseCategoricalAccuracy: rule("SparseCategoricalAccuracy"),
  topKCategoricalAccuracy: rule("TopKCategoricalAccuracy", { k: "k" }),
  sparseTopKCategoricalAccuracy: rule("SparseTopKCategoricalAccuracy", { k: "k" }),
  mse: rule("MeanSquaredError"),
  mae: rule("MeanAbsoluteError"),
  rmse: rule("RootMeanSquaredError"),
  r2Score: rule("R2Score", { classAggregation: "class_aggregation" }),
  f1Score: rule("F1Score", { average: "average", threshold: "threshold" }),
  auc: rule("AUC", { numThresholds: "num_thresholds" }),
  precision: rule("Precision", { threshold: "thresholds" }),
  recall: rule("Recall", { threshold: "thresholds" }),
  meanAbsolutePercentageError: rule("MeanAbsolutePercentageError"),
  meanSquaredLogarithmicError: rule("MeanSquaredLogarithmicError"),
  logCosh: rule("LogCoshError"),
  hinge: rule("Hinge"),
  squaredHinge: rule("SquaredHinge"),
  categoricalHinge: rule("CategoricalHinge"),
  poisson: rule("Poisson"),
  klDivergence: rule("KLDivergence"),
  binaryCrossentropy: rule("BinaryCrossentropy", smoothed),
  categoricalCrossentropy: rule("CategoricalCrossentropy", smoothed),
  sparseCategoricalCrossentropy: rule("SparseCategoricalCrossentropy", { fromLogits: "from_logits" }),
};

/** Names under which ours and Keras's functions have them too. */
const otherNames: Readonly<Record<string, string>> = {
  acc: "accuracy",
  bce: "binaryCrossentropy",
  mape: "meanAbsolutePercentageError",
  msle: "meanSquaredLogarithmicError",
  meanSquaredError: "mse",
  meanAbsoluteError: "mae",
  rootMeanSquaredError: "rmse",
  logCoshError: "logCosh",
};

const metricOf = (name: string): string => (Object.hasOwn(otherNames, name) ? otherNames[name] : name);

/** A metric as `toConfig` keeps it. */
export function readMetric(value: Json): Json {
  const found = described(value);
  if (!found) throw lacking("the metric", value);
  // Keras 2 wraps a function: { class_name: "MeanMetricWrapper", config: { name: "accuracy", fn: "binary_accuracy" } }.
  const wrapped = found.name === "MeanMetricWrapper" ? member(found.config, "fn") : undefined;
  if (wrapped !== undefined && ["accuracy", "acc"].includes(wordOf(found.config.name))) return "accuracy";
  const name = metricOf(ourName(wrapped === undefined ? found.name : (described(wrapped)?.name ?? "")));
  // A class of that name counts predictions that equal their targets to the last bit.
  if (name === "accuracy" && typeof value === "string") return name;
  if (!Object.hasOwn(metrics, name)) throw lacking("the metric", found.name);
  if (wrapped !== undefined) return name;
  const { options: own } = metrics[name];
  // One number a class, where Keras is told nothing.
  if (name === "f1Score" && (member(found.config, "average") ?? null) === null) {
    throw lacking(`the option average of ${found.name}`, null);
  }
  const options: Record<string, Json> = {};
  for (const [option, given] of Object.entries(found.config)) {
    const ours = Object.keys(own).find((key) => own[key] === option);
    const single = Array.isArray(given) && given.length === 1 ? (given[0] as Json) : given;
    if (option === "fn" || (option === "label_smoothing" && given === 0)) continue;
    if (ours === undefined) {
      if (unusual(option, given)) throw lacking(`the option ${option} of ${found.name}`, given);
    } else if (Array.isArray(single)) throw lacking(`the option ${option} of ${found.name}`, "of several");
    else if (single !== null) options[ours] = typeof single === "string" ? camel(single) : single;
  }
  return Object.keys(options).length === 0 ? name : { name, ...options };
}

/** What ours is called, given as its name or with options. */
export const nameOf = (value: Json | undefined): string => wordOf(isObject(value) ? value.name : value);

/** A loss of ours as Keras writes it; undefined where Keras has none such. */
export function writeLoss(value: Json): Json | undefined {
  const name = nameOf(value);
  if (!Object.hasOwn(losses, name)) return undefined;
  const { name: _, ...options } = value as JsonObject;
  const config = Object.fromEntries(Object.entries(options).map(([option, given]) => [losses[name][option], given]));
  if (Object.keys(config).length === 0) return snake(name);
  return known(className(name), config, "keras.losses");
}

/** What the targets of an output are. */
export interface Target {
  readonly features: number;
  readonly sequence: boolean;
  /** Class numbers. */
  readonly classes: boolean;
}

/** A metric of ours as Keras writes it; undefined where Keras has none such for these targets. */
export function writeMetric(value: Json, target: Target | undefined): Json | undefined {
  const name = metricOf(nameOf(value));
  if (name === "accuracy") return name;
  if (!Object.hasOwn(metrics, name)) return undefined;
  if (name === "f1Score") return writeF1(value, target);
  const { type, options: own } = metrics[name];
  const { name: given, ...options } = isObject(value) ? value : { name: value };
  const asked = snake(wordOf(given));
  const config = Object.entries(options).map(([option, one]): [string, Json] => [
    own[option],
    typeof one === "string" ? snake(one) : one,
  ]);
  const named = type === "LogCoshError" || asked === "rmse";
  // By their names, where Keras knows them, so that its history has these too.
  if (config.length === 0 && !named) return asked;
  return known(type, { ...(named ? { name: asked } : {}), ...Object.fromEntries(config) }, "keras.metrics");
}

/** Keras has it of rows with a number for each class, takes no single output for a yes, and has other defaults. */
function writeF1(value: Json, target: Target | undefined): Json | undefined {
  if (target?.classes || target?.sequence) return undefined;
  const average = member(value, "average") ?? "macro";
  const threshold = member(value, "threshold") ?? (target?.features === 1 ? 0.5 : null);
  return known("F1Score", { name: "f1_score", average, threshold }, "keras.metrics");
}
