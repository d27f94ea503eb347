import { F32x4, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { type ActivationName, activations } from "./activation.ts";
import { flush } from "./formulas.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

/** What a recurrent cell is made of; shared by the three cells. */
export interface CellShape {
  readonly units: number;
  readonly activation: ActivationName;
  readonly recurrentActivation: ActivationName;
  /** Rows carry a mask word (all bits or none): where none is set, the state stays as it was. */
  readonly masked: boolean;
}

/** Bytes from one gate's block to the next in a gate row, and floats from a gate row to the next. */
export const gateBytes = (units: number): number => 4 * padded(units);
export const gateStride = (units: number, gates: number): number => stride(gates * padded(units));

const signature = ({ units, activation, recurrentActivation, masked }: CellShape) =>
  `${units} ${activation} ${recurrentActivation} ${masked}`;

/**
 * One step of a GRU whose reset gate comes after the recurrent product (Cho et al. 2014 in the form of cuDNN and
 * Keras): gate rows [candidate | update | reset | recurrent candidate] hold the sums, and afterwards the gates.
 * h' = z*h + (1-z)*f(a + r*b). `call(gates, h, next, mask, rows)`; next may be h.
 */
export function gruStep(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, recurrentActivation, masked } = shape;
  const G = gateBytes(units);
  return module.function(`gruStep ${signature(shape)}`, [I32, I32, I32, I32, I32], (fn, gates, h, next, mask, rows) => {
    const rowsOf = [
      [gates, gateStride(units, 4)],
      [h, stride(units)],
      [next, stride(units)],
      [mask, 1],
    ] as const;
    eachRow(fn, rows, rowsOf, (gate, hRow, nextRow, maskRow) => {
      const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
      vectors(fn, padded(units), (j) => {
        const at = fn.let(gate.add(j));
        const z = fn.let(activations[recurrentActivation].value(fn, fn.let(F32x4.load(at, G))));
        const r = fn.let(activations[recurrentActivation].value(fn, fn.let(F32x4.load(at, 2 * G))));
        const sum = fn.let(r.mulAdd(F32x4.load(at, 3 * G), F32x4.load(at)));
        const c = fn.let(activations[activation].value(fn, sum));
        fn.store(at, c);
        fn.store(at, z, G);
        fn.store(at, r, 2 * G);
        const old = fn.let(F32x4.load(hRow.add(j)));
        const value = z.mulAdd(old.sub(c), c);
        fn.store(nextRow.add(j), alive ? alive.select(value, old) : value);
      });
    });
    return undefined;
  });
}

/**
 * The gradient of `gruStep`: gates become the gradients of the four sums, dh (of h') becomes the part of h's gradient
 * that does not pass through the gates. `call(gates, h, dh, mask, rows)`.
 */
export function gruStepBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, recurrentActivation, masked } = shape;
  const G = gateBytes(units);
  return module.function(
    `gruStepBackward ${signature(shape)}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, dh, mask, rows) => {
      const rowsOf = [
        [gates, gateStride(units, 4)],
        [h, stride(units)],
        [dh, stride(units)],
        [mask, 1],
      ] as const;
      eachRow(fn, rows, rowsOf, (gate, hRow, dhRow, maskRow) => {
        const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
        vectors(fn, padded(units), (j) => {
          const at = fn.let(gate.add(j));
          const c = fn.let(F32x4.load(at));
          const z = fn.let(F32x4.load(at, G));
          const r = fn.let(F32x4.load(at, 2 * G));
          const b = fn.let(F32x4.load(at, 3 * G));
          const all = fn.let(F32x4.load(dhRow.add(j)));
          const d = alive ? fn.let(alive.keep(all)) : all;
          const slope = activations[recurrentActivation].derivative;
          const dc = fn.let(flush(fn, d.mul(fn.splat(1).sub(z)).mul(activations[activation].derivative(fn, c))));
          fn.store(at, dc);
          fn.store(at, flush(fn, d.mul(F32x4.load(hRow.add(j)).sub(c)).mul(slope(fn, z))), G);
          fn.store(at, flush(fn, dc.mul(b).mul(slope(fn, r))), 2 * G);
          fn.store(at, flush(fn, dc.mul(r)), 3 * G);
          const carried = flush(fn, d.mul(z));
          fn.store(dhRow.add(j), alive ? alive.select(carried, all) : carried);
        });
      });
      return undefined;
    },
  );
}

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
      const rowsOf = [
        [gates, gateStride(units, 3)],
        [h, stride(units)],
        [mask, stride(units)],
        [resetState, stride(units)],
      ] as const;
      eachRow(fn, rows, rowsOf, (gate, hRow, maskRow, to) =>
        vectors(fn, padded(units), (j) => {
          const at = fn.let(gate.add(j));
          fn.store(at, activations[recurrentActivation].value(fn, fn.let(F32x4.load(at, G))), G);
          const r = fn.let(activations[recurrentActivation].value(fn, fn.let(F32x4.load(at, 2 * G))));
          fn.store(at, r, 2 * G);
          const state = F32x4.load(hRow.add(j));
          fn.store(to.add(j), r.mul(dropped ? state.mul(F32x4.load(maskRow.add(j))) : state));
        }),
      );
      return undefined;
    },
  );
}

/** Second half: h' = z*h + (1-z)*f(a). `call(gates, h, next, mask, rows)`. */
export function gruBlend(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, masked } = shape;
  return module.function(
    `gruBlend ${signature(shape)}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, next, mask, rows) => {
      const rowsOf = [
        [gates, gateStride(units, 3)],
        [h, stride(units)],
        [next, stride(units)],
        [mask, 1],
      ] as const;
      eachRow(fn, rows, rowsOf, (gate, hRow, nextRow, maskRow) => {
        const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
        vectors(fn, padded(units), (j) => {
          const at = fn.let(gate.add(j));
          const c = fn.let(activations[activation].value(fn, fn.let(F32x4.load(at))));
          fn.store(at, c);
          const old = fn.let(F32x4.load(hRow.add(j)));
          const value = F32x4.load(at, gateBytes(units)).mulAdd(old.sub(c), c);
          fn.store(nextRow.add(j), alive ? alive.select(value, old) : value);
        });
      });
      return undefined;
    },
  );
}

/** Gradient of `gruBlend`: candidate and update become gradients of their sums. `call(gates, h, dh, mask, rows)`. */
export function gruBlendBackward(module: Module, shape: CellShape): FunctionRef {
  const { units, activation, recurrentActivation, masked } = shape;
  const G = gateBytes(units);
  return module.function(
    `gruBlendBackward ${signature(shape)}`,
    [I32, I32, I32, I32, I32],
    (fn, gates, h, dh, mask, rows) => {
      const rowsOf = [
        [gates, gateStride(units, 3)],
        [h, stride(units)],
        [dh, stride(units)],
        [mask, 1],
      ] as const;
      eachRow(fn, rows, rowsOf, (gate, hRow, dhRow, maskRow) => {
        const alive = masked ? fn.let(I32x4.loadSplat(maskRow)) : undefined;
        vectors(fn, padded(units), (j) => {
          const at = fn.let(gate.add(j));
          const c = fn.let(F32x4.load(at));
          const z = fn.let(F32x4.load(at, G));
          const all = fn.let(F32x4.load(dhRow.add(j)));
          const d = alive ? fn.let(alive.keep(all)) : all;
          fn.store(at, flush(fn, d.mul(fn.splat(1).sub(z)).mul(activations[activation].derivative(fn, c))));
          const dz = d.mul(F32x4.load(hRow.add(j)).sub(c)).mul(activations[recurrentActivation].derivative(fn, z));
          fn.store(at, flush(fn, dz), G);
          const carried = flush(fn, d.mul(z));
          fn.store(dhRow.add(j), alive ? alive.select(carried, all) : carried);
        });
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
      const rowsOf = [
        [gates, gateStride(units, 3)],
        [h, stride(units)],
        [mask, stride(units)],
        [dReset, stride(units)],
        [dh, stride(units)],
        [resetState, stride(units)],
      ] as const;
      eachRow(fn, rows, rowsOf, (gate, hRow, maskRow, dResetRow, dhRow, to) =>
        vectors(fn, padded(units), (j) => {
          const at = fn.let(gate.add(j));
          const r = fn.let(F32x4.load(at, 2 * G));
          const kept = dropped ? fn.let(F32x4.load(maskRow.add(j))) : undefined;
          const loaded = F32x4.load(hRow.add(j));
          const state = fn.let(kept ? loaded.mul(kept) : loaded);
          const d = fn.let(F32x4.load(dResetRow.add(j)));
          fn.store(to.add(j), r.mul(state));
          fn.store(at, flush(fn, d.mul(state).mul(activations[recurrentActivation].derivative(fn, r))), 2 * G);
          const through = kept ? d.mul(r).mul(kept) : d.mul(r);
          fn.store(dhRow.add(j), flush(fn, F32x4.load(dhRow.add(j)).add(through)));
        }),
      );
      return undefined;
    },
  );
}
