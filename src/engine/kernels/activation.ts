import { GruvyError, shown } from "../../base/index.ts";
import { F32x4, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { type CurvedName, curved } from "./curved.ts";
import { exp, sigmoid, softplus, tanh } from "./formulas.ts";
import { eachRow, vectors } from "./rows.ts";

/** A function of one number, with its derivative written in terms of its value y, so that x need not be kept. */
export interface Activation {
  value(fn: Fn, x: F32x4): F32x4;
  derivative(fn: Fn, y: F32x4): F32x4;
}

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
      const negative = exp(fn, v)
        .sub(one(fn))
        .mul(fn.splat(scale * alpha));
      return v.greater(zero(fn)).select(v.mul(fn.splat(scale)), negative);
    },
    // At zero the slope is that of the right side, as in TensorFlow.
    derivative: (fn, y) => y.less(zero(fn)).select(y.add(fn.splat(scale * alpha)), fn.splat(scale)),
  };
}

export const activations = {
  linear: { value: (_, x) => x, derivative: (fn) => one(fn) },
  tanh: { value: tanh, derivative: (fn, y) => y.negMulAdd(y, one(fn)) },
  sigmoid: { value: sigmoid, derivative: (fn, y) => y.mul(one(fn).sub(y)) },
  // max as (x < 0 ? 0 : x), which keeps a NaN.
  relu: { value: (fn, x) => x.max(zero(fn)), derivative: (fn, y) => y.greater(zero(fn)).keep(one(fn)) },
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
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;

export function activationNamed(name: unknown): ActivationName {
  if (typeof name === "string" && Object.hasOwn(activations, name)) return name as ActivationName;
  throw new GruvyError(
    "model/activation",
    `Unknown activation ${shown(name)}`,
    `Use one of ${Object.keys(activations).join(", ")}; a layer by itself also has ${Object.keys(curved).join(", ")} and softmax.`,
  );
}

/** What a layer by itself can apply to each element. */
export type LayerActivation = ActivationName | CurvedName;

export const isCurved = (name: string): name is CurvedName => Object.hasOwn(curved, name);

/** For a layer: with the functions that gates have not. */
export function layerActivationNamed(name: unknown): LayerActivation | "softmax" {
  if (name === "silu") return "swish";
  if (typeof name === "string" && (name === "softmax" || isCurved(name))) return name;
  if (typeof name === "string" && Object.hasOwn(activations, name)) return name as ActivationName;
  throw new GruvyError(
    "model/activation",
    `Unknown activation ${shown(name)}`,
    `Use one of ${[...Object.keys(activations), ...Object.keys(curved)].join(", ")}, softmax.`,
  );
}

const functionOf = (name: LayerActivation): Activation => (isCurved(name) ? curved[name] : activations[name]);

/** y = f(x) over rows: `call(x, y, rows)`. */
export function activate(module: Module, name: LayerActivation, width: number, stride: number): FunctionRef {
  return module.function(`activate ${name} ${width} ${stride}`, [I32, I32, I32], (fn, x, y, rows) => {
    eachRow(
      fn,
      rows,
      [
        [x, stride],
        [y, stride],
      ],
      (xAt, yAt) =>
        vectors(fn, width, (j) => fn.store(yAt.add(j), functionOf(name).value(fn, fn.let(F32x4.load(xAt.add(j)))))),
    );
    return undefined;
  });
}

/** dx = dy * f'(x), from y, or from x where f is curved: `call(y, dy, dx, rows)`; `add` adds to dx. */
export function activateBackward(
  module: Module,
  name: LayerActivation,
  width: number,
  stride: number,
  add = false,
): FunctionRef {
  return module.function(
    `activateBackward ${name} ${width} ${stride} ${add}`,
    [I32, I32, I32, I32],
    (fn, y, dy, dx, rows) => {
      eachRow(
        fn,
        rows,
        [
          [y, stride],
          [dy, stride],
          [dx, stride],
        ],
        (yAt, dyAt, dxAt) =>
          vectors(fn, width, (j) => {
            const slope = functionOf(name).derivative(fn, fn.let(F32x4.load(yAt.add(j))));
            const value = F32x4.load(dyAt.add(j)).mul(slope);
            fn.store(dxAt.add(j), add ? F32x4.load(dxAt.add(j)).add(value) : value);
          }),
      );
      return undefined;
    },
  );
}
