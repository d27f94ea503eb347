// Random numbers and what is made of them for initial weights: the bits of `base/random.ts` and `base/math.ts`, which the
// tests hold them to. Here because JavaScript that is still cold takes a tenth of a second for the weights of a model.

import { F64, type Fn, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { mixLanes, mixScalar } from "./dropout.ts";

const odd = (from: number, to: number): number[] => Array.from({ length: (from - to) / 2 + 1 }, (_, i) => from - 2 * i);
const down = (from: number): number[] => Array.from({ length: from }, (_, i) => from - i);

/**
 * Numbers low + size * (scale * u - shift), u uniform on [0, 1): `call(to, count, element, keyFirst, keySecond, spread)`
 * for the elements from `element` on, in vectors of four; the doubles [low, size, scale, shift] lie at `spread`.
 */
export function drawUniform(module: Module): FunctionRef {
  return module.function("drawUniform", [I32, I32, I32, I32, I32, I32], (fn, to, count, element, one, two, spread) => {
    const [low, size, scale, shift] = [0, 8, 16, 24].map((at) => fn.let(F64.load(spread, at)));
    const lanes = fn.variable(I32x4, I32x4.splat(element.add(one)).add(I32x4.of(0, 1, 2, 3)));
    const second = fn.let(I32x4.splat(two));
    fn.loop(to, to.add(count.mul(4)), 16, (at) => {
      const bits = fn.let(mixLanes(fn, mixLanes(fn, lanes.get).xor(second)).shiftRightUnsigned(8).toF32x4());
      for (let lane = 0; lane < 4; lane++) {
        const uniform = bits
          .lane(lane)
          .toF64()
          .mul(1 / 16777216);
        fn.store(at, low.add(size.mul(scale.mul(uniform).sub(shift))).toF32(), 4 * lane);
      }
      lanes.set(lanes.get.add(fn.splatInteger(4)));
    });
    return undefined;
  });
}

/** Standard normal doubles: `call(to, count, element, keyFirst, keySecond)`. */
export function drawNormal(module: Module): FunctionRef {
  return module.function("drawNormal", [I32, I32, I32, I32, I32], (fn, to, count, element, one, two) => {
    const uniform = (number: I32) => {
      const bits = mixScalar(fn, mixScalar(fn, number.add(one)).xor(two));
      return bits
        .shiftRight(8)
        .toF64()
        .mul(1 / 16777216);
    };
    const number = fn.variable(I32, element.add(element));
    fn.loop(to, to.add(count.mul(8)), 8, (at) => {
      const logarithm = log(fn, F64.of(1).sub(uniform(number.get)), at);
      const radius = fn.let(F64.of(-2).mul(logarithm).sqrt());
      const angle = F64.of(6.283185307179586).mul(uniform(number.get.add(1)));
      fn.store(at, radius.mul(cosine(fn, angle)));
      number.set(number.get.add(2));
    });
    return undefined;
  });
}

/** The logarithm of a number from 2^-24 to 1; `scratch`: eight bytes to take it apart. */
function log(fn: Fn, x: F64, scratch: I32): F64 {
  fn.store(scratch, x);
  const high = fn.let(I32.load(scratch, 4));
  fn.store(scratch, high.and(0xfffff).add(0x3ff00000), 4);
  const exponent = fn.variable(I32, high.shiftRight(20).sub(1023));
  const mantissa = fn.variable(F64, F64.load(scratch));
  fn.if(F64.of(Math.SQRT2).less(mantissa.get), () => {
    mantissa.set(mantissa.get.mul(0.5));
    exponent.set(exponent.get.add(1));
  });
  const s = fn.let(mantissa.get.sub(1).div(mantissa.get.add(1)));
  const q = fn.let(s.mul(s));
  let sum = F64.of(0);
  for (const n of odd(25, 3)) sum = q.mul(F64.of(1 / n).add(sum));
  const k = fn.let(exponent.get.toF64());
  const small = F64.of(2).mul(s).mul(F64.of(1).add(sum)).add(k.mul(1.9082149292705877e-10));
  return fn.let(k.mul(0.6931471803691238).add(small));
}

/** The cosine of an angle from 0 to 2 pi. */
function cosine(fn: Fn, angle: F64): F64 {
  const x = fn.let(angle);
  const turns = fn.let(x.div(1.5707963267948966));
  // The nearest whole number, a half upwards.
  const above = fn.let(turns.ceil());
  const k = fn.let(above.sub(turns.less(above.sub(0.5)).toF64()));
  const r = fn.let(x.sub(k.mul(1.5707963267341256)).sub(k.mul(6.077100506506192e-11)));
  const q = fn.let(r.mul(r));
  const quarter = fn.let(k.toI32().add(1).and(3));
  const result = fn.variable(F64);
  const series = (step: 1 | -1) => {
    let sum = F64.of(1);
    for (const n of down(9)) sum = F64.of(1).sub(q.div(2 * n * (2 * n + step)).mul(sum));
    return sum;
  };
  fn.if(
    quarter.and(1),
    () => result.set(series(-1)),
    () => result.set(series(1).mul(r)),
  );
  fn.if(I32.of(1).less(quarter), () => result.set(F64.of(0).sub(result.get)));
  return result.get;
}

/**
 * Gram and Schmidt: makes vectors of `length` doubles (a multiple of four; pads are zeros) orthonormal in place, one in each
 * call, in their order: `call(vectors, count, length, number)`; behind them lies a vector of zeros. Each is made orthogonal to all before it
 * twice: then it is so to the last place. The second time of a vector goes together with the first time of the next one,
 * since one alone waits for each of its sums.
 */
export function orthonormalize(module: Module): FunctionRef {
  const shares = removeShares(module);
  const unit = normalize(module);
  return module.function("orthonormalize", [I32, I32, I32, I32], (fn, vectors, count, length, number) => {
    const bytes = fn.let(length.mul(8));
    const end = fn.let(vectors.add(count.mul(bytes)));
    const at = fn.let(vectors.add(number.mul(bytes)));
    fn.if(vectors.less(at), () => fn.call(shares, at, end, at.sub(bytes), bytes));
    const next = fn.let(at.add(bytes));
    fn.loop(vectors, at, bytes, (other) => fn.call(shares, at, next, other, bytes));
    fn.call(unit, at, bytes);
    return undefined;
  });
}

/** Numbers of a vector taken in one turn of a loop. */
const AT_ONCE = 4;

/** Makes two vectors orthogonal to another of length 1: `call(a, b, other, bytes)`. */
function removeShares(module: Module): FunctionRef {
  return module.function("removeShares", [I32, I32, I32, I32], (fn, a, b, other, bytes) => {
    const sums = [a, b].map((vector) => ({ vector, sum: fn.variable(F64, F64.of(0)) }));
    const each = (body: (vector: I32, sum: (typeof sums)[number]["sum"], value: F64, at: number) => void) =>
      fn.loop(0, bytes, 8 * AT_ONCE, (i) => {
        const from = fn.let(other.add(i));
        const places = sums.map(({ vector, sum }) => ({ vector: fn.let(vector.add(i)), sum }));
        for (let at = 0; at < 8 * AT_ONCE; at += 8) {
          const value = fn.let(F64.load(from, at));
          for (const { vector, sum } of places) body(vector, sum, value, at);
        }
      });
    each((vector, sum, value, at) => sum.set(sum.get.add(F64.load(vector, at).mul(value))));
    each((vector, sum, value, at) => fn.store(vector, F64.load(vector, at).sub(sum.get.mul(value)), at));
    return undefined;
  });
}

/** Gives a vector length 1: `call(vector, bytes)`. */
function normalize(module: Module): FunctionRef {
  return module.function("normalize", [I32, I32], (fn, vector, bytes) => {
    const end = fn.let(vector.add(bytes));
    const square = fn.variable(F64, F64.of(0));
    fn.loop(vector, end, 8, (at) => square.set(square.get.add(F64.load(at).mul(F64.load(at)))));
    const inverse = fn.let(F64.of(1).div(square.get.sqrt()));
    fn.loop(vector, end, 8, (at) => fn.store(at, F64.load(at).mul(inverse)));
    return undefined;
  });
}
