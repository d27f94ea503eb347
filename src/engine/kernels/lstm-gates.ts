import { F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { type ActivationName, functionOf } from "./activation.ts";
import { type CellShape, eachUnit, gateBytes, signature, stepKernel } from "./cell-rows.ts";
import { flush } from "./formulas.ts";
import { curveAt, gateOf, keptGate } from "./gate-function.ts";

/**
 * One step of an LSTM (Hochreiter and Schmidhuber 1997 with the forget gate of Gers 2000): gate rows [input | forget |
 * candidate | output] hold the sums, and afterwards the gates. c' = f*c + i*g, h' = o*tanh(c'), flushed.
 * `call(gates, h, c, nextH, nextC, mask, rows)`, or with `part` as `stepKernel` says.
 */
export function lstmStep(module: Module, shape: CellShape, part = false): FunctionRef {
  const { units, activation, recurrentActivation, sums } = shape;
  const G = gateBytes(units);
  const of = { addresses: 6, part };
  return stepKernel(module, `lstmStep ${signature(shape)}`, of, (fn, [gates, h, c, nextH, nextC, mask], where) => {
    eachUnit(
      fn,
      shape,
      { gates, blocks: 4, states: [h, c, nextH, nextC], mask, ...where },
      ({ at, alive }, hRow, cRow, nextHRow, nextCRow) => {
        const gate = (name: ActivationName, index: number) => gateOf(fn, name, F32x4.load(at, index * G), sums);
        const i = gate(recurrentActivation, 0);
        const f = gate(recurrentActivation, 1);
        const o = gate(recurrentActivation, 3);
        const g = gate(activation, 2);
        [i, f, g, o].forEach(({ kept }, index) => {
          fn.store(at, kept, index * G);
        });
        const oldC = fn.let(F32x4.load(cRow));
        const oldH = fn.let(F32x4.load(hRow));
        const cell = fn.let(flush(fn, f.value.mulAdd(oldC, i.value.mul(g.value))));
        const output = flush(fn, o.value.mul(functionOf(activation).value(fn, cell)));
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
          const gate = (name: ActivationName, index: number) => keptGate(fn, name, F32x4.load(at, index * G));
          const i = gate(recurrentActivation, 0);
          const f = gate(recurrentActivation, 1);
          const g = gate(activation, 2);
          const o = gate(recurrentActivation, 3);
          const allH = fn.let(F32x4.load(dhRow));
          const allC = fn.let(F32x4.load(dcRow));
          const d = alive ? fn.let(alive.keep(allH)) : allH;
          const t = curveAt(fn, activation, fn.let(F32x4.load(nextCRow)));
          const through = d.mul(o.value).mulAdd(t.slope, alive ? alive.keep(allC) : allC);
          const dCell = fn.let(flush(fn, through));
          fn.store(at, flush(fn, dCell.mul(g.value).mul(i.slope)));
          fn.store(at, flush(fn, dCell.mul(F32x4.load(cRow)).mul(f.slope)), G);
          fn.store(at, flush(fn, dCell.mul(i.value).mul(g.slope)), 2 * G);
          fn.store(at, flush(fn, d.mul(t.value).mul(o.slope)), 3 * G);
          const carried = flush(fn, dCell.mul(f.value));
          fn.store(dcRow, alive ? alive.select(carried, allC) : carried);
          fn.store(dhRow, alive ? alive.drop(allH) : fn.splat(0));
        },
      );
      return undefined;
    },
  );
}
