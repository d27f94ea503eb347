import { type Late, refuseName } from "../../base/index.ts";
import { F32x4, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { sigmoid, tanh } from "./formulas.ts";
import { rareKernels } from "./late.ts";
import { eachRow, vectors } from "./rows.ts";

/**
 * A function of one number, with its derivative written in terms of its value y, so that x need not be kept; where the
 * function is curved, in terms of x.
 */
export interface Activation {
  value(fn: Fn, x: F32x4): F32x4;
  derivative(fn: Fn, y: F32x4): F32x4;
}

const one = (fn: Fn) => fn.splat(1);
const zero = (fn: Fn) => fn.splat(0);

export const commonFunctions = {
  linear: { value: (_, x) => x, derivative: (fn) => one(fn) },
  tanh: { value: tanh, derivative: (fn, y) => y.negMulAdd(y, one(fn)) },
  sigmoid: { value: sigmoid, derivative: (fn, y) => y.mul(one(fn).sub(y)) },
  // max as (x < 0 ? 0 : x), which keeps a NaN.
  relu: { value: (fn, x) => x.max(zero(fn)), derivative: (fn, y) => y.greater(zero(fn)).keep(one(fn)) },
} as const satisfies Record<string, Activation>;

const rare = ["hardSigmoid", "elu", "selu", "exponential", "softplus", "softsign", "leakyRelu"] as const;
/** Functions that rise and fall, so that the derivative is taken from x. */
const curvedNames = ["swish", "gelu"] as const;

type CurvedName = (typeof curvedNames)[number];
export type ActivationName = keyof typeof commonFunctions | (typeof rare)[number] | CurvedName;
/** Also softmax, which is a function of the whole row. */
export type RowActivation = ActivationName | "softmax";

const isCommon = (name: string): name is keyof typeof commonFunctions => Object.hasOwn(commonFunctions, name);

/** What must be loaded before functions are written. */
export const activationNeeds = (...names: readonly RowActivation[]): readonly Late<unknown>[] =>
  names.every(isCommon) ? [] : [rareKernels];

/** A function by its name. */
export const functionOf = (name: ActivationName): Activation =>
  isCommon(name) ? commonFunctions[name] : rareKernels.loaded.rareFunctions[name];

export const isCurved = (name: string): name is CurvedName => (curvedNames as readonly string[]).includes(name);

export const activationNames = [...Object.keys(commonFunctions), ...rare, ...curvedNames] as readonly ActivationName[];

/** What a layer or a gate can be told. */
export function activationNamed(name: unknown): RowActivation {
  if (name === "silu") return "swish";
  const known: readonly unknown[] = [...activationNames, "softmax"];
  if (known.includes(name)) return name as RowActivation;
  refuseName("model/activation", "activation", name, known);
}

/** y = f(x) over rows: `call(x, y, rows)`. */
export function activate(module: Module, name: ActivationName, width: number, stride: number): FunctionRef {
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
  name: ActivationName,
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
