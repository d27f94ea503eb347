import { F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { functionOf, isCurved } from "./activation.ts";
import { type CellShape, eachUnit, stepKernel } from "./cell-rows.ts";
import { flush } from "./formulas.ts";

/**
 * One step of a simple recurrent network (Elman 1990): h' = f(a), flushed. `call(gates, h, next, mask, rows)`, or with `part` as
 * `stepKernel` says.
 */
export function rnnStep(module: Module, shape: CellShape, part = false): FunctionRef {
  const { units, activation, masked } = shape;
  const name = `rnnStep ${units} ${activation} ${masked}`;
  return stepKernel(module, name, { addresses: 4, part }, (fn, [gates, h, next, mask], where) => {
    eachUnit(fn, shape, { gates, blocks: 1, states: [h, next], mask, ...where }, ({ at, alive }, hRow, nextRow) => {
      const value = flush(fn, functionOf(activation).value(fn, fn.let(F32x4.load(at))));
      fn.store(nextRow, alive ? alive.select(value, F32x4.load(hRow)) : value);
    });
  });
}

/**
 * Its gradient, from the new state, or where f is curved from the sum: the sum's gradient goes to gates, dh becomes zero.
 * `call(gates, next, dh, mask, rows)`.
 */
export function rnnStepBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, masked } = shape;
  const name = `rnnStepBackward ${units} ${activation} ${masked}`;
  return module.function(name, [I32, I32, I32, I32, I32], (fn, gates, next, dh, mask, rows) => {
    eachUnit(
      fn,
      shape,
      { gates: gates, blocks: 1, states: [next, dh], mask, rows },
      ({ at, alive }, nextRow, dhRow) => {
        const all = fn.let(F32x4.load(dhRow));
        const slope = functionOf(activation).derivative(fn, fn.let(F32x4.load(isCurved(activation) ? at : nextRow)));
        fn.store(at, flush(fn, (alive ? alive.keep(all) : all).mul(slope)));
        fn.store(dhRow, alive ? alive.drop(all) : fn.splat(0));
      },
    );
    return undefined;
  });
}
