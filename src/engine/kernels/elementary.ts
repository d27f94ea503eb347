import type { F32x4, Fn } from "../wasm/index.ts";
import { type ActivationName, commonFunctions } from "./activation.ts";
import { log } from "./formulas.ts";
import { rareFunctions } from "./rare-activation.ts";
import { softplus } from "./rare-formulas.ts";

type Elementary = (fn: Fn, x: F32x4) => F32x4;

const functions = { ...commonFunctions, ...rareFunctions };
const slopes = Object.fromEntries(
  Object.entries(functions).map(([name, { derivative }]) => [`slope of ${name}`, derivative]),
) as Record<`slope of ${ActivationName}`, Elementary>;
const values = Object.fromEntries(Object.entries(functions).map(([name, { value }]) => [name, value])) as Record<
  ActivationName,
  Elementary
>;

/**
 * Functions of one number by name, with the slopes of activations: from the value, or of curved ones from the argument.
 * x stands in a local.
 */
export const elementary = {
  ...values,
  ...slopes,
  log,
  /** log(1 + exp(x)). */
  softplus,
  squareRoot: (_, x) => x.sqrt(),
  absolute: (_, x) => x.abs(),
  sign: (fn, x) =>
    x
      .greater(fn.splat(0))
      .keep(fn.splat(1))
      .sub(x.less(fn.splat(0)).keep(fn.splat(1))),
} as const satisfies Record<string, Elementary>;

export type ElementaryName = keyof typeof elementary;
