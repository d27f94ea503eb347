import { F32x4, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { activations } from "./activation.ts";
import { flush } from "./formulas.ts";
import { type CellShape, gateBytes, gateStride } from "./gru-gates.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

const signature = ({ units, activation, recurrentActivation, masked }: CellShape) =>
  `${units} ${activation} ${recurrentActivation} ${masked}`;

/**
 * One step of an LSTM (Hochreiter and Schmidhuber 1997 with the forget gate of Gers 2000): gate rows [input | forget |
 * candidate | output] hold the sums, and afterwards the gates. c' = f*c + i*g, h' = o*tanh(c').
 * `call(gates, h, c, nextH, nextC, mask, rows)`.
 */
export function lstmStep(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, recurrentActivation, masked } = shape;
  const G = gateBytes(units);
  return module.function(
    `lstmStep ${signature(shape)}`,
    [I32, I32, I32, I32, I32, I32, I32],
    (fn, gates, h, c, nextH, nextC, mask, rows) => {
      const rowsOf = [
        [gates, gateStride(units, 4)],
        [h, stride(units)],
        [c, stride(units)],
        [nextH, stride(units)],
        [nextC, stride(units)],
        [mask, 1],
      ] as const;
      eachRow(fn, rows, rowsOf, (gate, hRow, cRow, nextHRow, nextCRow, maskRow) => {
        const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
        vectors(fn, padded(units), (j) => {
          const at = fn.let(gate.add(j));
          const gate4 = (index: number) =>
            fn.let(activations[recurrentActivation].value(fn, fn.let(F32x4.load(at, index * G))));
          const i = gate4(0);
          const f = gate4(1);
          const o = gate4(3);
          const g = fn.let(activations[activation].value(fn, fn.let(F32x4.load(at, 2 * G))));
          [i, f, g, o].forEach((value, index) => {
            fn.store(at, value, index * G);
          });
          const oldC = fn.let(F32x4.load(cRow.add(j)));
          const oldH = fn.let(F32x4.load(hRow.add(j)));
          const cell = fn.let(f.mulAdd(oldC, i.mul(g)));
          const output = o.mul(activations[activation].value(fn, cell));
          fn.store(nextCRow.add(j), alive ? alive.select(cell, oldC) : cell);
          fn.store(nextHRow.add(j), alive ? alive.select(output, oldH) : output);
        });
      });
      return undefined;
    },
  );
}

/**
 * The gradient of `lstmStep`: gates become the gradients of the four sums; dh becomes zero (all of h passes through the
 * gates) and dc the gradient of c. `call(gates, c, nextC, dh, dc, mask, rows)`.
 */
export function lstmStepBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, recurrentActivation, masked } = shape;
  const G = gateBytes(units);
  return module.function(
    `lstmStepBackward ${signature(shape)}`,
    [I32, I32, I32, I32, I32, I32, I32],
    (fn, gates, c, nextC, dh, dc, mask, rows) => {
      const rowsOf = [
        [gates, gateStride(units, 4)],
        [c, stride(units)],
        [nextC, stride(units)],
        [dh, stride(units)],
        [dc, stride(units)],
        [mask, 1],
      ] as const;
      eachRow(fn, rows, rowsOf, (gate, cRow, nextCRow, dhRow, dcRow, maskRow) => {
        const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
        vectors(fn, padded(units), (j) => {
          const at = fn.let(gate.add(j));
          const [i, f, g, o] = [0, 1, 2, 3].map((index) => fn.let(F32x4.load(at, index * G)));
          const slope = activations[recurrentActivation].derivative;
          const outer = activations[activation];
          const allH = fn.let(F32x4.load(dhRow.add(j)));
          const allC = fn.let(F32x4.load(dcRow.add(j)));
          const d = alive ? fn.let(alive.keep(allH)) : allH;
          const t = fn.let(outer.value(fn, fn.let(F32x4.load(nextCRow.add(j)))));
          const through = d.mul(o).mulAdd(outer.derivative(fn, t), alive ? alive.keep(allC) : allC);
          const dCell = fn.let(flush(fn, through));
          fn.store(at, flush(fn, dCell.mul(g).mul(slope(fn, i))));
          fn.store(at, flush(fn, dCell.mul(F32x4.load(cRow.add(j))).mul(slope(fn, f))), G);
          fn.store(at, flush(fn, dCell.mul(i).mul(outer.derivative(fn, g))), 2 * G);
          fn.store(at, flush(fn, d.mul(t).mul(slope(fn, o))), 3 * G);
          const carried = flush(fn, dCell.mul(f));
          fn.store(dcRow.add(j), alive ? alive.select(carried, allC) : carried);
          fn.store(dhRow.add(j), alive ? alive.drop(allH) : fn.splat(0));
        });
      });
      return undefined;
    },
  );
}
