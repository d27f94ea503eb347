// What steps need besides where a function of the cell is softmax, which is taken of the whole row at once. The other
// kernels take it as done: for them that function is linear.

import { F32x4, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { type CellShape, eachUnit, gateBytes, gateStride, signature } from "./cell-rows.ts";
import { flush } from "./formulas.ts";
import { gateOf, keptGate } from "./gate-function.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";
import { eachShare } from "./softmax-rows.ts";

/**
 * First half of a step whose reset gate comes after the product: gate rows [candidate | update | reset | recurrent
 * candidate] hold the sums, and afterwards a + r*b, both gates and b. `call(gates, rows)`.
 */
export function gruReset(module: Module, shape: CellShape): FunctionRef {
  const { units, recurrentActivation, sums } = shape;
  const G = gateBytes(units);
  return module.function(`gruReset ${signature(shape)}`, [I32, I32], (fn, gates, rows) => {
    eachUnit(fn, shape, { gates, blocks: 4, states: [], rows }, ({ at }) => {
      fn.store(at, gateOf(fn, recurrentActivation, F32x4.load(at, G), sums).kept, G);
      const r = gateOf(fn, recurrentActivation, F32x4.load(at, 2 * G), sums);
      fn.store(at, r.kept, 2 * G);
      fn.store(at, r.value.mulAdd(F32x4.load(at, 3 * G), F32x4.load(at)));
    });
    return undefined;
  });
}

/** Its gradient, given that of a + r*b: reset gate and recurrent candidate become those of their sums. `call(gates, rows)`. */
export function gruResetBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, recurrentActivation } = shape;
  const G = gateBytes(units);
  return module.function(`gruResetBackward ${signature(shape)}`, [I32, I32], (fn, gates, rows) => {
    eachUnit(fn, shape, { gates, blocks: 4, states: [], rows }, ({ at }) => {
      const r = keptGate(fn, recurrentActivation, F32x4.load(at, 2 * G));
      const d = fn.let(F32x4.load(at));
      const b = fn.let(F32x4.load(at, 3 * G));
      fn.store(at, flush(fn, d.mul(b).mul(r.slope)), 2 * G);
      fn.store(at, flush(fn, d.mul(r.value)), 3 * G);
    });
    return undefined;
  });
}

/** h' = o*softmax(c'), flushed, behind a step that has left c'. `call(gates, nextC, next, mask, rows)`. */
export function softmaxOutput(module: Module, shape: CellShape): FunctionRef {
  const { units, recurrentActivation, masked, sums } = shape;
  return module.function(
    `softmaxOutput ${signature(shape)}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, nextC, next, mask, rows) => {
      const pointers = [
        [gates, gateStride(units, 4)],
        [nextC, stride(units)],
        [next, stride(units)],
        [mask, 1],
      ] as const;
      eachRow(fn, rows, pointers, (gateRow, cRow, nextRow, maskRow) => {
        const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
        eachShare(fn, cRow, units, (share, j) => {
          const kept = F32x4.load(gateRow.add(j), 3 * gateBytes(units));
          const o = sums ? keptGate(fn, recurrentActivation, kept).value : kept;
          const value = flush(fn, o.mul(share));
          fn.store(nextRow.add(j), alive ? alive.select(value, F32x4.load(nextRow.add(j))) : value);
        });
      });
      return undefined;
    },
  );
}

/**
 * Its gradient: that of the output gate's sum goes to dO, what passes through softmax is added to dc, and dh becomes
 * zero. `call(gates, nextC, dh, dc, dO, mask, rows)`.
 */
export function softmaxOutputBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, recurrentActivation, masked } = shape;
  return module.function(
    `softmaxOutputBackward ${signature(shape)}`,
    [I32, I32, I32, I32, I32, I32, I32],
    (fn, gates, nextC, dh, dc, dO, mask, rows) => {
      const state = stride(units);
      const pointers = [[gates, gateStride(units, 4)], [mask, 1], ...[nextC, dh, dc, dO].map((at) => [at, state])];
      eachRow(fn, rows, pointers as [I32, number][], (gateRow, maskRow, cRow, dhRow, dcRow, dORow) => {
        const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
        const gate = (j: I32) => keptGate(fn, recurrentActivation, F32x4.load(gateRow.add(j), 3 * gateBytes(units)));
        const gradient = (j: I32) => {
          const all = F32x4.load(dhRow.add(j));
          return fn.let(alive ? alive.keep(all) : all);
        };
        const dot = fn.variable(F32x4, F32x4.splat(0));
        eachShare(fn, cRow, units, (share, j) => {
          fn.store(dORow.add(j), share);
          dot.set(share.mulAdd(gradient(j).mul(gate(j).value), dot.get));
        });
        const mean = fn.let(dot.get.sum().splat());
        vectors(fn, padded(units), (j) => {
          const share = fn.let(F32x4.load(dORow.add(j)));
          const [d, o] = [gradient(j), gate(j)];
          const through = share.mul(d.mul(o.value).sub(mean));
          fn.store(dcRow.add(j), F32x4.load(dcRow.add(j)).add(through));
          fn.store(dORow.add(j), flush(fn, d.mul(share).mul(o.slope)));
          fn.store(dhRow.add(j), alive ? alive.drop(F32x4.load(dhRow.add(j))) : fn.splat(0));
        });
      });
      return undefined;
    },
  );
}
