import { F32x4, type Fn, I32 } from "../wasm/index.ts";
import { tailMask } from "./gather.ts";

/** Runs a body for each vector of the real features of a row, with pads shown as `pad`. */
export function realVectors(
  fn: Fn,
  row: I32,
  features: number,
  pad: F32x4,
  body: (value: F32x4, byte: I32) => void,
): void {
  const whole = features - (features % 4);
  fn.loop(0, 4 * whole, 16, (j) => body(fn.let(F32x4.load(row.add(j))), j));
  if (whole < features) {
    const mask = tailMask(features, whole / 4);
    body(fn.let(mask.select(F32x4.load(row, 4 * whole), pad)), I32.of(4 * whole));
  }
}
