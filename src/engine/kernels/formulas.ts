// Elementary functions on four lanes. Largest errors over every float32 in their range, in units of the last place with
// fused multiply-add (without): exp 1.1 (1.4), log 2.0, sigmoid 2.5, tanh 6.0 (7.2, a relative 4.3e-7), log1pExpNeg 4.2.
// Coefficients are minimax fits in float64.

import type { F32x4, Fn } from "../wasm/index.ts";

/** Horner's scheme, coefficients from the constant upwards. */
export function polynomial(fn: Fn, x: F32x4, coefficients: readonly number[]): F32x4 {
  return coefficients
    .slice(0, -1)
    .reduceRight<F32x4>((sum, c) => sum.mulAdd(x, fn.splat(c)), fn.splat(coefficients[coefficients.length - 1]));
}

/** exp x for x in [-87, 88], clamped there: never a denormal, never infinity. */
export function exp(fn: Fn, x: F32x4): F32x4 {
  const clamped = fn.let(x.min(fn.splat(88)).max(fn.splat(-87)));
  const n = fn.let(clamped.mul(fn.splat(Math.LOG2E)).nearest());
  // 355/512 has nine bits, so that n * 355/512 is exact.
  const r = fn.let(n.negMulAdd(fn.splat(-2.1219444e-4), n.negMulAdd(fn.splat(0.693359375), clamped)));
  const power = n.toI32x4().shiftLeft(23);
  const mantissa = polynomial(fn, r, [1, 1.00000004, 0.49999992, 0.16666419, 0.04166823, 0.0083749, 0.00138367]);
  return mantissa.asI32x4().add(power).asF32x4();
}

/** Natural logarithm of normal positive x; zero and below give the logarithm of the smallest normal number. */
export function log(fn: Fn, x: F32x4): F32x4 {
  const bits = fn.let(x.max(fn.splat(1.17549435e-38)).asI32x4());
  // Take sqrt(1/2) as the lower end of the mantissa, so that log near 1 keeps its digits.
  const shifted = fn.let(bits.add(fn.splatInteger(0x3f800000 - 0x3f3504f3)));
  const exponent = fn.let(shifted.shiftRight(23).add(fn.splatInteger(-127)).toF32x4());
  const mantissa = fn.let(shifted.and(fn.splatInteger(0x007fffff)).add(fn.splatInteger(0x3f3504f3)).asF32x4());
  const one = fn.splat(1);
  const s = fn.let(mantissa.sub(one).div(mantissa.add(one)));
  const q = fn.let(s.mul(s));
  const tail = q.mul(polynomial(fn, q, [2 / 3, 2 / 5, 2 / 7, 2 / 9]));
  const low = exponent.mul(fn.splat(-2.1219444e-4));
  const value = fn.let(exponent.mulAdd(fn.splat(0.693359375), s.mulAdd(tail, low).add(s.add(s))));
  return x.equals(x).select(value, x);
}

/** log(1 + exp(-a)) for a >= 0, to full precision for large a. */
export function log1pExpNeg(fn: Fn, a: F32x4): F32x4 {
  const e = fn.let(exp(fn, a.neg()));
  const one = fn.splat(1);
  const u = fn.let(one.add(e));
  // The factor e / (u - 1) makes good what 1 + e lost by rounding.
  const exact = log(fn, u).mul(e.div(u.sub(one)));
  return u.equals(one).select(e, exact);
}

/** 1 / (1 + exp(-x)); beyond 60 it stays where it is, so that no gradient becomes a denormal. */
export function sigmoid(fn: Fn, x: F32x4): F32x4 {
  const bounded = x.min(fn.splat(60)).max(fn.splat(-60));
  return fn.splat(1).div(fn.splat(1).add(exp(fn, bounded.neg())));
}

const TANH_OVER_X = [
  0.9999999933876671, 0.13084017860233058, 0.003103964858072381, 1.1154397695890226e-5, -2.0225580060509754e-8,
  5.278112526184156e-11, -8.489110012210857e-14,
];
const TANH_UNDER = [1, 0.4641734496348867, 0.024495212889075805, 0.00025461577558617187];

/**
 * A rational function of x (13/6 in x). It stays where it is beyond 7.875, three or four ulp below 1: further out its
 * rounding would lift it above 1 and turn the sign of its derivative.
 */
export function tanh(fn: Fn, x: F32x4): F32x4 {
  const bounded = fn.let(x.min(fn.splat(7.875)).max(fn.splat(-7.875)));
  const q = fn.let(bounded.mul(bounded));
  return bounded.mul(polynomial(fn, q, TANH_OVER_X)).div(polynomial(fn, q, TANH_UNDER));
}

/**
 * Values below 1e-30 (or another limit) become zero (a NaN stays): a multiplication on a denormal costs forty times one
 * on a normal number.
 */
export function flush(fn: Fn, x: F32x4, below = 1e-30): F32x4 {
  const value = fn.let(x);
  return value.abs().less(fn.splat(below)).drop(value);
}
