import { type F32, F32x4, type Fn, I32 } from "../wasm/index.ts";
import { exp } from "./formulas.ts";
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

/** The largest of a row, and the sum of exp(x - largest), in one fixed order. */
export function logSumExpParts(fn: Fn, row: I32, features: number): { largest: F32x4; total: F32 } {
  const lowest = F32x4.splat(-3.4e38);
  const top = fn.variable(F32x4, lowest);
  realVectors(fn, row, features, lowest, (x) => top.set(x.max(top.get)));
  const largest = fn.let(
    top.get
      .lane(0)
      .max(top.get.lane(1))
      .max(top.get.lane(2).max(top.get.lane(3)))
      .splat(),
  );
  const sums = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, row, features, lowest, (x) => sums.set(sums.get.add(exp(fn, fn.let(x.sub(largest))))));
  // The pads of the last vector added exp(-87), which is below the last place of any sum.
  return { largest, total: fn.let(sums.get.sum()) };
}
