import { F32, F32x4, type Fn, type I32 } from "../wasm/index.ts";
import { log, log1pExpNeg, sigmoid } from "./formulas.ts";
import { tailMask } from "./gather.ts";
import { type Elementwise, EPSILON, type LossKernel } from "./loss-kinds.ts";
import { realVectors } from "./softmax.ts";

/** Writes the slopes of four features, from byte `byte` of the row on. */
export type WriteGradient = (byte: I32, value: F32x4) => void;

/** 1, 0 or -1, with the sign of d. */
export const signOf = (fn: Fn, d: F32x4): F32x4 =>
  d.greater(fn.splat(0)).select(fn.splat(1), d.less(fn.splat(0)).keep(fn.splat(-1)));

export function binaryCrossentropy(fromLogits: boolean, labelSmoothing = 0): Elementwise {
  const smooth = (fn: Fn, y: F32x4) =>
    labelSmoothing === 0 ? y : fn.let(y.mul(fn.splat(1 - labelSmoothing)).add(fn.splat(labelSmoothing / 2)));
  if (fromLogits) {
    return (fn, z, target) => {
      const y = smooth(fn, target);
      return {
        value: z
          .max(fn.splat(0))
          .sub(z.mul(y))
          .add(log1pExpNeg(fn, fn.let(z.abs()))),
        slope: sigmoid(fn, z).sub(y),
      };
    };
  }
  return (fn, p, target) => {
    const y = smooth(fn, target);
    const q = fn.let(p.min(fn.splat(1 - EPSILON)).max(fn.splat(EPSILON)));
    const one = fn.splat(1);
    const value = y.mul(log(fn, q)).add(one.sub(y).mul(log(fn, fn.let(one.sub(q)))));
    return { value: value.neg(), slope: q.equals(p).keep(q.sub(y).div(q.mul(one.sub(q)))) };
  };
}

/** The formula of a loss that many models have and that looks at one element at a time; undefined for any other. */
export function elementwise(loss: LossKernel): Elementwise | undefined {
  switch (loss.kind) {
    case "meanSquaredError":
      return (fn, p, y) => {
        const d = fn.let(p.sub(y));
        return { value: d.mul(d), slope: d.add(d) };
      };
    case "meanAbsoluteError":
      return (fn, p, y) => {
        const d = fn.let(p.sub(y));
        return { value: d.abs(), slope: signOf(fn, d) };
      };
    case "binaryCrossentropy":
      return binaryCrossentropy(loss.fromLogits, loss.labelSmoothing);
    case "formula":
      return loss.each;
    default:
      return undefined;
  }
}

/** The loss of a row: the mean over its features, or `share` times their sum. */
export function elementwiseRow(
  fn: Fn,
  each: Elementwise,
  [p, y]: readonly [I32, I32],
  features: number,
  write: WriteGradient,
  share = 1 / features,
): F32 {
  const sums = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, p, features, F32x4.splat(0), (prediction, j) => {
    const { value, slope } = each(fn, prediction, fn.let(F32x4.load(y.add(j))));
    const kept = fn.let(value);
    sums.set(sums.get.add(j.known === undefined ? kept : tailMask(features, j.known / 16).keep(kept)));
    write(j, slope.mul(fn.splat(share)));
  });
  return fn.let(sums.get.sum().mul(F32.of(share)));
}
