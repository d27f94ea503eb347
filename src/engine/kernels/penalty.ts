import { F32x4, F64, type FunctionRef, I32, type Module } from "../wasm/index.ts";

/** What a weight's size costs: l1 times the sum of absolute values, l2 times that of squares. */
export interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

/** The penalty of some weights, in float64, in one order: `call(weights, bytes)`. */
export function penaltySum(module: Module, { l1, l2 }: Penalty): FunctionRef {
  return module.function(
    `penaltySum ${l1} ${l2}`,
    [I32, I32],
    (fn, weights, bytes) => {
      const [sizes, squares] = [fn.variable(F64, F64.of(0)), fn.variable(F64, F64.of(0))];
      fn.loop(0, bytes, 16, (i) => {
        const w = fn.let(F32x4.load(weights.add(i)));
        for (let lane = 0; lane < 4; lane++) {
          const value = fn.let(w.lane(lane).toF64());
          if (l1 > 0) sizes.set(sizes.get.add(w.lane(lane).abs().toF64()));
          if (l2 > 0) squares.set(squares.get.add(value.mul(value)));
        }
      });
      return sizes.get.mul(l1).add(squares.get.mul(l2));
    },
    { result: F64 },
  );
}

/** Adds the penalty's slope to the gradients: `call(weights, gradients, bytes)`. */
export function penaltySlope(module: Module, { l1, l2 }: Penalty): FunctionRef {
  return module.function(`penaltySlope ${l1} ${l2}`, [I32, I32, I32], (fn, weights, gradients, bytes) => {
    fn.loop(0, bytes, 16, (i) => {
      const w = fn.let(F32x4.load(weights.add(i)));
      const up = w.greater(fn.splat(0)).keep(fn.splat(l1));
      const down = w.less(fn.splat(0)).keep(fn.splat(l1));
      const slope = w.mul(fn.splat(2 * l2)).add(up.sub(down));
      fn.store(gradients.add(i), F32x4.load(gradients.add(i)).add(slope));
    });
    return undefined;
  });
}

/** What weights are brought back to after a step: no less than zero, or a norm between two bounds. */
export type Constraint = { readonly kind: "nonNeg" } | Norm;

/** Along some axes of the weight a norm between two bounds, to which each step goes by `rate`. */
export interface Norm extends Bounds {
  readonly kind: "norm";
  readonly axes: readonly number[];
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly rate: number;
}

/** Keras's epsilon: what a norm is divided by is never zero. */
const EPSILON = 1e-7;

/** What values of a norm are multiplied by, so that it lies between the bounds, or goes there by `rate`. */
function factorOf(constant: (value: number) => F32x4, norm: F32x4, { min, max, rate }: Bounds): F32x4 {
  const bounded = norm.min(constant(max)).max(constant(min));
  const wanted = rate === 1 ? bounded : bounded.mul(constant(rate)).add(norm.mul(constant(1 - rate)));
  return wanted.div(norm.add(constant(EPSILON)));
}

const nameOf = ({ min, max, rate }: Bounds): string => `${min} ${max} ${rate}`;

/**
 * Bounds the norm of each of four columns side by side: `call(first, distance, count)`, with `distance` bytes from one
 * of the column's `count` numbers to the next.
 */
export function boundColumns(module: Module, norm: Bounds): FunctionRef {
  return module.function(`boundColumns ${nameOf(norm)}`, [I32, I32, I32], (fn, first, distance, count) => {
    const squares = fn.variable(F32x4, F32x4.splat(0));
    const at = fn.variable(I32, first);
    fn.loop(0, count, 1, () => {
      const w = fn.let(F32x4.load(at.get));
      squares.set(w.mulAdd(w, squares.get));
      at.set(at.get.add(distance));
    });
    const factor = fn.let(factorOf((value) => fn.splat(value), fn.let(squares.get.sqrt()), norm));
    at.set(first);
    fn.loop(0, count, 1, () => {
      fn.store(at.get, F32x4.load(at.get).mul(factor));
      at.set(at.get.add(distance));
    });
    return undefined;
  });
}

/**
 * Bounds the norm of eights of numbers: `call(first, distance, count, distanceOfEights, eights)`, so many as stand apart
 * by the one distance, for each of so many places that do by the other.
 */
export function boundRows(module: Module, norm: Bounds): FunctionRef {
  const parameters = [I32, I32, I32, I32, I32];
  return module.function(`boundRows ${nameOf(norm)}`, parameters, (fn, first, distance, count, step, eights) => {
    const eachVector = (body: (at: I32) => void) => {
      const row = fn.variable(I32, first);
      fn.loop(0, count, 1, () => {
        const at = fn.variable(I32, row.get);
        fn.loop(0, eights, 1, () => {
          body(at.get);
          body(fn.let(at.get.add(16)));
          at.set(at.get.add(step));
        });
        row.set(row.get.add(distance));
      });
    };
    const squares = fn.variable(F32x4, F32x4.splat(0));
    eachVector((at) => {
      const w = fn.let(F32x4.load(at));
      squares.set(w.mulAdd(w, squares.get));
    });
    const sum = fn.let(squares.get.sum().splat());
    const factor = fn.let(factorOf((value) => fn.splat(value), fn.let(sum.sqrt()), norm));
    eachVector((at) => fn.store(at, F32x4.load(at).mul(factor)));
    return undefined;
  });
}

/** What is below zero becomes zero: `call(first, bytes)`. */
export function keepPositive(module: Module): FunctionRef {
  return module.function("keepPositive", [I32, I32], (fn, first, bytes) => {
    fn.loop(0, bytes, 16, (i) => fn.store(first.add(i), F32x4.load(first.add(i)).max(fn.splat(0))));
    return undefined;
  });
}
