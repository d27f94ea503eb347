// A GRU whose reset gate comes before the recurrent product.

import { F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { functionOf } from "./activation.ts";
import { type CellShape, eachUnit, gateBytes, signature } from "./cell-rows.ts";
import { flush } from "./formulas.ts";

/**
 * First half of a step whose reset gate comes before the product (Cho et al. 2014): gate rows [candidate | update |
 * reset]; writes r*h, times the state's dropout mask where there is one. `call(gates, h, dropped, resetState, rows)`.
 */
export function gruGates(module: Module, shape: CellShape, dropped: boolean): FunctionRef {
  const { units, recurrentActivation } = shape;
  const G = gateBytes(units);
  return module.function(
    `gruGates ${signature(shape)} ${dropped}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, mask, resetState, rows) => {
      eachUnit(fn, shape, { gates, blocks: 3, states: [h, mask, resetState], rows }, ({ at }, hRow, maskRow, to) => {
        fn.store(at, functionOf(recurrentActivation).value(fn, fn.let(F32x4.load(at, G))), G);
        const r = fn.let(functionOf(recurrentActivation).value(fn, fn.let(F32x4.load(at, 2 * G))));
        fn.store(at, r, 2 * G);
        const state = F32x4.load(hRow);
        fn.store(to, r.mul(dropped ? state.mul(F32x4.load(maskRow)) : state));
      });
      return undefined;
    },
  );
}

/** Second half: h' = z*h + (1-z)*f(a). `call(gates, h, next, mask, rows)`. */
export function gruBlend(module: Module, shape: CellShape): FunctionRef {
  const { units, activation } = shape;
  return module.function(
    `gruBlend ${signature(shape)}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, next, mask, rows) => {
      eachUnit(fn, shape, { gates, blocks: 3, states: [h, next], mask, rows }, ({ at, alive }, hRow, nextRow) => {
        const c = fn.let(functionOf(activation).value(fn, fn.let(F32x4.load(at))));
        fn.store(at, c);
        const old = fn.let(F32x4.load(hRow));
        const value = F32x4.load(at, gateBytes(units)).mulAdd(old.sub(c), c);
        fn.store(nextRow, alive ? alive.select(value, old) : value);
      });
      return undefined;
    },
  );
}

/** Gradient of `gruBlend`: candidate and update become gradients of their sums. `call(gates, h, dh, mask, rows)`. */
export function gruBlendBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, recurrentActivation } = shape;
  const G = gateBytes(units);
  return module.function(
    `gruBlendBackward ${signature(shape)}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, dh, mask, rows) => {
      eachUnit(fn, shape, { gates, blocks: 3, states: [h, dh], mask, rows }, ({ at, alive }, hRow, dhRow) => {
        const c = fn.let(F32x4.load(at));
        const z = fn.let(F32x4.load(at, G));
        const all = fn.let(F32x4.load(dhRow));
        const d = alive ? fn.let(alive.keep(all)) : all;
        fn.store(at, flush(fn, d.mul(fn.splat(1).sub(z)).mul(functionOf(activation).derivative(fn, c))));
        const dz = d.mul(F32x4.load(hRow).sub(c)).mul(functionOf(recurrentActivation).derivative(fn, z));
        fn.store(at, flush(fn, dz), G);
        const carried = flush(fn, d.mul(z));
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
          const r = fn.let(F32x4.load(at, 2 * G));
          const kept = dropped ? fn.let(F32x4.load(maskRow)) : undefined;
          const loaded = F32x4.load(hRow);
          const state = fn.let(kept ? loaded.mul(kept) : loaded);
          const d = fn.let(F32x4.load(dResetRow));
          fn.store(to, r.mul(state));
          fn.store(at, flush(fn, d.mul(state).mul(functionOf(recurrentActivation).derivative(fn, r))), 2 * G);
          const through = kept ? d.mul(r).mul(kept) : d.mul(r);
          fn.store(dhRow, flush(fn, F32x4.load(dhRow).add(through)));
        },
      );
      return undefined;
    },
  );
}
