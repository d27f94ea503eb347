import { F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { functionOf } from "./activation.ts";
import { type CellShape, eachUnit, gateBytes, signature, stepKernel } from "./cell-rows.ts";
import { flush } from "./formulas.ts";

/**
 * One step of a GRU whose reset gate comes after the recurrent product (Cho et al. 2014 in the form of cuDNN and
 * Keras): gate rows [candidate | update | reset | recurrent candidate] hold the sums, and afterwards the gates.
 * h' = z*h + (1-z)*f(a + r*b). `call(gates, h, next, mask, rows)`, or with `part` as `stepKernel` says; next may be h.
 */
export function gruStep(module: Module, shape: CellShape, part = false): FunctionRef {
  const { units, activation, recurrentActivation } = shape;
  const G = gateBytes(units);
  const of = { addresses: 4, part };
  return stepKernel(module, `gruStep ${signature(shape)}`, of, (fn, [gates, h, next, mask], where) => {
    eachUnit(fn, shape, { gates, blocks: 4, states: [h, next], mask, ...where }, ({ at, alive }, hRow, nextRow) => {
      const z = fn.let(functionOf(recurrentActivation).value(fn, fn.let(F32x4.load(at, G))));
      const r = fn.let(functionOf(recurrentActivation).value(fn, fn.let(F32x4.load(at, 2 * G))));
      const sum = fn.let(r.mulAdd(F32x4.load(at, 3 * G), F32x4.load(at)));
      const c = fn.let(functionOf(activation).value(fn, sum));
      fn.store(at, c);
      fn.store(at, z, G);
      fn.store(at, r, 2 * G);
      const old = fn.let(F32x4.load(hRow));
      const value = z.mulAdd(old.sub(c), c);
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
        const c = fn.let(F32x4.load(at));
        const z = fn.let(F32x4.load(at, G));
        const r = fn.let(F32x4.load(at, 2 * G));
        const b = fn.let(F32x4.load(at, 3 * G));
        const all = fn.let(F32x4.load(dhRow));
        const d = alive ? fn.let(alive.keep(all)) : all;
        const slope = functionOf(recurrentActivation).derivative;
        const dc = fn.let(flush(fn, d.mul(fn.splat(1).sub(z)).mul(functionOf(activation).derivative(fn, c))));
        fn.store(at, dc);
        fn.store(at, flush(fn, d.mul(F32x4.load(hRow).sub(c)).mul(slope(fn, z))), G);
        fn.store(at, flush(fn, dc.mul(b).mul(slope(fn, r))), 2 * G);
        fn.store(at, flush(fn, dc.mul(r)), 3 * G);
        const carried = flush(fn, d.mul(z));
        fn.store(dhRow, alive ? alive.select(carried, all) : carried);
      });
      return undefined;
    },
  );
}
