// Losses whose output has several numbers for each one of the target, block behind block: all targets' first numbers,
// then all second ones. Blocks begin anywhere, so these go feature by feature.

import { type F32, F32x4, type Fn, type I32 } from "../wasm/index.ts";
import { exp, log, sigmoid } from "./formulas.ts";
import { LEAST_VARIANCE, type LossKernel } from "./loss-kinds.ts";
import { pinball } from "./rare-elementwise-loss.ts";
import { softplus } from "./rare-formulas.ts";

/** Writes the slope of one number, at a byte of the row. */
type WriteNumber = (byte: I32, value: F32) => void;

/** The mean over all quantiles and features. */
export function quantilesRow(
  fn: Fn,
  quantiles: readonly number[],
  [p, y]: readonly [I32, I32],
  features: number,
  write: WriteNumber,
): F32 {
  const share = fn.splat(1 / (features * quantiles.length));
  const sum = fn.variable(F32x4, F32x4.splat(0));
  quantiles.forEach((quantile, block) => {
    fn.loop(0, 4 * features, 4, (j) => {
      const at = fn.let(j.add(4 * features * block));
      const prediction = fn.let(F32x4.loadSplat(p.add(at)));
      const { value, slope } = pinball(quantile)(fn, prediction, fn.let(F32x4.loadSplat(y.add(j))));
      sum.set(sum.get.add(value));
      write(at, slope.mul(share).lane(0));
    });
  });
  return fn.let(sum.get.mul(share).lane(0));
}

type Gaussian = Extract<LossKernel, { kind: "gaussianNll" }>;

/** (log v + (y - m)^2 / v) / 2 of a normal distribution with mean m and variance v; the mean over the features. */
export function gaussianRow(
  fn: Fn,
  { variance, full }: Gaussian,
  [p, y]: readonly [I32, I32],
  features: number,
  write: WriteNumber,
): F32 {
  const share = fn.splat(1 / features);
  const half = fn.splat(0.5);
  const sum = fn.variable(F32x4, F32x4.splat(0));
  fn.loop(0, 4 * features, 4, (j) => {
    const second = fn.let(j.add(4 * features));
    const raw = fn.let(F32x4.loadSplat(p.add(second)));
    const d = fn.let(F32x4.loadSplat(p.add(j)).sub(F32x4.loadSplat(y.add(j))));
    const square = fn.let(d.mul(d));
    const soft = variance === "softplus" ? fn.let(softplus(fn, raw).add(fn.splat(LEAST_VARIANCE))) : undefined;
    const precision = fn.let(soft ? fn.splat(1).div(soft) : exp(fn, raw.neg()));
    const logarithm = soft ? log(fn, soft) : raw;
    sum.set(sum.get.add(logarithm.add(square.mul(precision)).mul(half)));
    write(j, d.mul(precision).mul(share).lane(0));
    // By the logarithm of the variance, and by the variance where that is not what the output gives.
    const byLog = fn.let(fn.splat(1).sub(square.mul(precision)).mul(half));
    const slope = soft ? byLog.mul(precision).mul(sigmoid(fn, raw)) : byLog;
    write(second, slope.mul(share).lane(0));
  });
  const mean = sum.get.mul(share);
  return fn.let((full ? mean.add(fn.splat(HALF_LOG_2_PI)) : mean).lane(0));
}

const HALF_LOG_2_PI = 0.9189385332046727;
