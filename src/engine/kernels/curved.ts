import type { F32x4, Fn } from "../wasm/index.ts";
import type { Activation } from "./activation.ts";
import { exp, sigmoid } from "./formulas.ts";

/** exp(z * z) * (1 - erf z) / 2 over t = 1 / (1 + 0.33 z), without constant: a fit with a relative error of 8.3e-8. */
const TAIL = [
  0.09318331218, 0.09141514247, 0.1009812636, 0.02244778507, 0.2063697948, -0.1778182874, 0.2313972518, -0.06797630327,
];

/**
 * With a = |x|, at most 13: a, the share of a normal distribution beyond a, times a too, and its density there times a.
 * The rounding of a * a / 2 is made good in its exponential: it would cost up to 80 units in the last place.
 */
function beyond(fn: Fn, x: F32x4) {
  const one = fn.splat(1);
  const a = fn.let(x.abs().min(fn.splat(13)));
  const t = fn.let(one.div(a.mulAdd(fn.splat(0.33 * Math.SQRT1_2), one)));
  // Twelve bits of a have an exact square.
  const high = fn.let(
    a
      .asI32x4()
      .and(fn.splatInteger(0xfffff000 | 0))
      .asF32x4(),
  );
  const square = fn.let(a.mul(a));
  const lost = high
    .mul(high)
    .sub(square)
    .add(a.sub(high).mul(a.add(high)));
  const half = fn.splat(-0.5);
  const rough = fn.let(exp(fn, fn.let(square.mul(half))));
  const falling = fn.let(rough.mulAdd(lost.mul(half), rough));
  const sum = TAIL.map((c) => fn.splat(c)).reduceRight((sum, c) => sum.mulAdd(t, c));
  return { a, falling, factor: sum.mul(t) };
}

/** Functions that rise and fall, so that the derivative cannot be told from the value: it is taken from x, which is kept. */
export const curved = {
  /** x * sigmoid(x). */
  swish: {
    value: (fn, x) => x.mul(sigmoid(fn, x)),
    derivative: (fn, x) => {
      const s = fn.let(sigmoid(fn, x));
      return fn.splat(1).sub(s).mul(x).mulAdd(s, s);
    },
  },
  /** x times the share of a normal distribution below x. */
  gelu: {
    value: (fn, x) => {
      const { a, falling, factor } = beyond(fn, x);
      const product = fn.let(a.mul(factor).mul(falling));
      return x.max(fn.splat(0)).sub(product);
    },
    derivative: (fn, x) => {
      const { a, falling, factor } = beyond(fn, x);
      const below = fn.let(falling.mul(factor.sub(a.mul(fn.splat(0.3989422804014327)))));
      return x.less(fn.splat(0)).select(below, fn.splat(1).sub(below));
    },
  },
} as const satisfies Record<string, Activation>;
