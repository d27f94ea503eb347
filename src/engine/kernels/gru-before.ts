// A GRU whose reset gate comes before the recurrent product.

import { F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { type CellShape, eachUnit, gateBytes, signature } from "./cell-rows.ts";
import { flush } from "./formulas.ts";
import { gateOf, keptGate } from "./gate-function.ts";

/**
 * First half of a step whose reset gate comes before the product (Cho et al. 2014): gate rows [candidate | update |
 * reset]; writes r*h, times the state's dropout mask where there is one. `call(gates, h, dropped, resetState, rows)`.
 */
export function gruGates(module: Module, shape: CellShape, dropped: boolean): FunctionRef {
  const { units, recurrentActivation, sums } = shape;
  const G = gateBytes(units);
  return module.function(
    `gruGates ${signature(shape)} ${dropped}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, mask, resetState, rows) => {
      eachUnit(fn, shape, { gates, blocks: 3, states: [h, mask, resetState], rows }, ({ at }, hRow, maskRow, to) => {
        fn.store(at, gateOf(fn, recurrentActivation, F32x4.load(at, G), sums).kept, G);
        const r = gateOf(fn, recurrentActivation, F32x4.load(at, 2 * G), sums);
        fn.store(at, r.kept, 2 * G);
        const state = F32x4.load(hRow);
        fn.store(to, r.value.mul(dropped ? state.mul(F32x4.load(maskRow)) : state));
      });
      return undefined;
    },
  );
}

/** Second half: h' = z*h + (1-z)*f(a), flushed, of so many blocks. `call(gates, h, next, mask, rows)`. */
export function gruBlend(module: Module, shape: CellShape, blocks = 3): FunctionRef {
  const { units, activation, recurrentActivation, sums } = shape;
  return module.function(
    `gruBlend ${signature(shape)} ${blocks}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, next, mask, rows) => {
      eachUnit(fn, shape, { gates, blocks, states: [h, next], mask, rows }, ({ at, alive }, hRow, nextRow) => {
        const c = gateOf(fn, activation, F32x4.load(at), sums);
        fn.store(at, c.kept);
        const old = fn.let(F32x4.load(hRow));
        const kept = F32x4.load(at, gateBytes(units));
        const z = sums ? keptGate(fn, recurrentActivation, kept).value : kept;
        const value = flush(fn, z.mulAdd(old.sub(c.value), c.value));
        fn.store(nextRow, alive ? alive.select(value, old) : value);
      });
      return undefined;
    },
  );
}

/** Gradient of `gruBlend`: candidate and update become gradients of their sums. `call(gates, h, dh, mask, rows)`. */
export function gruBlendBackward(module: Module, shape: CellShape, blocks = 3): FunctionRef {
  const { units, activation, recurrentActivation } = shape;
  const G = gateBytes(units);
  return module.function(
    `gruBlendBackward ${signature(shape)} ${blocks}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, dh, mask, rows) => {
      eachUnit(fn, shape, { gates, blocks, states: [h, dh], mask, rows }, ({ at, alive }, hRow, dhRow) => {
        const c = keptGate(fn, activation, F32x4.load(at));
        const z = keptGate(fn, recurrentActivation, F32x4.load(at, G));
        const all = fn.let(F32x4.load(dhRow));
        const d = alive ? fn.let(alive.keep(all)) : all;
        fn.store(at, flush(fn, d.mul(fn.splat(1).sub(z.value)).mul(c.slope)));
        fn.store(at, flush(fn, d.mul(F32x4.load(hRow).sub(c.value)).mul(z.slope)), G);
        const carried = flush(fn, d.mul(z.value));
        fn.store(dhRow, alive ? alive.select(carried, all) : carried);
      });
      return undefined;
    },
  );
}

/**
 * Gradient of `gruGates`, given that of r*h: the reset gate becomes the gradient of its sum, dh grows by the state's
 * part, and r*h is computed again for the weights' gradient.
 * `call(gates, h, dropped, dResetState, dh, resetState, rows)`.
 */
export function gruGatesBackward(module: Module, shape: CellShape, dropped: boolean): FunctionRef {
  const { units, recurrentActivation } = shape;
  const G = gateBytes(units);
  return module.function(
    `gruGatesBackward ${signature(shape)} ${dropped}`,
    [I32, I32, I32, I32, I32, I32, I32],
    (fn, gates, h, mask, dReset, dh, resetState, rows) => {
      eachUnit(
        fn,
        shape,
        { gates, blocks: 3, states: [h, mask, dReset, dh, resetState], rows },
        ({ at }, hRow, maskRow, dResetRow, dhRow, to) => {
          const r = keptGate(fn, recurrentActivation, F32x4.load(at, 2 * G));
          const kept = dropped ? fn.let(F32x4.load(maskRow)) : undefined;
          const loaded = F32x4.load(hRow);
          const state = fn.let(kept ? loaded.mul(kept) : loaded);
          const d = fn.let(F32x4.load(dResetRow));
          fn.store(to, r.value.mul(state));
          fn.store(at, flush(fn, d.mul(state).mul(r.slope)), 2 * G);
          const through = kept ? d.mul(r.value).mul(kept) : d.mul(r.value);
          fn.store(dhRow, flush(fn, F32x4.load(dhRow).add(through)));
        },
      );
      return undefined;
    },
  );
}
