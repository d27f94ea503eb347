import { F32, F32x4, F64, type Fn, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { exp, log, log1pExpNeg, sigmoid } from "./formulas.ts";
import { tailMask } from "./gather.ts";
import { padded, stride } from "./layout.ts";
import { eachRow } from "./rows.ts";
import { logSumExpParts, realVectors } from "./softmax.ts";

/** A loss as the program sees it: what it compares, and with what constants. */
export type LossKernel =
  | { readonly kind: "meanSquaredError" | "meanAbsoluteError" }
  | { readonly kind: "huber"; readonly delta: number }
  | { readonly kind: "binaryCrossentropy" | "categoricalCrossentropy"; readonly fromLogits: boolean }
  | { readonly kind: "sparseCategoricalCrossentropy"; readonly fromLogits: boolean };

/** Keras's epsilon: probabilities are kept this far from 0 and 1. */
const EPSILON = 1e-7;

/** The loss of each element, and its derivative. */
type Elementwise = (fn: Fn, p: F32x4, y: F32x4) => { value: F32x4; slope: F32x4 };

function elementwise(loss: LossKernel): Elementwise | undefined {
  switch (loss.kind) {
    case "meanSquaredError":
      return (fn, p, y) => {
        const d = fn.let(p.sub(y));
        return { value: d.mul(d), slope: d.add(d) };
      };
    case "meanAbsoluteError":
      return (fn, p, y) => {
        const d = fn.let(p.sub(y));
        const sign = d.greater(fn.splat(0)).select(fn.splat(1), d.less(fn.splat(0)).keep(fn.splat(-1)));
        return { value: d.abs(), slope: sign };
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
      if (loss.fromLogits) {
        return (fn, z, y) => ({
          value: z
            .max(fn.splat(0))
            .sub(z.mul(y))
            .add(log1pExpNeg(fn, fn.let(z.abs()))),
          slope: sigmoid(fn, z).sub(y),
        });
      }
      return (fn, p, y) => {
        const q = fn.let(p.min(fn.splat(1 - EPSILON)).max(fn.splat(EPSILON)));
        const one = fn.splat(1);
        const value = y.mul(log(fn, q)).add(one.sub(y).mul(log(fn, fn.let(one.sub(q)))));
        return { value: value.neg(), slope: q.equals(p).keep(q.sub(y).div(q.mul(one.sub(q)))) };
      };
    default:
      return undefined;
  }
}

/**
 * Adds up a loss over rows and writes its gradient with respect to the predictions, not yet divided by the number of
 * rows (`total` counts it, so that masks and short batches divide rightly afterwards).
 * `call(predictions, targets, gradient, mask, cells, rows)`: cells are two float64, the sums of losses and of rows.
 * Targets are rows like the predictions; for the sparse loss one int32 class a row. A gradient of 0 is not written.
 */
export function lossRows(
  module: Module,
  loss: LossKernel,
  features: number,
  options: { masked: boolean; gradient: boolean },
): FunctionRef {
  const { masked, gradient } = options;
  const sparse = loss.kind === "sparseCategoricalCrossentropy";
  return module.function(
    `loss ${JSON.stringify(loss)} ${features} ${masked} ${gradient}`,
    [I32, I32, I32, I32, I32, I32],
    (fn, predictions, targets, gradients, mask, cells, rows) => {
      const pointers = [
        [predictions, stride(features)],
        [targets, sparse ? 1 : stride(features)],
        [gradients, stride(features)],
        [mask, masked ? 1 : 0],
      ] as const;
      const total = fn.variable(F64, F64.load(cells));
      const count = fn.variable(F64, F64.load(cells, 8));
      const each = elementwise(loss);
      eachRow(fn, rows, pointers, (p, y, d, m) => {
        const alive = masked ? fn.let(I32x4.loadSplat(m)) : undefined;
        const write = (byte: I32, value: F32x4) => {
          if (!gradient) return;
          const real = byte.known === undefined ? value : tailMask(features, byte.known / 16).keep(value);
          fn.store(d.add(byte), alive ? alive.keep(real) : real);
        };
        if (gradient) {
          for (let v = padded(features) - 8; v < padded(features); v += 4) fn.store(d, F32x4.splat(0), 4 * v);
        }
        const value = each
          ? elementwiseRow(fn, each, p, y, features, write)
          : crossentropyRow(fn, loss as Crossentropy, p, y, features, write);
        const counted = (then: () => void) => (masked ? fn.if(I32.load(m), then) : then());
        counted(() => {
          total.set(total.get.add(value.toF64()));
          count.set(count.get.add(1));
        });
      });
      fn.store(cells, total.get);
      fn.store(cells, count.get, 8);
      return undefined;
    },
  );
}

type WriteGradient = (byte: I32, value: F32x4) => void;

/** The mean over the features of a loss of each element. */
function elementwiseRow(fn: Fn, each: Elementwise, p: I32, y: I32, features: number, write: WriteGradient): F32 {
  const sums = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, p, features, F32x4.splat(0), (prediction, j) => {
    const { value, slope } = each(fn, prediction, fn.let(F32x4.load(y.add(j))));
    const kept = fn.let(value);
    sums.set(sums.get.add(j.known === undefined ? kept : tailMask(features, j.known / 16).keep(kept)));
    write(j, slope.mul(fn.splat(1 / features)));
  });
  return fn.let(sums.get.sum().mul(1 / features));
}

type Crossentropy = Extract<LossKernel, { kind: "categoricalCrossentropy" | "sparseCategoricalCrossentropy" }>;

function crossentropyRow(fn: Fn, loss: Crossentropy, p: I32, y: I32, features: number, write: WriteGradient): F32 {
  const sparse = loss.kind === "sparseCategoricalCrossentropy";
  const target = sparse ? fn.let(I32.load(y)) : undefined;
  /** The target of the four classes at byte j: one where the class is the row's. */
  const wanted = (j: I32): F32x4 => {
    if (!target) return F32x4.load(y.add(j));
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
