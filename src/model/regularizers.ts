import { finiteNumber, GruvyError, shown, wholeNumber } from "../base/index.ts";
import type { Bounds, Constraint as ConstraintKernel, Penalty } from "../engine/index.ts";
import { named, numberRule, type Rule, settle } from "./options.ts";

/** What a weight's size adds to the loss. */
export interface Regularizer {
  readonly config: { readonly name: string; readonly [option: string]: number | string };
  readonly penalty: Penalty;
}

const factor = (usual: number) => numberRule(usual, { min: 0, max: 1e6 });

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
 * @throws {GruvyError} `model/option` for a factor that is not from 0 to 1e6.
 * @example
 * dense({ units: 2, kernelRegularizer: l1({ l1: 0.001 }) }).config.kernelRegularizer; // { name: "l1", l1: 0.001 }
 */
export const l1 = (options: { readonly l1?: number } = {}): Regularizer => penalty("l1", options, { l1: factor(0.01) });

/**
 * `l2` (default 0.01) times the sum of squares (Hoerl and Kennard 1970).
 *
 * @throws {GruvyError} `model/option` for a factor that is not from 0 to 1e6.
 * @example
 * l2().config; // { name: "l2", l2: 0.01 }
 */
export const l2 = (options: { readonly l2?: number } = {}): Regularizer => penalty("l2", options, { l2: factor(0.01) });

/**
 * Both together (Zou and Hastie 2005); each 0.01 by name, and 0 where `l1L2({ ... })` does not give it, as in Keras.
 *
 * @throws {GruvyError} `model/option` for a factor that is not from 0 to 1e6.
 * @example
 * gru({ units: 4, kernelRegularizer: l1L2({ l1: 1e-4, l2: 1e-3 }) }).config.units; // 4
 */
export const l1L2 = (options: { readonly l1?: number; readonly l2?: number } = {}): Regularizer =>
  penalty("l1L2", options, { l1: factor(0), l2: factor(0) });

/** What a weight is brought back to after every step. */
export interface Constraint {
  readonly config: { readonly name: string; readonly [option: string]: number | string | readonly number[] };
  readonly kernel: ConstraintKernel;
}

const size = (usual: number, max = 1e30) => numberRule(usual, { min: 0, max });

/** Along what norms are taken. */
export interface AxisOption {
  /**
   * Axes of the weight that a norm goes along, in Keras's shape; below 0 they count from the last one. Default 0, the
   * weights that enter a unit; of a convolution's kernel [kernelSize, features, filters] these are `[0, 1]`.
   * A layer throws `model/option` for one that its weight lacks.
   */
  readonly axis?: number | readonly number[];
}

/** An axis or several; the first one need not be said. */
const axisRule: Rule<number | readonly number[] | undefined> = (axis = 0, name) => {
  for (const one of [axis].flat()) wholeNumber(one, name, { min: -3, max: 2, code: "model/option" });
  return axis === 0 ? undefined : (axis as number | readonly number[]);
};

function norm<R extends Record<string, Rule<number>>>(
  name: string,
  options: object,
  rules: R,
  bounds: (settled: { readonly [option in keyof R]: number }) => Bounds,
): Constraint {
  const config = settle(options, name, { ...rules, axis: axisRule });
  const axes = [(config.axis as ReturnType<typeof axisRule>) ?? 0].flat();
  return { config: { name, ...config } as never, kernel: { kind: "norm", ...bounds(config as never), axes } };
}

/**
 * The weights that enter a unit, a column of a kernel, have a norm of at most `maxValue` (default 2; Srivastava et al.
 * 2014). For a bias it is the norm of the whole; `axis` says another one.
 *
 * @throws {GruvyError} `model/option` for a value below zero, or an axis that is not from -3 to 2.
 * @example
 * maxNorm({ maxValue: 3 }).config; // { name: "maxNorm", maxValue: 3 }
 * conv1d({ filters: 4, kernelSize: 3, kernelConstraint: maxNorm({ axis: [0, 1] }) }).config.filters; // 4
 */
export const maxNorm = (options: { readonly maxValue?: number } & AxisOption = {}): Constraint =>
  norm("maxNorm", options, { maxValue: size(2) }, ({ maxValue: max }) => ({ min: 0, max, rate: 1 }));

/**
 * A norm between `minValue` (default 0) and `maxValue` (default 1), to which each step goes by `rate` (default 1, all
 * the way). Keras's `MinMaxNorm`.
 *
 * @throws {GruvyError} `model/option` for a value below zero, a `maxValue` below `minValue`, a rate or axis that is out of
 *   range.
 * @example
 * minMaxNorm({ minValue: 0.5 }).config.maxValue; // 1
 */
export const minMaxNorm = (
  options: { readonly minValue?: number; readonly maxValue?: number; readonly rate?: number } & AxisOption = {},
): Constraint =>
  norm(
    "minMaxNorm",
    options,
    { minValue: size(0), maxValue: size(1), rate: size(1, 1) },
    ({ minValue: min, maxValue: max, rate }) => {
      finiteNumber(max, "maxValue of minMaxNorm", { min, code: "model/option" });
      return { min, max, rate };
    },
  );

/**
 * The weights that enter a unit have norm 1. Keras's `UnitNorm`.
 *
 * @throws {GruvyError} `model/option` for an axis that is not from -3 to 2.
 * @example
 * dense({ units: 2, kernelConstraint: unitNorm() }).config.kernelConstraint; // { name: "unitNorm" }
 */
export const unitNorm = (options: AxisOption = {}): Constraint =>
  norm("unitNorm", options, {}, () => ({ min: 1, max: 1, rate: 1 }));

/**
 * No weight is below zero: those that are become 0. Keras's `NonNeg`.
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
