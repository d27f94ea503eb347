import type { F32x4, Fn } from "../wasm/index.ts";
import { type ActivationName, functionOf, isCurved } from "./activation.ts";

/** A function's value, and its slope, which is written where it is asked for. */
interface Curve {
  readonly value: F32x4;
  readonly slope: F32x4;
}

const curve = (fn: Fn, name: ActivationName, value: F32x4, x: F32x4): Curve => ({
  value,
  get slope() {
    return functionOf(name).derivative(fn, isCurved(name) ? x : value);
  },
});

/** A function at x. */
export const curveAt = (fn: Fn, name: ActivationName, x: F32x4): Curve =>
  curve(fn, name, fn.let(functionOf(name).value(fn, x)), x);

/** The gate of a sum, and what its row keeps: the gate, or with `sums` that from which the way back has its slope. */
export function gateOf(fn: Fn, name: ActivationName, sum: F32x4, sums?: boolean): { value: F32x4; kept: F32x4 } {
  const x = fn.let(sum);
  const { value } = curveAt(fn, name, x);
  return { value, kept: sums && isCurved(name) ? x : value };
}

/** A gate on the way back, from what its row has kept. */
export function keptGate(fn: Fn, name: ActivationName, kept: F32x4): Curve {
  const y = fn.let(kept);
  return isCurved(name) ? curveAt(fn, name, y) : curve(fn, name, y, y);
}
