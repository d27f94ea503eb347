import { F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { type CellShape, eachUnit, gateBytes, signature, stepKernel } from "./cell-rows.ts";
import { flush } from "./formulas.ts";
import { gateOf, keptGate } from "./gate-function.ts";

/**
 * One step of a GRU whose reset gate comes after the recurrent product (Cho et al. 2014 in the form of cuDNN and
 * Keras): gate rows [candidate | update | reset | recurrent candidate] hold the sums, and afterwards the gates.
 * h' = z*h + (1-z)*f(a + r*b), flushed. `call(gates, h, next, mask, rows)`, or with `part` as `stepKernel` says; next may be h.
 */
export function gruStep(module: Module, shape: CellShape, part = false): FunctionRef {
  const { units, activation, recurrentActivation, sums } = shape;
  const G = gateBytes(units);
  const of = { addresses: 4, part };
  return stepKernel(module, `gruStep ${signature(shape)}`, of, (fn, [gates, h, next, mask], where) => {
    eachUnit(fn, shape, { gates, blocks: 4, states: [h, next], mask, ...where }, ({ at, alive }, hRow, nextRow) => {
      const z = gateOf(fn, recurrentActivation, F32x4.load(at, G), sums);
      const r = gateOf(fn, recurrentActivation, F32x4.load(at, 2 * G), sums);
      const c = gateOf(fn, activation, r.value.mulAdd(F32x4.load(at, 3 * G), F32x4.load(at)), sums);
      fn.store(at, c.kept);
      fn.store(at, z.kept, G);
      fn.store(at, r.kept, 2 * G);
      const old = fn.let(F32x4.load(hRow));
      const value = flush(fn, z.value.mulAdd(old.sub(c.value), c.value));
      fn.store(nextRow, alive ? alive.select(value, old) : value);
    });
  });
}

/**
 * The gradient of `gruStep`: gates become the gradients of the four sums, dh (of h') becomes the part of h's gradient
 * that does not pass through the gates. `call(gates, h, dh, mask, rows)`.
 */
export function gruStepBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, recurrentActivation } = shape;
  const G = gateBytes(units);
  return module.function(
    `gruStepBackward ${signature(shape)}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, dh, mask, rows) => {
      eachUnit(fn, shape, { gates, blocks: 4, states: [h, dh], mask, rows }, ({ at, alive }, hRow, dhRow) => {
        const c = keptGate(fn, activation, F32x4.load(at));
        const z = keptGate(fn, recurrentActivation, F32x4.load(at, G));
        const r = keptGate(fn, recurrentActivation, F32x4.load(at, 2 * G));
        const b = fn.let(F32x4.load(at, 3 * G));
        const all = fn.let(F32x4.load(dhRow));
        const d = alive ? fn.let(alive.keep(all)) : all;
        const dc = fn.let(flush(fn, d.mul(fn.splat(1).sub(z.value)).mul(c.slope)));
        fn.store(at, dc);
        fn.store(at, flush(fn, d.mul(F32x4.load(hRow).sub(c.value)).mul(z.slope)), G);
        fn.store(at, flush(fn, dc.mul(b).mul(r.slope)), 2 * G);
        fn.store(at, flush(fn, dc.mul(r.value)), 3 * G);
        const carried = flush(fn, d.mul(z.value));
        fn.store(dhRow, alive ? alive.select(carried, all) : carried);
      });
      return undefined;
    },
  );
}
