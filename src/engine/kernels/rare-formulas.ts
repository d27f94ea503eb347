// Elementary functions of rare losses and activations. Largest errors, in units of the last place: softplus 4.2, expm1 1.5.

import type { F32x4, Fn } from "../wasm/index.ts";
import { exp, log1pExpNeg, polynomial } from "./formulas.ts";

/** log(1 + exp(x)). */
export function softplus(fn: Fn, x: F32x4): F32x4 {
  const value = fn.let(x);
  return value.max(fn.splat(0)).add(log1pExpNeg(fn, fn.let(value.abs())));
}

const EXPM1 = [0.4999999888, 0.1666656108, 0.04164983747, 0.008238027531, 0.001164149837];

/** exp x - 1 for x up to 0: near 0 the difference itself would have no right digit left. */
export function expm1(fn: Fn, x: F32x4): F32x4 {
  const value = fn.let(x);
  const near = polynomial(fn, value, EXPM1).mulAdd(value, fn.splat(1)).mul(value);
  return value.less(fn.splat(-0.5)).select(exp(fn, value).sub(fn.splat(1)), near);
}
