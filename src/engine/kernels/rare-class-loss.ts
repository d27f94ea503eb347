// Losses over classes that few models have.

import { F32, F32x4, type Fn, type I32 } from "../wasm/index.ts";
import type { WriteGradient } from "./elementwise-loss.ts";
import { exp, log } from "./formulas.ts";
import { tailMask } from "./gather.ts";
import { logSumExpParts } from "./log-sum-exp.ts";
import { EPSILON, type LossKernel } from "./loss-kinds.ts";
import { powerOf } from "./rare-elementwise-loss.ts";
import { realVectors } from "./softmax.ts";

type Focal = Extract<LossKernel, { kind: "categoricalFocalCrossentropy" }>;

/**
 * Lin et al. 2017 over classes: alpha (1 - q)^gamma times the crossentropy, with q the softmax or the row divided by its
 * sum, clipped, as in Keras.
 */
export function categoricalFocalRow(
  fn: Fn,
  { fromLogits, gamma, alpha }: Focal,
  p: I32,
  y: I32,
  features: number,
  write: WriteGradient,
): F32 {
  const pad = F32x4.splat(fromLogits ? -3.4e38 : 0);
  const sum = fn.variable(F32x4, F32x4.splat(0));
  let share: (value: F32x4) => F32x4;
  let inverse: F32x4;
  if (fromLogits) {
    const { largest, total } = logSumExpParts(fn, p, features);
    inverse = fn.let(F32.of(1).div(total).splat());
    share = (value) => exp(fn, fn.let(value.sub(largest))).mul(inverse);
  } else {
    realVectors(fn, p, features, pad, (value) => sum.set(sum.get.add(value)));
    inverse = fn.let(F32.of(1).div(sum.get.sum()).splat());
    share = (value) => value.mul(inverse);
  }
  /** The share q of each class, its loss, and the slope of the loss by q. */
  const parts = (value: F32x4, j: I32) => {
    const q = fn.let(share(value));
    const bounded = fn.let(q.min(fn.splat(1 - EPSILON)).max(fn.splat(EPSILON)));
    const weight = fn.let(F32x4.load(y.add(j)).mul(fn.splat(alpha)));
    const rest = fn.let(fn.splat(1).sub(bounded));
    const factor = fn.let(powerOf(fn, rest, gamma));
    const logarithm = fn.let(log(fn, bounded));
    const steep =
      gamma === 0
        ? fn.splat(0)
        : powerOf(fn, rest, gamma - 1)
            .mul(logarithm)
            .mul(fn.splat(gamma));
    const slope = fn.let(bounded.equals(q).keep(weight.mul(steep.sub(factor.div(bounded)))));
    return { q, loss: weight.mul(factor).mul(logarithm), slope };
  };
  const real = (x: F32x4, j: I32) => (j.known === undefined ? x : tailMask(features, j.known / 16).keep(x));
  const losses = fn.variable(F32x4, F32x4.splat(0));
  const dots = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, p, features, pad, (value, j) => {
    const { q, loss, slope } = parts(value, j);
    losses.set(losses.get.sub(real(loss, j)));
    dots.set(dots.get.add(real(slope.mul(q), j)));
  });
  const dot = fn.let(dots.get.sum().splat());
  realVectors(fn, p, features, pad, (value, j) => {
    const { q, slope } = parts(value, j);
    write(j, slope.sub(dot).mul(fromLogits ? q : inverse));
  });
  return fn.let(losses.get.sum());
}

/**
 * max(0, 1 + the largest of the wrong classes - the right one). Of equal largest ones each gets its share of the
 * gradient, as on TensorFlow.
 */
export function categoricalHingeRow(fn: Fn, p: I32, y: I32, features: number, write: WriteGradient): F32 {
  const one = fn.splat(1);
  const target = (j: I32) => fn.let(F32x4.load(y.add(j)));
  const wrong = (value: F32x4, t: F32x4) => one.sub(t).mul(value);
  const real = (x: F32x4, j: I32) => (j.known === undefined ? x : tailMask(features, j.known / 16).keep(x));
  const right = fn.variable(F32x4, F32x4.splat(0));
  const top = fn.variable(F32x4, F32x4.splat(-3.4e38));
  realVectors(fn, p, features, F32x4.splat(0), (value, j) => {
    const t = target(j);
    right.set(right.get.add(real(t.mul(value), j)));
    const candidate = fn.let(wrong(value, t));
    const kept = j.known === undefined ? candidate : tailMask(features, j.known / 16).select(candidate, top.get);
    top.set(fn.let(kept).max(top.get));
  });
  const [a, b, c, d] = [0, 1, 2, 3].map((lane) => top.get.lane(lane));
  const largest = fn.let(a.max(b).max(c.max(d)).splat());
  const count = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, p, features, F32x4.splat(0), (value, j) => {
    const equal = fn.let(wrong(value, target(j))).equals(largest);
    count.set(count.get.add(real(equal.keep(one), j)));
  });
  const short = fn.let(largest.lane(0).sub(right.get.sum()).add(1));
  const missed = fn.let(short.splat().greater(fn.splat(0)));
  const part = fn.let(one.div(fn.let(count.get.sum().splat())));
  realVectors(fn, p, features, F32x4.splat(0), (value, j) => {
    const t = target(j);
    const equal = fn.let(wrong(value, t)).equals(largest);
    write(j, missed.keep(equal.keep(one.sub(t).mul(part)).sub(t)));
  });
  return fn.let(short.max(0));
}
