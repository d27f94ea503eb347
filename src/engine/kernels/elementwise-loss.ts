import { F32, F32x4, type Fn, type I32 } from "../wasm/index.ts";
import { exp, log, log1pExpNeg, sigmoid, tanh } from "./formulas.ts";
import { tailMask } from "./gather.ts";
import { type Elementwise, EPSILON, type LossKernel } from "./loss-kinds.ts";
import { realVectors } from "./softmax.ts";

/** Writes the slopes of four features, from byte `byte` of the row on. */
export type WriteGradient = (byte: I32, value: F32x4) => void;

/** 1, 0 or -1, with the sign of d. */
const signOf = (fn: Fn, d: F32x4): F32x4 =>
  d.greater(fn.splat(0)).select(fn.splat(1), d.less(fn.splat(0)).keep(fn.splat(-1)));

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

function binaryCrossentropy(fromLogits: boolean, labelSmoothing = 0): Elementwise {
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

/** The formula of a loss that looks at one element at a time; undefined for one that looks at a whole row. */
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
    case "binaryCrossentropy":
      return binaryCrossentropy(loss.fromLogits, loss.labelSmoothing);
    case "binaryFocalCrossentropy":
      return focal(loss);
    case "formula":
      return loss.each;
    case "quantile":
      return loss.quantiles.length === 1 ? pinball(loss.quantiles[0]) : undefined;
    default:
      return undefined;
  }
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

/** The loss of a row: the mean over its features, or their sum. */
export function elementwiseRow(
  fn: Fn,
  loss: LossKernel,
  each: Elementwise,
  [p, y]: readonly [I32, I32],
  features: number,
  write: WriteGradient,
): F32 {
  const share = loss.kind === "klDivergence" ? 1 : 1 / features;
  const sums = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, p, features, F32x4.splat(0), (prediction, j) => {
    const { value, slope } = each(fn, prediction, fn.let(F32x4.load(y.add(j))));
    const kept = fn.let(value);
    sums.set(sums.get.add(j.known === undefined ? kept : tailMask(features, j.known / 16).keep(kept)));
    write(j, slope.mul(fn.splat(share)));
  });
  return fn.let(sums.get.sum().mul(F32.of(share)));
}
