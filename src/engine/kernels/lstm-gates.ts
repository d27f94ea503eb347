import { F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { functionOf } from "./activation.ts";
import { type CellShape, eachUnit, gateBytes, signature, stepKernel } from "./cell-rows.ts";
import { flush } from "./formulas.ts";

/**
 * One step of an LSTM (Hochreiter and Schmidhuber 1997 with the forget gate of Gers 2000): gate rows [input | forget |
 * candidate | output] hold the sums, and afterwards the gates. c' = f*c + i*g, h' = o*tanh(c').
 * `call(gates, h, c, nextH, nextC, mask, rows)`, or with `part` as `stepKernel` says.
 */
export function lstmStep(module: Module, shape: CellShape, part = false): FunctionRef {
  const { units, activation, recurrentActivation } = shape;
  const G = gateBytes(units);
  const of = { addresses: 6, part };
  return stepKernel(module, `lstmStep ${signature(shape)}`, of, (fn, [gates, h, c, nextH, nextC, mask], where) => {
    eachUnit(
      fn,
      shape,
      { gates, blocks: 4, states: [h, c, nextH, nextC], mask, ...where },
      ({ at, alive }, hRow, cRow, nextHRow, nextCRow) => {
        const gate4 = (index: number) =>
          fn.let(functionOf(recurrentActivation).value(fn, fn.let(F32x4.load(at, index * G))));
        const i = gate4(0);
        const f = gate4(1);
        const o = gate4(3);
        const g = fn.let(functionOf(activation).value(fn, fn.let(F32x4.load(at, 2 * G))));
        [i, f, g, o].forEach((value, index) => {
          fn.store(at, value, index * G);
        });
        const oldC = fn.let(F32x4.load(cRow));
        const oldH = fn.let(F32x4.load(hRow));
        const cell = fn.let(f.mulAdd(oldC, i.mul(g)));
        const output = o.mul(functionOf(activation).value(fn, cell));
        fn.store(nextCRow, alive ? alive.select(cell, oldC) : cell);
        fn.store(nextHRow, alive ? alive.select(output, oldH) : output);
      },
    );
  });
}

/**
 * The gradient of `lstmStep`: gates become the gradients of the four sums; dh becomes zero (all of h passes through the
 * gates) and dc the gradient of c. `call(gates, c, nextC, dh, dc, mask, rows)`.
 */
export function lstmStepBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, recurrentActivation } = shape;
  const G = gateBytes(units);
  return module.function(
    `lstmStepBackward ${signature(shape)}`,
    [I32, I32, I32, I32, I32, I32, I32],
    (fn, gates, c, nextC, dh, dc, mask, rows) => {
      eachUnit(
        fn,
        shape,
        { gates, blocks: 4, states: [c, nextC, dh, dc], mask, rows },
        ({ at, alive }, cRow, nextCRow, dhRow, dcRow) => {
          const [i, f, g, o] = [0, 1, 2, 3].map((index) => fn.let(F32x4.load(at, index * G)));
          const slope = functionOf(recurrentActivation).derivative;
          const outer = functionOf(activation);
          const allH = fn.let(F32x4.load(dhRow));
          const allC = fn.let(F32x4.load(dcRow));
          const d = alive ? fn.let(alive.keep(allH)) : allH;
          const t = fn.let(outer.value(fn, fn.let(F32x4.load(nextCRow))));
          const through = d.mul(o).mulAdd(outer.derivative(fn, t), alive ? alive.keep(allC) : allC);
          const dCell = fn.let(flush(fn, through));
          fn.store(at, flush(fn, dCell.mul(g).mul(slope(fn, i))));
          fn.store(at, flush(fn, dCell.mul(F32x4.load(cRow)).mul(slope(fn, f))), G);
          fn.store(at, flush(fn, dCell.mul(i).mul(outer.derivative(fn, g))), 2 * G);
          fn.store(at, flush(fn, d.mul(t).mul(slope(fn, o))), 3 * G);
          const carried = flush(fn, dCell.mul(f));
          fn.store(dcRow, alive ? alive.select(carried, allC) : carried);
          fn.store(dhRow, alive ? alive.drop(allH) : fn.splat(0));
        },
      );
      return undefined;
    },
  );
}
