import { finiteNumber, GruvyError, shown } from "../base/index.ts";
import type { LossKernel } from "../engine/index.ts";
import { named } from "./options.ts";

/** A loss: the mean over rows (and steps that are not masked) of a row's loss. */
export interface Loss {
  readonly config: { readonly name: string; readonly [option: string]: unknown };
  readonly kernel: LossKernel;
}

interface FromLogits {
  /** The model's output is not yet squashed. Default false. */
  readonly fromLogits?: boolean;
}

const loss = (kernel: LossKernel): Loss => {
  const { kind, ...options } = kernel;
  return { config: { name: kind, ...options }, kernel };
};

/** Mean over the features of (prediction - target)^2. */
export const meanSquaredError = (): Loss => loss({ kind: "meanSquaredError" });

/** Mean over the features of |prediction - target|. */
export const meanAbsoluteError = (): Loss => loss({ kind: "meanAbsoluteError" });

/** Quadratic up to `delta` (default 1) and linear beyond (Huber 1964). */
export const huber = ({ delta = 1 } = {}): Loss =>
  loss({ kind: "huber", delta: finiteNumber(delta, "delta of huber", { min: 1e-30 }) });

/**
 * For targets 0 or 1 and a sigmoid output. Taken from the sigmoid's input where the last layer is one, so that it
 * neither overflows nor loses digits, as Keras on TensorFlow does.
 */
export const binaryCrossentropy = ({ fromLogits = false }: FromLogits = {}): Loss =>
  loss({ kind: "binaryCrossentropy", fromLogits });

/** For targets given as a one-hot (or soft) row and a softmax output. */
export const categoricalCrossentropy = ({ fromLogits = false }: FromLogits = {}): Loss =>
  loss({ kind: "categoricalCrossentropy", fromLogits });

/** For targets given as class numbers and a softmax output. */
export const sparseCategoricalCrossentropy = ({ fromLogits = false }: FromLogits = {}): Loss =>
  loss({ kind: "sparseCategoricalCrossentropy", fromLogits });

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
export type LossName = keyof typeof byName;

/** A loss from its name, from what a saved model keeps, or itself. */
export function lossFrom(value: LossName | Loss | Loss["config"]): Loss {
  if (typeof value === "object" && value !== null && "kernel" in value) return value as Loss;
  if (typeof value === "string") return named<() => Loss>(byName, value, "loss")();
  if (typeof value !== "object" || value === null || typeof value.name !== "string") {
    throw new GruvyError("model/loss", `Expected a loss or its name, found ${shown(value)}`);
  }
  const { name, ...options } = value;
  return named<(options: never) => Loss>(byName, name, "loss")(options as never);
}
