import { finiteNumber, GruvyError, shown } from "../base/index.ts";
import type { Constraint as ConstraintKernel, Penalty } from "../engine/index.ts";
import { named, numberRule, settle } from "./options.ts";

/** What a weight's size adds to the loss. */
export interface Regularizer {
  readonly config: { readonly name: string; readonly [option: string]: number | string };
  readonly penalty: Penalty;
}

const factor = (usual: number) => numberRule(usual, { min: 0, max: 1e6, code: "model/option" });

function penalty(
  name: string,
  options: object,
  rules: { l1?: ReturnType<typeof factor>; l2?: ReturnType<typeof factor> },
) {
  const config = settle(options, name, rules as Record<string, ReturnType<typeof factor>>);
  return { config: { name, ...config }, penalty: { l1: 0, l2: 0, ...config } };
}

/**
 * `l1` (default 0.01) times the sum of absolute values: weights that help little become small (Tibshirani 1996).
 *
 * @example
 * dense({ units: 2, kernelRegularizer: l1({ l1: 0.001 }) }).config.kernelRegularizer; // { name: "l1", l1: 0.001 }
 */
export const l1 = (options: { readonly l1?: number } = {}): Regularizer => penalty("l1", options, { l1: factor(0.01) });

/**
 * `l2` (default 0.01) times the sum of squares (Hoerl and Kennard 1970).
 *
 * @example
 * l2().config; // { name: "l2", l2: 0.01 }
 */
export const l2 = (options: { readonly l2?: number } = {}): Regularizer => penalty("l2", options, { l2: factor(0.01) });

/**
 * Both together (Zou and Hastie 2005); each 0.01 by name, and 0 where `l1L2({ ... })` does not give it, as in Keras.
 *
 * @example
 * gru({ units: 4, kernelRegularizer: l1L2({ l1: 1e-4, l2: 1e-3 }) }).config.units; // 4
 */
export const l1L2 = (options: { readonly l1?: number; readonly l2?: number } = {}): Regularizer =>
  penalty("l1L2", options, { l1: factor(0), l2: factor(0) });

/** What a weight is brought back to after every step. */
export interface Constraint {
  readonly config: { readonly name: string; readonly [option: string]: number | string };
  readonly kernel: ConstraintKernel;
}

const size = (usual: number, max = 1e30) => numberRule(usual, { min: 0, max, code: "model/option" });

/**
 * The weights that enter a unit, a column of a kernel, have a norm of at most `maxValue` (default 2). For a bias it is
 * the norm of the whole.
 *
 * @example
 * maxNorm({ maxValue: 3 }).config; // { name: "maxNorm", maxValue: 3 }
 */
export function maxNorm(options: { readonly maxValue?: number } = {}): Constraint {
  const { maxValue } = settle(options, "maxNorm", { maxValue: size(2) });
  return { config: { name: "maxNorm", maxValue }, kernel: { kind: "norm", min: 0, max: maxValue, rate: 1 } };
}

/**
 * A norm between `minValue` (default 0) and `maxValue` (default 1), to which each step goes by `rate` (default 1, all
 * the way).
 *
 * @example
 * minMaxNorm({ minValue: 0.5 }).config.maxValue; // 1
 */
export function minMaxNorm(
  options: { readonly minValue?: number; readonly maxValue?: number; readonly rate?: number } = {},
): Constraint {
  const rules = { minValue: size(0), maxValue: size(1), rate: size(1, 1) };
  const { minValue: min, maxValue: max, rate } = settle(options, "minMaxNorm", rules);
  finiteNumber(max, "maxValue of minMaxNorm", { min, code: "model/option" });
  return {
    config: { name: "minMaxNorm", minValue: min, maxValue: max, rate },
    kernel: { kind: "norm", min, max, rate },
  };
}

/**
 * The weights that enter a unit have norm 1.
 *
 * @example
 * dense({ units: 2, kernelConstraint: unitNorm() }).config.kernelConstraint; // { name: "unitNorm" }
 */
export const unitNorm = (): Constraint => ({
  config: { name: "unitNorm" },
  kernel: { kind: "norm", min: 1, max: 1, rate: 1 },
});

/**
 * No weight is below zero.
 *
 * @example
 * nonNeg().config; // { name: "nonNeg" }
 */
export const nonNeg = (): Constraint => ({ config: { name: "nonNeg" }, kernel: { kind: "nonNeg" } });

const regularizers = { l1, l2, l1L2 } as const;
const constraints = { maxNorm, minMaxNorm, unitNorm, nonNeg } as const;
/** A name, with its defaults, or what one of the functions returns. */
export type RegularizerLike = keyof typeof regularizers | Regularizer | Regularizer["config"];
/** A name, with its defaults, or what one of the functions returns. */
export type ConstraintLike = keyof typeof constraints | Constraint | Constraint["config"];

function configOf(value: unknown, what: string): { name: string; [option: string]: unknown } {
  const config = typeof value === "object" && value !== null && "config" in value ? value.config : value;
  if (typeof config === "object" && config !== null && "name" in config && typeof config.name === "string") {
    return config as { name: string };
  }
  throw new GruvyError(`model/${what}`, `Expected a ${what} or its name, found ${shown(value)}`);
}

/** A regularizer from its name, its saved config, or itself. */
export function regularizer(value: RegularizerLike): Regularizer {
  if (value === "l1L2") return l1L2({ l1: 0.01, l2: 0.01 });
  if (typeof value === "string") return named<() => Regularizer>(regularizers, value, "regularizer")();
  const { name, ...options } = configOf(value, "regularizer");
  return named<(options: never) => Regularizer>(regularizers, name, "regularizer")(options as never);
}

/** A constraint from its name, its saved config, or itself. */
export function constraint(value: ConstraintLike): Constraint {
  if (typeof value === "string") return named<() => Constraint>(constraints, value, "constraint")();
  const { name, ...options } = configOf(value, "constraint");
  return named<(options: never) => Constraint>(constraints, name, "constraint")(options as never);
}
