import { random, stream } from "../base/index.ts";
import { checkedPairs, type Interval, percentileInterval } from "./interval.ts";

export interface PairedBootstrapOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Default 2,000. */
  readonly resamples?: number;
}

/**
 * The 95 % interval of mean(a) - mean(b), where a[i] and b[i] belong to the same row: with 1 for right and 0 for wrong,
 * the difference of two accuracies. Rows are drawn with replacement, both models' values together (Efron and Tibshirani
 * 1993), and are taken for independent.
 *
 * @example
 * pairedBootstrap([1, 1, 1, 0], [1, 0, 0, 0]).difference; // 0.5
 */
export function pairedBootstrap(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { seed = 0, resamples = 2000 }: PairedBootstrapOptions = {},
): Interval {
  const rows = checkedPairs(a, b, resamples);
  const differences = Float64Array.from({ length: rows }, (_, row) => a[row] - b[row]);
  const resampled = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const source = random(seed, stream.bootstrap, r);
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += differences[source.below(i, rows)];
    resampled[r] = sum / rows;
  }
  const difference = differences.reduce((sum, value) => sum + value, 0) / rows;
  return percentileInterval(difference, resampled, rows);
}
