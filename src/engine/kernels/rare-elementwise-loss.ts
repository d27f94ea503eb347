// Losses that few models have and that look at one element at a time.

import type { F32x4, Fn } from "../wasm/index.ts";
import { binaryCrossentropy, signOf } from "./elementwise-loss.ts";
import { exp, log, log1pExpNeg, sigmoid, tanh } from "./formulas.ts";
import { type Elementwise, EPSILON, type LossKernel } from "./loss-kinds.ts";

/** Twice differentiable near zero, a line far from it: log cosh d. */
const logCosh: Elementwise = (fn, p, y) => {
  const d = fn.let(p.sub(y));
  const size = fn.let(d.abs());
  const rest = log1pExpNeg(fn, fn.let(size.add(size)));
  return { value: size.add(rest).sub(fn.splat(Math.LN2)), slope: tanh(fn, d) };
};

/** How far a prediction falls short of the margin of 1. Of labels 0 and 1 those 0 count as -1, as in Keras. */
const margin = (fn: Fn, p: F32x4, y: F32x4) => {
  const label = fn.let(y.equals(fn.splat(0)).select(fn.splat(-1), y));
  const short = fn.let(fn.splat(1).sub(label.mul(p)).max(fn.splat(0)));
  return { label, short, missed: short.greater(fn.splat(0)) };
};

/** u^power for u >= 0. */
export function powerOf(fn: Fn, u: F32x4, power: number): F32x4 {
  if (power === 0) return fn.splat(1);
  if (power === 1) return u;
  if (power === 2) return u.mul(u);
  return exp(fn, fn.let(log(fn, u).mul(fn.splat(power))));
}

type Focal = Extract<LossKernel, { kind: "binaryFocalCrossentropy" }>;

/** Lin et al. 2017: what is sure already counts less. From logits neither clips nor overflows, as Keras's on TensorFlow. */
function focal(loss: Focal): Elementwise {
  const { gamma, alpha, fromLogits, applyClassBalancing } = loss;
  return (fn, given, y) => {
    const one = fn.splat(1);
    const p = fromLogits ? fn.let(sigmoid(fn, given)) : given;
    const entropy = binaryCrossentropy(fromLogits)(fn, given, y);
    const bce = fn.let(entropy.value);
    const wrong = fn.let(one.sub(y.mul(p)).sub(one.sub(y).mul(one.sub(p))));
    const factor = fn.let(powerOf(fn, wrong, gamma));
    // The derivative of 1 - p_t is 1 - 2y; that of p itself p (1 - p).
    const turned = fn.let(one.sub(y).sub(y));
    const inner =
      gamma === 0
        ? fn.splat(0)
        : powerOf(fn, wrong, gamma - 1)
            .mul(fn.splat(gamma))
            .mul(turned)
            .mul(bce);
    const ofFactor = fromLogits && gamma !== 0 ? inner.mul(p.mul(one.sub(p))) : inner;
    const slope = fn.let(ofFactor.add(factor.mul(entropy.slope)));
    if (!applyClassBalancing) return { value: factor.mul(bce), slope };
    const weight = fn.let(y.mul(fn.splat(alpha)).add(one.sub(y).mul(fn.splat(1 - alpha))));
    return { value: weight.mul(factor).mul(bce), slope: weight.mul(slope) };
  };
}

/** Koenker and Bassett 1978: too low costs `quantile`, too high the rest. */
export function pinball(quantile: number): Elementwise {
  return (fn, p, y) => {
    const d = fn.let(p.sub(y));
    const [low, high] = [fn.splat(-quantile), fn.splat(1 - quantile)];
    const slope = fn.let(d.greater(fn.splat(0)).select(high, d.less(fn.splat(0)).keep(low)));
    // d * slope but for a NaN, whose slope would be zero.
    return { value: d.equals(d).select(d.mul(slope), d), slope };
  };
}

/** The formula of such a loss; undefined for one that looks at a whole row. */
export function rareElementwise(loss: LossKernel): Elementwise | undefined {
  switch (loss.kind) {
    case "meanAbsolutePercentageError":
      return (fn, p, y) => {
        const d = fn.let(p.sub(y));
        const share = fn.let(fn.splat(100).div(y.abs().max(fn.splat(EPSILON))));
        return { value: d.abs().mul(share), slope: signOf(fn, d).mul(share) };
      };
    case "meanSquaredLogarithmicError":
      return (fn, p, y) => {
        const one = fn.splat(1);
        const q = fn.let(p.max(fn.splat(EPSILON)));
        const target = fn.let(y.max(fn.splat(EPSILON)));
        const d = fn.let(log(fn, fn.let(q.add(one))).sub(log(fn, fn.let(target.add(one)))));
        return { value: d.mul(d), slope: q.equals(p).keep(d.add(d).div(q.add(one))) };
      };
    case "logCosh":
      return logCosh;
    case "hinge":
      return (fn, p, y) => {
        const { label, short, missed } = margin(fn, p, y);
        return { value: short, slope: missed.keep(label.neg()) };
      };
    case "squaredHinge":
      return (fn, p, y) => {
        const { label, short, missed } = margin(fn, p, y);
        return { value: short.mul(short), slope: missed.keep(label.mul(short).mul(fn.splat(-2))) };
      };
    case "poisson":
      return (fn, p, y) => {
        const rate = fn.let(p.add(fn.splat(EPSILON)));
        return { value: p.sub(y.mul(log(fn, rate))), slope: fn.splat(1).sub(y.div(rate)) };
      };
    case "klDivergence":
      return (fn, p, y) => {
        const [least, one] = [fn.splat(EPSILON), fn.splat(1)];
        const q = fn.let(p.min(one).max(least));
        const target = fn.let(y.min(one).max(least));
        const value = target.mul(log(fn, target).sub(log(fn, q)));
        return { value, slope: q.equals(p).keep(target.div(q).neg()) };
      };
    case "huber":
      return (fn, p, y) => {
        const d = fn.let(p.sub(y));
        const far = fn.let(d.abs().greater(fn.splat(loss.delta)));
        const line = d
          .abs()
          .sub(fn.splat(loss.delta / 2))
          .mul(fn.splat(loss.delta));
        const bounded = d.min(fn.splat(loss.delta)).max(fn.splat(-loss.delta));
        return { value: far.select(line, d.mul(d).mul(fn.splat(0.5))), slope: bounded };
      };
    case "binaryFocalCrossentropy":
      return focal(loss);
    case "quantile":
      return loss.quantiles.length === 1 ? pinball(loss.quantiles[0]) : undefined;
    default:
      return undefined;
  }
}
