import { type F32, F32x4, type Fn, type I32 } from "../wasm/index.ts";
import { exp } from "./formulas.ts";
import { realVectors } from "./softmax.ts";

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
