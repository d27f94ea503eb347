import { F32, F32x4, type Fn, I32, I32x4 } from "../wasm/index.ts";
import type { WriteGradient } from "./elementwise-loss.ts";
import { exp, log } from "./formulas.ts";
import { tailMask } from "./gather.ts";
import { logSumExpParts } from "./log-sum-exp.ts";
import { EPSILON, type LossKernel } from "./loss-kinds.ts";
import { realVectors } from "./softmax.ts";

export type Crossentropy = Extract<LossKernel, { kind: "categoricalCrossentropy" | "sparseCategoricalCrossentropy" }>;

/** The loss of a row of classes of which one, or a share of each, is right. */
export function crossentropyRow(
  fn: Fn,
  loss: Crossentropy,
  p: I32,
  y: I32,
  features: number,
  write: WriteGradient,
): F32 {
  const sparse = loss.kind === "sparseCategoricalCrossentropy";
  const target = sparse ? fn.let(I32.load(y)) : undefined;
  /** The target of the four classes at byte j: one where the class is the row's. */
  const wanted = (j: I32): F32x4 => {
    if (!target) return smoothed(fn, loss, F32x4.load(y.add(j)), features);
    const classes = I32x4.splat(j.shiftRight(2)).add(I32x4.of(0, 1, 2, 3));
    return classes.equals(I32x4.splat(target)).keep(fn.splat(1));
  };
  if (loss.fromLogits) {
    const { largest, total } = logSumExpParts(fn, p, features);
    const inverse = fn.let(F32.of(1).div(total).splat());
    const logTotal = fn.let(log(fn, total.splat()).add(largest));
    const sums = fn.variable(F32x4, F32x4.splat(0));
    realVectors(fn, p, features, F32x4.splat(0), (z, j) => {
      const t = fn.let(wanted(j));
      const part = t.mul(logTotal.sub(z));
      sums.set(sums.get.add(j.known === undefined ? part : tailMask(features, j.known / 16).keep(part)));
      write(j, exp(fn, fn.let(z.sub(largest))).mulAdd(inverse, t.neg()));
    });
    return fn.let(sums.get.sum());
  }
  if (target) return sparseFromProbabilities(fn, p, features, wanted, write);
  // From probabilities: normalised, then clipped, as Keras does.
  const sum = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, p, features, F32x4.splat(0), (value) => sum.set(sum.get.add(value)));
  const inverse = fn.let(F32.of(1).div(sum.get.sum()).splat());
  const losses = fn.variable(F32x4, F32x4.splat(0));
  const inside = fn.variable(F32x4, F32x4.splat(0));
  const clipped = (value: F32x4) => {
    const q = fn.let(value.mul(inverse));
    return { q, bounded: fn.let(q.min(fn.splat(1 - EPSILON)).max(fn.splat(EPSILON))) };
  };
  realVectors(fn, p, features, F32x4.splat(0.5), (value, j) => {
    const { q, bounded } = clipped(value);
    const t = fn.let(wanted(j));
    const real = (x: F32x4) => (j.known === undefined ? x : tailMask(features, j.known / 16).keep(x));
    losses.set(losses.get.sub(real(t.mul(log(fn, bounded)))));
    inside.set(inside.get.add(real(bounded.equals(q).keep(t))));
  });
  const all = fn.let(inside.get.sum().splat());
  realVectors(fn, p, features, F32x4.splat(0.5), (value, j) => {
    const { q, bounded } = clipped(value);
    const own = bounded.equals(q).keep(wanted(j).div(bounded));
    write(j, all.sub(own).mul(inverse));
  });
  return fn.let(losses.get.sum());
}

/** Keras on TensorFlow clips these first and normalises then, the other way round than rows of targets. */
function sparseFromProbabilities(
  fn: Fn,
  p: I32,
  features: number,
  wanted: (j: I32) => F32x4,
  write: WriteGradient,
): F32 {
  const clipped = (value: F32x4) => fn.let(value.min(fn.splat(1 - EPSILON)).max(fn.splat(EPSILON)));
  const real = (x: F32x4, j: I32) => (j.known === undefined ? x : tailMask(features, j.known / 16).keep(x));
  const sum = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, p, features, F32x4.splat(0), (value, j) => sum.set(sum.get.add(real(clipped(value), j))));
  const total = fn.let(sum.get.sum());
  const inverse = fn.let(F32.of(1).div(total).splat());
  const logTotal = fn.let(log(fn, total.splat()));
  const losses = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, p, features, F32x4.splat(0.5), (value, j) => {
    const q = clipped(value);
    const t = fn.let(wanted(j));
    losses.set(losses.get.add(real(t.mul(logTotal.sub(log(fn, q))), j)));
    write(j, q.equals(value).keep(inverse.sub(t.div(q))));
  });
  return fn.let(losses.get.sum());
}

/** A share of every target goes to all classes alike. */
function smoothed(fn: Fn, loss: Crossentropy, target: F32x4, features: number): F32x4 {
  const share = "labelSmoothing" in loss ? (loss.labelSmoothing ?? 0) : 0;
  return share === 0 ? target : target.mul(fn.splat(1 - share)).add(fn.splat(share / features));
}
