import { finiteNumber, GruvyError, shown } from "../base/index.ts";
import type { LossKernel } from "../engine/index.ts";
import { flag, named, optionsOf, refuseUnknown } from "./options.ts";

/** A loss: the mean over rows (and steps that are not masked) of a row's loss. */
export interface Loss {
  readonly config: { readonly name: string; readonly [option: string]: unknown };
  readonly kernel: LossKernel;
}

interface FromLogits {
  /** The model's output is not yet squashed. Default false. */
  readonly fromLogits?: boolean;
}

function loss(kernel: LossKernel, given: object = {}): Loss {
  const { kind, ...options } = kernel;
  refuseUnknown(given, Object.keys(options), kind);
  return { config: { name: kind, ...options }, kernel };
}

type Crossentropy = "binaryCrossentropy" | "categoricalCrossentropy" | "sparseCategoricalCrossentropy";

function crossentropy(kind: Crossentropy, options: FromLogits): Loss {
  const { fromLogits = false } = optionsOf(options, kind);
  return loss({ kind, fromLogits: flag(fromLogits, `fromLogits of ${kind}`) }, options);
}

/**
 * Mean over the features of (prediction - target)^2. By name also `mse`.
 *
 * @example
 * meanSquaredError().config; // { name: "meanSquaredError" }
 */
export const meanSquaredError = (): Loss => loss({ kind: "meanSquaredError" });

/**
 * Mean over the features of |prediction - target|. By name also `mae`.
 *
 * @example
 * meanAbsoluteError().config; // { name: "meanAbsoluteError" }
 */
export const meanAbsoluteError = (): Loss => loss({ kind: "meanAbsoluteError" });

/**
 * Half the squared difference up to `delta` (default 1) and linear beyond, so that outliers count less (Huber 1964).
 *
 * @example
 * huber({ delta: 0.5 }).config; // { name: "huber", delta: 0.5 }
 */
export function huber(options: { readonly delta?: number } = {}): Loss {
  const { delta = 1 } = optionsOf(options, "huber");
  return loss({ kind: "huber", delta: finiteNumber(delta, "delta of huber", { min: 1e-30 }) }, options);
}

/**
 * For targets 0 or 1 and a sigmoid output. Taken from the sigmoid's input where the last layer is one, so that it
 * neither overflows nor loses digits, as Keras on TensorFlow does.
 *
 * @example
 * binaryCrossentropy().config; // { name: "binaryCrossentropy", fromLogits: false }
 */
export const binaryCrossentropy = (options: FromLogits = {}): Loss => crossentropy("binaryCrossentropy", options);

/**
 * For targets given as a one-hot (or soft) row [rows, classes] and a softmax output, whose input it is taken from.
 *
 * @example
 * categoricalCrossentropy({ fromLogits: true }).config.fromLogits; // true
 */
export const categoricalCrossentropy = (options: FromLogits = {}): Loss =>
  crossentropy("categoricalCrossentropy", options);

/**
 * For targets given as class numbers [rows], from 0, and a softmax output, whose input it is taken from.
 *
 * @example
 * sparseCategoricalCrossentropy().config.name; // "sparseCategoricalCrossentropy"
 */
export const sparseCategoricalCrossentropy = (options: FromLogits = {}): Loss =>
  crossentropy("sparseCategoricalCrossentropy", options);

const byName = {
  meanSquaredError,
  mse: meanSquaredError,
  meanAbsoluteError,
  mae: meanAbsoluteError,
  huber,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} as const;
/** What `compile` takes as a loss by name. */
export type LossName = keyof typeof byName;

/** A loss from its name, from what a saved model keeps, or itself. */
export function lossFrom(value: LossName | Loss | Loss["config"]): Loss {
  if (typeof value === "string") return named<() => Loss>(byName, value, "loss")();
  // Made anew from its config: what comes from a file is checked, and no kernel is taken from there.
  const config = typeof value === "object" && value !== null && "kernel" in value ? value.config : value;
  if (typeof config !== "object" || config === null || !("name" in config) || typeof config.name !== "string") {
    throw new GruvyError("model/loss", `Expected a loss or its name, found ${shown(value)}`);
  }
  const { name, ...options } = config;
  return named<(options: never) => Loss>(byName, name, "loss")(options as never);
}
