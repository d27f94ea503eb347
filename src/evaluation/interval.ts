import { exp, GruvyError, wholeNumber } from "../base/index.ts";

/** A difference with its 95 % interval. */
export interface Interval {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** The cumulative standard normal distribution, to about 1e-15. */
export function normalCdf(x: number): number {
  if (x > 8) return 1;
  if (x < -8) return 0;
  // Marsaglia 2004: Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/15 + ...).
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum); n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * 0.3989422804014327 * exp((-x * x) / 2);
}

/** The 97.5 % point of Student's t distribution: exact for 1 and 2 degrees of freedom, else within 0.03. */
export function studentPoint(freedom: number): number {
  if (freedom <= 1) return 12.706204736432095;
  if (freedom === 2) return 4.302652729911275;
  // The expansion in 1/freedom around the normal point (Abramowitz and Stegun 26.7.5).
  const z = 1.959963984540054;
  const q = z * z;
  const a = (z * (q + 1)) / 4;
  const b = (z * (5 * q * q + 16 * q + 3)) / 96;
  const c = (z * (3 * q * q * q + 19 * q * q + 17 * q - 15)) / 384;
  const d = (z * (79 * q * q * q * q + 776 * q * q * q + 1482 * q * q - 1920 * q - 945)) / 92160;
  return z + (a + (b + (c + d / freedom) / freedom) / freedom) / freedom;
}

/**
 * The percentile interval of a resampled statistic, widened for small samples: a bootstrap of n independent parts
 * understates the spread by sqrt((n - 1) / n) and knows nothing of Student's t, so the percentiles are taken further out
 * (Hesterberg 2015, "What teachers should know about the bootstrap", the expanded percentile interval).
 */
export function percentileInterval(difference: number, resampled: Float64Array, parts: number): Interval {
  const independent = Math.max(2, parts);
  const tail = normalCdf(-Math.sqrt(independent / (independent - 1)) * studentPoint(Math.floor(independent) - 1));
  const sorted = resampled.slice().sort();
  return { difference, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** Checks what both bootstraps are given; returns the number of pairs. */
export function checkedPairs(a: ArrayLike<number>, b: ArrayLike<number>, resamples: number): number {
  wholeNumber(resamples, "resamples", { min: 100, max: 1_000_000 });
  if (a.length !== b.length || a.length === 0) {
    throw new GruvyError(
      "usage/bootstrap",
      `Expected pairs of values, at least one, found ${a.length} and ${b.length}`,
    );
  }
  return a.length;
}
