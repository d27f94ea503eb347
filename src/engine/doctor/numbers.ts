// Numbers to try kernels on, and what judges their results.

import { random, stream } from "../../base/index.ts";

/** Uniform on [-limit, limit], exact in float32. */
export function uniform(seed: number, length: number, limit = 1): Float32Array {
  const numbers = random(seed, stream.data);
  return Float32Array.from({ length }, (_, i) => (2 * numbers.uniform(i) - 1) * limit);
}

/** Whole numbers in [-limit, limit], whose sums of products float32 holds exactly. */
export function whole(seed: number, length: number, limit = 4): Float32Array {
  const numbers = random(seed, stream.data);
  return Float32Array.from({ length }, (_, i) => numbers.below(i, 2 * limit + 1) - limit);
}

type Numbers = ArrayLike<number>;

/**
 * Where two arrays differ by more than `tolerance` times the largest expected number (or `scale`, where that is
 * larger), or NaN does not stand where it is expected; empty when they are close.
 */
export function closeBy(found: Numbers, expected: Numbers, tolerance: number, scale = 0): string {
  if (found.length !== expected.length) return `${found.length} numbers instead of ${expected.length}`;
  let largest = scale;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i]);
    if (size > largest) largest = size;
  }
  let worst = 0;
  let at = -1;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(expected[i]) && Number.isNaN(found[i])) continue;
    const difference = Object.is(found[i], expected[i]) ? 0 : Math.abs(found[i] - expected[i]);
    if (difference <= worst) continue;
    worst = difference;
    at = i;
    if (Number.isNaN(difference)) break;
  }
  const limit = Math.max(tolerance * largest, 1e-30);
  if (worst <= limit) return "";
  return `[${at}] is ${found[at]} instead of ${expected[at]}; the largest is ${largest}, off by ${worst / largest} of it`;
}

/** Where two arrays are not the same bit for bit (a NaN equals a NaN); empty when they are. */
export function sameBits(found: Numbers, expected: Numbers): string {
  if (found.length !== expected.length) return `${found.length} numbers instead of ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(found[i], expected[i])) return `[${i}] is ${found[i]} instead of ${expected[i]}`;
  }
  return "";
}

/** The gradient of a function of an array, by central differences in float64. */
export function numericGradient(f: (x: Float64Array) => number, x: ArrayLike<number>, eps = 1e-6): Float64Array {
  const at = Float64Array.from(x);
  return at.map((value, i) => {
    at[i] = value + eps;
    const high = f(at);
    at[i] = value - eps;
    const low = f(at);
    at[i] = value;
    return (high - low) / (2 * eps);
  });
}
