import { random, stream, wholeNumber } from "../base/index.ts";
import { checkedPairs, type Interval, percentileInterval } from "./interval.ts";

export interface MovingBlockOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Default 5,000. */
  readonly resamples?: number;
  /** Of the forecasts; default 1. Errors of forecasts h rows ahead depend on each other over h rows. */
  readonly horizon?: number;
  /**
   * Default: the larger of the horizon and the cube root of the number of errors, at most a third of them. 1 for
   * independent rows.
   */
  readonly blockLength?: number;
  /** Default `rmse`. */
  readonly metric?: "rmse" | "mae";
}

/**
 * The 95 % interval of the difference in error between two forecasters, metric(a) - metric(b), from their errors at the
 * same targets in time order; below zero favours a. Whole blocks of neighbouring errors are drawn with replacement, both
 * models' together, so that what neighbours have in common stays (Künsch 1989); a block that passes the end goes on at
 * the start, so that every target is drawn equally often (Politis and Romano 1992).
 *
 * @example
 * movingBlockBootstrap([1, -1, 1, -1], [2, -2, 2, -2]); // { difference: -1, low: -1, high: -1 }
 */
export function movingBlockBootstrap(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: MovingBlockOptions = {},
): Interval {
  const { seed = 0, resamples = 5000, horizon = 1, metric = "rmse" } = options;
  const count = checkedPairs(a, b, resamples);
  wholeNumber(horizon, "horizon");
  const length = Math.min(wholeNumber(options.blockLength ?? usualLength(count, horizon), "blockLength"), count);
  const sumsA = runningSums(a, metric);
  const sumsB = runningSums(b, metric);
  const score = (sum: number) => (metric === "rmse" ? Math.sqrt(Math.max(sum, 0) / count) : sum / count);
  const blocks = Math.ceil(count / length);
  const resampled = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const source = random(seed, stream.bootstrap, r);
    let sumA = 0;
    let sumB = 0;
    for (let block = 0; block < blocks; block++) {
      const from = source.below(block, count);
      const end = from + Math.min(length, count - block * length);
      sumA += sumsA[end] - sumsA[from];
      sumB += sumsB[end] - sumsB[from];
    }
    resampled[r] = score(sumA) - score(sumB);
  }
  return percentileInterval(score(sumsA[count]) - score(sumsB[count]), resampled, count / length);
}

function usualLength(count: number, horizon: number): number {
  let length = 1;
  while (length * length * length < count) length++;
  // Blocks as long as the part itself would always draw the same errors: an interval without width.
  return Math.min(Math.max(length, horizon), Math.max(1, Math.floor(count / 3)));
}

/** Sums of the squared or absolute errors before each index, over two rounds. */
function runningSums(errors: ArrayLike<number>, metric: "rmse" | "mae"): Float64Array {
  const count = errors.length;
  const sums = new Float64Array(2 * count + 1);
  for (let i = 0; i < 2 * count; i++) {
    const error = errors[i % count];
    sums[i + 1] = sums[i] + (metric === "rmse" ? error * error : Math.abs(error));
  }
  return sums;
}
