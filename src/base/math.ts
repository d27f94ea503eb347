// Elementary functions built from +, -, *, / and sqrt alone, which IEEE 754 rounds the same everywhere; Math.exp and
// its kin differ between engines. Used for whatever reaches a weight: initial values, schedules, scalers. Errors are at
// most 4 units in the last place of float64; those of pow grow with the logarithm of its result.

import { wholePower } from "./whole-power.ts";

const LN2_HIGH = 0.6931471803691238; // the leading 32 bits, so that k * LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10;
const LOG2_E = Math.LOG2E;

const scratch = new DataView(new ArrayBuffer(8));

/** 2^k for whole k in [-1022, 1023]. */
function powerOfTwo(k: number): number {
  scratch.setUint32(0, (k + 1023) << 20);
  scratch.setUint32(4, 0);
  return scratch.getFloat64(0);
}

export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  const k = Math.round(x * LOG2_E);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  // Taylor in Horner form; |r| <= 0.347, so the 14th term is below 5e-18.
  let sum = 1;
  for (let n = 13; n >= 1; n--) sum = 1 + (r / n) * sum;
  if (k > 1000) return sum * powerOfTwo(1000) * powerOfTwo(k - 1000);
  return k < -1000 ? sum * powerOfTwo(-1000) * powerOfTwo(k + 1000) : sum * powerOfTwo(k);
}

export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= powerOfTwo(54);
    k = -54;
  }
  scratch.setFloat64(0, x);
  const high = scratch.getUint32(0);
  k += (high >>> 20) - 1023;
  scratch.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = scratch.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  // log m = 2 artanh(s) with |s| <= 0.1716.
  const s = (m - 1) / (m + 1);
  const q = s * s;
  let sum = 0;
  for (let n = 25; n >= 3; n -= 2) sum = q * (1 / n + sum);
  return k * LN2_HIGH + (2 * s * (1 + sum) + k * LN2_LOW);
}

/** base^power for base > 0, or a whole power of any base. */
export const pow = (base: number, power: number): number =>
  Number.isInteger(power) && Math.abs(power) <= 2 ** 31 ? wholePower(base, power) : exp(power * log(base));

export function tanh(x: number): number {
  const a = Math.abs(x);
  if (a < 0.4) {
    // The quotient of the series of sinh and cosh, exact where exp(2x) - 1 would cancel.
    const q = a * a;
    let sinh = 1;
    let cosh = 1;
    for (let n = 8; n >= 1; n--) {
      sinh = 1 + (q / (2 * n * (2 * n + 1))) * sinh;
      cosh = 1 + (q / (2 * n * (2 * n - 1))) * cosh;
    }
    return (x * sinh) / cosh;
  }
  const t = a > 22 ? 1 : 1 - 2 / (exp(2 * a) + 1);
  return x < 0 ? -t : t;
}

export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)));

const HALF_PI_HIGH = 1.5707963267341256; // the leading 33 bits
const HALF_PI_LOW = 6.077100506506192e-11;

/** sin(x + quarter * pi/2) for |x| up to about 1e6. */
function sine(x: number, quarter: number): number {
  const k = Math.round(x / 1.5707963267948966);
  const r = x - k * HALF_PI_HIGH - k * HALF_PI_LOW;
  const q = r * r;
  const turn = (((k + quarter) % 4) + 4) % 4;
  let sum = 1;
  if (turn % 2 === 0) {
    for (let n = 9; n >= 1; n--) sum = 1 - (q / (2 * n * (2 * n + 1))) * sum;
    sum *= r;
  } else {
    for (let n = 9; n >= 1; n--) sum = 1 - (q / (2 * n * (2 * n - 1))) * sum;
  }
  return turn < 2 ? sum : -sum;
}

export const sin = (x: number): number => sine(x, 0);
export const cos = (x: number): number => sine(x, 1);
