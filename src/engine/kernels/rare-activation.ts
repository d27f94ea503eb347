// Activations that few models have.

import type { Fn } from "../wasm/index.ts";
import type { Activation } from "./activation.ts";
import { curved } from "./curved.ts";
import { exp } from "./formulas.ts";
import { expm1, softplus } from "./rare-formulas.ts";

export { softmax, softmaxBackward } from "./softmax-rows.ts";

const one = (fn: Fn) => fn.splat(1);
const zero = (fn: Fn) => fn.splat(0);
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;
/** The slope of leakyRelu below zero, as in Keras. */
const LEAK = 0.2;

function elu(scale: number, alpha: number): Activation {
  return {
    value: (fn, x) => {
      const v = fn.let(x);
      const negative = expm1(fn, v).mul(fn.splat(scale * alpha));
      return v.greater(zero(fn)).select(v.mul(fn.splat(scale)), negative);
    },
    // At zero the slope is that of the right side, as in TensorFlow.
    derivative: (fn, y) => y.less(zero(fn)).select(y.add(fn.splat(scale * alpha)), fn.splat(scale)),
  };
}

export const rareFunctions = {
  hardSigmoid: {
    value: (fn, x) =>
      x
        .mulAdd(fn.splat(1 / 6), fn.splat(0.5))
        .max(zero(fn))
        .min(one(fn)),
    derivative: (fn, y) =>
      y
        .greater(zero(fn))
        .and(y.less(one(fn)))
        .keep(fn.splat(1 / 6)),
  },
  elu: elu(1, 1),
  selu: elu(SELU_SCALE, SELU_ALPHA),
  exponential: { value: exp, derivative: (_, y) => y },
  softplus: { value: softplus, derivative: (fn, y) => one(fn).sub(exp(fn, fn.let(y.neg()))) },
  /** x / (1 + |x|), with the square of 1 - |y| for its slope. */
  softsign: {
    value: (fn, x) => {
      const v = fn.let(x);
      return v.div(v.abs().add(one(fn)));
    },
    derivative: (fn, y) => {
      const left = fn.let(one(fn).sub(y.abs()));
      return left.mul(left);
    },
  },
  leakyRelu: {
    value: (fn, x) => {
      const v = fn.let(x);
      return v.less(zero(fn)).select(v.mul(fn.splat(LEAK)), v);
    },
    derivative: (fn, y) => y.greater(zero(fn)).select(one(fn), fn.splat(LEAK)),
  },
  ...curved,
} as const satisfies Record<string, Activation>;
