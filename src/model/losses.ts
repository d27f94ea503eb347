import { GruvyError, shown } from "../base/index.ts";
import type { LossKernel } from "../engine/index.ts";
import { definedAs, reserve } from "./custom.ts";
import { byNames, flagRule, named, numberRule, rate, settle, wordRule } from "./options.ts";

/** A loss: the mean over rows (and steps that are not masked) of a row's loss. */
export interface Loss {
  readonly config: { readonly name: string; readonly [option: string]: unknown };
  readonly kernel: LossKernel;
}

interface FromLogits {
  /** The model's output is not yet squashed. Default false. */
  readonly fromLogits?: boolean;
}

interface Smoothed extends FromLogits {
  /** Targets are moved this share of the way towards all being alike (Szegedy et al. 2016). Default 0. */
  readonly labelSmoothing?: number;
}

interface Focal extends FromLogits {
  /** How much less what is sure already counts. Default 2. */
  readonly gamma?: number;
  /** The share of the positive class, or what all classes are multiplied by. Default 0.25. */
  readonly alpha?: number;
}

/** A loss of the options that were given; its kernel has them all, by the rules. */
function loss(kind: LossKernel["kind"], given: object = {}, rules: Parameters<typeof settle>[2] = {}): Loss {
  const options = settle(given, kind, rules);
  return { config: { name: kind, ...options }, kernel: { kind, ...options } as LossKernel };
}

const smoothed = {
  fromLogits: flagRule,
  // None is left out, as of a model that was saved before there was any.
  labelSmoothing: (given: unknown = 0, name: string) => rate(given, name) || undefined,
};

/**
 * Mean over the features of (prediction - target)^2. By name also `mse`.
 *
 * @example
 * meanSquaredError().config; // { name: "meanSquaredError" }
 */
export const meanSquaredError = (): Loss => loss("meanSquaredError");

/**
 * Mean over the features of |prediction - target|. By name also `mae`.
 *
 * @example
 * meanAbsoluteError().config; // { name: "meanAbsoluteError" }
 */
export const meanAbsoluteError = (): Loss => loss("meanAbsoluteError");

/**
 * Mean over the features of 100 |prediction - target| / |target|. Near zero it has no bound: look at the targets first.
 *
 * @example
 * meanAbsolutePercentageError().config.name; // "meanAbsolutePercentageError"
 */
export const meanAbsolutePercentageError = (): Loss => loss("meanAbsolutePercentageError");

/**
 * Mean over the features of (log(1 + prediction) - log(1 + target))^2; what is below zero counts as zero.
 *
 * @example
 * meanSquaredLogarithmicError().config.name; // "meanSquaredLogarithmicError"
 */
export const meanSquaredLogarithmicError = (): Loss => loss("meanSquaredLogarithmicError");

/**
 * Half the squared difference up to `delta` (default 1) and linear beyond, so that outliers count less (Huber 1964).
 *
 * @throws {GruvyError} `model/option` for a delta that is not above zero.
 * @example
 * huber({ delta: 0.5 }).config; // { name: "huber", delta: 0.5 }
 */
export function huber(options: { readonly delta?: number } = {}): Loss {
  return loss("huber", options, { delta: numberRule(1, { min: 1e-30 }) });
}

/**
 * Mean over the features of log cosh(prediction - target): half the square near zero, the absolute value far from it.
 *
 * @example
 * logCosh().config; // { name: "logCosh" }
 */
export const logCosh = (): Loss => loss("logCosh");

/**
 * Mean over the features of max(0, 1 - target * prediction), for targets -1 or 1; a target of 0 counts as -1.
 *
 * @example
 * hinge().config; // { name: "hinge" }
 */
export const hinge = (): Loss => loss("hinge");

/**
 * Mean over the features of the squared hinge, for targets -1 or 1; a target of 0 counts as -1.
 *
 * @example
 * squaredHinge().config; // { name: "squaredHinge" }
 */
export const squaredHinge = (): Loss => loss("squaredHinge");

/**
 * max(0, 1 + the largest output of a wrong class - that of the right one), for targets as one-hot rows.
 *
 * @example
 * categoricalHinge().config; // { name: "categoricalHinge" }
 */
export const categoricalHinge = (): Loss => loss("categoricalHinge");

/**
 * Mean over the features of prediction - target * log(prediction), for counts and an output above zero, such as that of
 * `exponential`.
 *
 * @example
 * poisson().config; // { name: "poisson" }
 */
export const poisson = (): Loss => loss("poisson");

/**
 * Sum over the features of target * log(target / prediction), for rows of probabilities, each kept at least 1e-7
 * (Kullback and Leibler 1951).
 *
 * @example
 * klDivergence().config; // { name: "klDivergence" }
 */
export const klDivergence = (): Loss => loss("klDivergence");

/**
 * The pinball loss, whose least value is at a quantile of the target (Koenker and Bassett 1978): a prediction too low
 * costs `quantiles` times the difference, one too high the rest of it.
 *
 * `quantiles`: one number, or a list of different ones in rising order, between 0 and 1; default 0.5. For k of them the
 * model's output has k times the target's features: all features of the first quantile, then those of the second... The
 * loss is the mean over all. Metrics compare the quantile nearest to 0.5 with the target.
 *
 * @throws {GruvyError} `model/option`; from `fit`, `model/loss` when the output's features are no multiple of k.
 * @example
 * const model = sequential([input({ shape: [12, 1] }), gru({ units: 8 }), dense({ units: 3 })]);
 * model.compile({ loss: quantile({ quantiles: [0.1, 0.5, 0.9] }) });
 * model.targets[0].features; // 1
 */
export function quantile(options: { readonly quantiles?: number | readonly number[] } = {}): Loss {
  return loss("quantile", options, { quantiles: levels });
}

function levels(given: unknown = 0.5): number[] {
  const list = typeof given === "number" ? [given] : given;
  if (!Array.isArray(list) || list.length === 0) {
    throw new GruvyError("model/option", `Expected quantiles as a number or a list, found ${shown(given)}`);
  }
  list.forEach((value, i) => {
    if (typeof value === "number" && value > (i === 0 ? 0 : list[i - 1]) && value < 1) return;
    throw new GruvyError(
      "model/option",
      `Expected quantiles between 0 and 1 in rising order, found ${shown(value)} at place ${i}`,
    );
  });
  return [...list];
}

/**
 * How unlikely the target is under a normal distribution whose mean and variance the model says (Nix and Weigend 1994):
 * (log variance + (target - mean)^2 / variance) / 2, the mean over the target's features.
 *
 * The output has twice the target's features: all means, then for each a number v, from which the variance is exp(v)
 * (`variance: "log"`, the default) or log(1 + exp(v)) + 1e-6 (`"softplus"`). `full` (default false) adds log(2 pi) / 2.
 * Metrics compare the means with the target.
 *
 * @throws {GruvyError} `model/option`; from `fit`, `model/loss` when the output's features are odd in number.
 * @example
 * const model = sequential([input({ shape: [12, 1] }), gru({ units: 8 }), dense({ units: 2 })]);
 * model.compile({ loss: gaussianNll(), metrics: ["mae"] });
 * model.targets[0].features; // 1
 */
export function gaussianNll(options: { readonly variance?: "log" | "softplus"; readonly full?: boolean } = {}): Loss {
  return loss("gaussianNll", options, { variance: wordRule("log", "softplus"), full: flagRule });
}

/**
 * For targets 0 or 1 and a sigmoid output. Taken from the sigmoid's input where the last layer is one, so that it
 * neither overflows nor loses digits, as Keras on TensorFlow does.
 *
 * @throws {GruvyError} `model/option` for a `labelSmoothing` out of range.
 * @example
 * binaryCrossentropy().config; // { name: "binaryCrossentropy", fromLogits: false }
 */
export const binaryCrossentropy = (options: Smoothed = {}): Loss => loss("binaryCrossentropy", options, smoothed);

/**
 * For targets given as a one-hot (or soft) row [rows, classes] and a softmax output, whose input it is taken from.
 *
 * @throws {GruvyError} `model/option` for a `labelSmoothing` out of range.
 * @example
 * categoricalCrossentropy({ fromLogits: true }).config.fromLogits; // true
 */
export const categoricalCrossentropy = (options: Smoothed = {}): Loss =>
  loss("categoricalCrossentropy", options, smoothed);

/**
 * For targets given as class numbers [rows], from 0, and a softmax output, whose input it is taken from.
 *
 * @throws {GruvyError} from `fit`, `data/class` for what is no class number.
 * @example
 * sparseCategoricalCrossentropy().config.name; // "sparseCategoricalCrossentropy"
 */
export const sparseCategoricalCrossentropy = (options: FromLogits = {}): Loss =>
  loss("sparseCategoricalCrossentropy", options, { fromLogits: flagRule });

const focal = {
  fromLogits: flagRule,
  gamma: numberRule(2, { min: 0, max: 100 }),
  alpha: numberRule(0.25, { min: 0 }),
};

/**
 * The binary crossentropy times (1 - p)^gamma, p the probability of what is right: rows that are sure already count
 * less, so that a rare class is heard (Lin et al. 2017). With `applyClassBalancing` (default false) positives count
 * `alpha`, negatives the rest.
 *
 * @throws {GruvyError} `model/option` for an option out of range.
 * @example
 * binaryFocalCrossentropy({ gamma: 1 }).config.alpha; // 0.25
 */
export const binaryFocalCrossentropy = (options: Focal & { readonly applyClassBalancing?: boolean } = {}): Loss =>
  loss("binaryFocalCrossentropy", options, { applyClassBalancing: flagRule, ...focal });

/**
 * The same over classes: alpha (1 - p)^gamma times the crossentropy, for targets as one-hot rows and a softmax output.
 *
 * @throws {GruvyError} `model/option` for an option out of range.
 * @example
 * categoricalFocalCrossentropy().config.gamma; // 2
 */
export const categoricalFocalCrossentropy = (options: Focal = {}): Loss =>
  loss("categoricalFocalCrossentropy", options, focal);

/** Those without options. */
export const plainLosses = [
  "meanSquaredError",
  "meanAbsoluteError",
  "meanAbsolutePercentageError",
  "meanSquaredLogarithmicError",
  "logCosh",
  "hinge",
  "squaredHinge",
  "categoricalHinge",
  "poisson",
  "klDivergence",
] as const;
const plain = byNames(plainLosses, (kind) => (options?: object) => loss(kind, options));

export const lossesByName = {
  ...plain,
  mse: plain.meanSquaredError,
  mae: plain.meanAbsoluteError,
  mape: plain.meanAbsolutePercentageError,
  msle: plain.meanSquaredLogarithmicError,
  huber,
  quantile,
  gaussianNll,
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  sparseCategoricalCrossentropy,
} as const;
reserve(Object.keys(lossesByName));

/** What `compile` takes as a loss by name. */
export type LossName = keyof typeof lossesByName;

/** A loss from its name, from what a saved model keeps, or itself. */
export function lossFrom(value: LossName | Loss | Loss["config"]): Loss {
  if (typeof value === "string") return named<() => Loss>(lossesByName, value, "loss")();
  // Made anew from its config: what comes from a file is checked, and no kernel is taken from there.
  const config = typeof value === "object" && value !== null && "kernel" in value ? value.config : value;
  if (typeof config !== "object" || config === null || !("name" in config) || typeof config.name !== "string") {
    throw new GruvyError("model/loss", `Expected a loss or its name, found ${shown(value)}`);
  }
  const { name, ...options } = config;
  const own = definedAs<Loss>("loss", name);
  return (own ?? named<(options: never) => Loss>(lossesByName, name, "loss"))(options as never);
}
