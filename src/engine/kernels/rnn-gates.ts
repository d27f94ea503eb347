import { F32x4, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { activations } from "./activation.ts";
import { flush } from "./formulas.ts";
import { type CellShape, gateStride } from "./gru-gates.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

/** One step of a simple recurrent network (Elman 1990): h' = f(a). `call(gates, h, next, mask, rows)`. */
export function rnnStep(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, masked } = shape;
  const name = `rnnStep ${units} ${activation} ${masked}`;
  return module.function(name, [I32, I32, I32, I32, I32], (fn, gates, h, next, mask, rows) => {
    const rowsOf = [
      [gates, gateStride(units, 1)],
      [h, stride(units)],
      [next, stride(units)],
      [mask, 1],
    ] as const;
    eachRow(fn, rows, rowsOf, (gate, hRow, nextRow, maskRow) => {
      const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
      vectors(fn, padded(units), (j) => {
        const value = activations[activation].value(fn, fn.let(F32x4.load(gate.add(j))));
        fn.store(nextRow.add(j), alive ? alive.select(value, F32x4.load(hRow.add(j))) : value);
      });
    });
    return undefined;
  });
}

/** Its gradient, from the new state: the sum's gradient goes to gates, dh becomes zero. `call(gates, next, dh, mask, rows)`. */
export function rnnStepBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, masked } = shape;
  const name = `rnnStepBackward ${units} ${activation} ${masked}`;
  return module.function(name, [I32, I32, I32, I32, I32], (fn, gates, next, dh, mask, rows) => {
    const rowsOf = [
      [gates, gateStride(units, 1)],
      [next, stride(units)],
      [dh, stride(units)],
      [mask, 1],
    ] as const;
    eachRow(fn, rows, rowsOf, (gate, nextRow, dhRow, maskRow) => {
      const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
      vectors(fn, padded(units), (j) => {
        const all = fn.let(F32x4.load(dhRow.add(j)));
        const slope = activations[activation].derivative(fn, fn.let(F32x4.load(nextRow.add(j))));
        fn.store(gate.add(j), flush(fn, (alive ? alive.keep(all) : all).mul(slope)));
        fn.store(dhRow.add(j), alive ? alive.drop(all) : fn.splat(0));
      });
    });
    return undefined;
  });
}
