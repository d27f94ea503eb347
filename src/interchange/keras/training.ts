// How a model was compiled: optimizers, schedules, losses and metrics, in our words and back.

import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { camel, className, described, isObject, member, plainName, snake } from "./values.ts";

/** What `compile` is told, as `toConfig` keeps it. */
export interface ReadTraining {
  readonly optimizer: JsonObject;
  readonly loss: Json;
  readonly metrics: readonly Json[];
  readonly weightedMetrics: readonly Json[];
}

const unknown = (what: string, value: unknown): GruvyError =>
  new GruvyError("model/keras-training", `Gruvy has nothing for ${what} ${shown(value)}`);

/** The `compile_config` of a new file, or the `training_config` of an old one. */
export function readTraining(value: Json): ReadTraining {
  const [loss, more] = [member(value, "loss")].flat(1);
  if (loss === undefined || loss === null || more !== undefined) throw unknown("the loss", loss ?? null);
  const weights = member(value, "loss_weights") ?? null;
  if (weights !== null) throw unknown("loss_weights", weights);
  const metrics = (option: string) => ([member(value, option) ?? []].flat(2) as readonly Json[]).map(readMetric);
  return {
    optimizer: readOptimizer(member(value, "optimizer") ?? member(value, "optimizer_config") ?? "rmsprop"),
    loss: readLoss(loss),
    metrics: metrics("metrics"),
    weightedMetrics: metrics("weighted_metrics"),
  };
}

const optimizers: Readonly<Record<string, string>> = { SGD: "sgd", RMSprop: "rmsprop", Adam: "adam", AdamW: "adamw" };
const optimizerOptions = [
  "momentum",
  "nesterov",
  "rho",
  "epsilon",
  "centered",
  "beta_1",
  "beta_2",
  "amsgrad",
  "weight_decay",
  "clipnorm",
  "clipvalue",
  "global_clipnorm",
  "gradient_accumulation_steps",
  "use_ema",
  "ema_momentum",
  "ema_overwrite_frequency",
];
/** What says nothing about the steps. */
const aside = ["name", "jit_compile", "is_legacy_optimizer"];

function readOptimizer(value: Json): JsonObject {
  const found = described(value);
  const plain = (name: string) => name.toLowerCase().replace(/_/g, "");
  const known = Object.entries(optimizers).find(([name]) => plain(name) === plain(found?.name ?? ""));
  if (!found || !known) throw unknown("the optimizer", found?.name ?? value);
  const options: Record<string, Json> = {};
  for (const [option, given] of Object.entries(found.config)) {
    if (option === "learning_rate" || option === "lr") options.learningRate = readRate(given);
    else if (given === null || given === false || aside.includes(option) || (option === "decay" && given === 0))
      continue;
    else if (optimizerOptions.includes(option)) options[camel(option)] = given;
    else throw unknown(`the option ${option} of ${known[0]}`, given);
  }
  return { name: known[1], ...options };
}

const schedules = ["exponentialDecay", "cosineDecay", "piecewiseConstantDecay", "polynomialDecay", "inverseTimeDecay"];

function readRate(value: Json): Json {
  if (typeof value === "number") return short(value);
  const found = described(value);
  const name = plainName(found?.name ?? "");
  if (!found || !schedules.includes(name)) throw unknown("the schedule", found?.name ?? value);
  const options = Object.entries(found.config).filter(([option, given]) => option !== "name" && given !== null);
  return { name, ...Object.fromEntries(options.map(([option, given]) => [camel(option), given])) };
}

/** Keras writes 0.001 as the float32 beside it, 0.0010000000474974513. */
function short(rate: number): number {
  const digits = Number(rate.toPrecision(7));
  return Math.fround(digits) === Math.fround(rate) ? digits : rate;
}

const losses: Readonly<Record<string, string>> = {
  mse: "meanSquaredError",
  mae: "meanAbsoluteError",
  bce: "binaryCrossentropy",
};
const reductions = [null, "auto", "sum_over_batch_size"];

function readLoss(value: Json): Json {
  const found = described(value);
  if (!found) throw unknown("the loss", value);
  const name = plainName(found.name);
  const options: Record<string, Json> = {};
  for (const [option, given] of Object.entries(found.config)) {
    if (option === "fn" && typeof given === "string") continue;
    if (option === "from_logits" || option === "delta") options[camel(option)] = given;
    else if (option === "reduction" ? !reductions.includes(given as null) : unusual(option, given)) {
      throw unknown(`the option ${option} of ${found.name}`, given);
    }
  }
  return { name: Object.hasOwn(losses, name.toLowerCase()) ? losses[name.toLowerCase()] : name, ...options };
}

/** Whether an option of a loss or metric asks for something that is not what ours does. */
function unusual(option: string, value: Json): boolean {
  if (["name", "dtype"].includes(option) || value === null || value === false) return false;
  const usual: JsonObject = { axis: -1, label_smoothing: 0, curve: "ROC", summation_method: "interpolation" };
  return !(Object.hasOwn(usual, option) && usual[option] === value);
}

const metricNames: Readonly<Record<string, string>> = {
  acc: "accuracy",
  meanSquaredError: "mse",
  meanAbsoluteError: "mae",
  rootMeanSquaredError: "rmse",
  aUC: "auc",
};
const metricOptions: Readonly<Record<string, string>> = {
  threshold: "threshold",
  thresholds: "threshold",
  num_thresholds: "numThresholds",
};

function readMetric(value: Json): Json {
  const found = described(value);
  if (!found) throw unknown("the metric", value);
  // Keras 2 wraps a function: { class_name: "MeanMetricWrapper", config: { name: "accuracy", fn: "binary_accuracy" } }.
  const wrapped = found.name === "MeanMetricWrapper" ? member(found.config, "fn") : undefined;
  const asked = wrapped === undefined ? plainName(found.name) : plainName(described(wrapped)?.name ?? "");
  const name = Object.hasOwn(metricNames, asked) ? metricNames[asked] : asked;
  if (wrapped !== undefined) return ["accuracy", "acc"].includes(wordOf(found.config.name)) ? "accuracy" : name;
  const options: Record<string, Json> = {};
  for (const [option, given] of Object.entries(found.config)) {
    if (Object.hasOwn(metricOptions, option)) {
      const single = Array.isArray(given) && given.length === 1 ? given[0] : given;
      if (single !== null) options[metricOptions[option]] = single;
    } else if (option !== "fn" && unusual(option, given)) throw unknown(`the option ${option} of ${found.name}`, given);
  }
  return Object.keys(options).length === 0 ? name : { name, ...options };
}

const known = (name: string, config: JsonObject, module: string): JsonObject => ({
  module,
  class_name: name,
  config,
  registered_name: null,
});

/** Ours that Keras has too, under the same name or under one above. */
const shared = {
  losses: [
    "meanSquaredError",
    "meanAbsoluteError",
    "meanAbsolutePercentageError",
    "meanSquaredLogarithmicError",
    "huber",
    "logCosh",
    "hinge",
    "squaredHinge",
    "categoricalHinge",
    "poisson",
    "klDivergence",
    "binaryCrossentropy",
    "binaryFocalCrossentropy",
    "categoricalCrossentropy",
    "categoricalFocalCrossentropy",
    "sparseCategoricalCrossentropy",
  ],
  metrics: [
    "accuracy",
    "binaryAccuracy",
    "categoricalAccuracy",
    "sparseCategoricalAccuracy",
    "mse",
    "mae",
    "rmse",
    "auc",
    "precision",
    "recall",
    "meanSquaredError",
    "meanAbsoluteError",
    "rootMeanSquaredError",
  ],
};

const nameOf = (value: Json | undefined): string => wordOf(isObject(value) ? value.name : value);

/** What `toConfig` says of the training, as `compile_config` of Keras 3; in words what Keras lacks, where it does. */
export function writeTraining(compile: JsonObject): JsonObject | string {
  const { optimizer, loss, metrics, weightedMetrics } = compile as {
    optimizer: JsonObject;
    loss: JsonObject;
    metrics: readonly Json[];
    weightedMetrics?: readonly Json[];
  };
  // Of several outputs losses and metrics are objects by name.
  if (!Array.isArray(metrics)) return "that of several outputs is not written";
  if ("lossWeights" in compile) return "lossWeights are not written";
  const names = (list: readonly Json[] = []) =>
    list.map((metric) => (typeof metric === "string" ? snake(metric) : writeNamed(metric, "keras.metrics")));
  const all = [...metrics, ...(weightedMetrics ?? [])].map(nameOf);
  const lacking = all.find((metric) => !shared.metrics.includes(metric));
  if (!shared.losses.includes(nameOf(loss))) return `the loss ${shown(nameOf(loss))} is not written`;
  if (lacking !== undefined) return `the metric ${shown(lacking)} is not written`;
  const { name, learningRate, ...options } = optimizer;
  if (isObject(learningRate) && !schedules.includes(nameOf(learningRate))) {
    return `the schedule ${shown(nameOf(learningRate))} is not written`;
  }
  const ours = Object.entries(optimizers).find(([, one]) => one === name);
  // Rules have a kind of their own in ours, and options that a class of Keras lacks are never there.
  // A momentum of 0 is left to Keras's default: its SGD takes no whole number, and JSON has no other zero.
  const given = Object.entries(options).filter(([option, value]) => option !== "momentum" || value !== 0);
  const config = Object.fromEntries(given.map(([option, value]) => [kerasOption(option), value]));
  const decay: JsonObject = options.weightDecay === 0 && name !== "adamw" ? { weight_decay: null } : {};
  return {
    optimizer: known(
      ours?.[0] ?? wordOf(name),
      { learning_rate: writeRate(learningRate), ...config, ...decay },
      "keras.optimizers",
    ),
    loss: writeNamed(loss, "keras.losses"),
    loss_weights: null,
    metrics: names(metrics),
    weighted_metrics: weightedMetrics?.length ? names(weightedMetrics) : null,
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

const kerasOption = (option: string): string => snake(option).replace(/(beta)([12])/, "$1_$2");

function writeRate(rate: Json | undefined): Json {
  if (!isObject(rate)) return rate ?? 0.001;
  const { name, ...options } = rate;
  const config = Object.fromEntries(Object.entries(options).map(([option, value]) => [snake(option), value]));
  return known(className(wordOf(name)), config, "keras.optimizers.schedules");
}

const classNames: Readonly<Record<string, string>> = {
  mse: "MeanSquaredError",
  mae: "MeanAbsoluteError",
  rmse: "RootMeanSquaredError",
  auc: "AUC",
};

function writeNamed(value: Json, module: string): Json {
  if (!isObject(value)) return value;
  const { name, ...options } = value;
  const written = Object.entries(options).map(([option, given]) => {
    const several = option === "threshold" && (name === "precision" || name === "recall");
    return [several ? "thresholds" : snake(option), given];
  });
  const type = wordOf(name);
  if (written.length === 0 && module === "keras.losses") return snake(type);
  return known(
    Object.hasOwn(classNames, type) ? classNames[type] : className(type),
    Object.fromEntries(written),
    module,
  );
}
