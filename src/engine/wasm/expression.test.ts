import { describe, expect, it } from "vitest";
import { combinations, compiled, edges, onLanes } from "../../../test/engine/evaluate.ts";
import { sameBits } from "../../../test/engine/numbers.ts";
import { F32, F32x4, F64, I32, I32x4 } from "./index.ts";

const { fround } = Math;
const integers = [0, 1, -1, 2, 7, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), 0x7feb352d];
const saturated = (x: number) => (Number.isNaN(x) ? 0 : Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(x))) | 0);
const truth = (value: boolean) => (value ? 1 : 0);

describe("I32", () => {
  const binary: Record<string, [(a: I32, b: I32) => I32, (a: number, b: number) => number]> = {
    add: [(a, b) => a.add(b), (a, b) => (a + b) | 0],
    sub: [(a, b) => a.sub(b), (a, b) => (a - b) | 0],
    mul: [(a, b) => a.mul(b), Math.imul],
    divUnsigned: [(a, b) => a.divUnsigned(b), (a, b) => Math.floor((a >>> 0) / (b >>> 0)) | 0],
    and: [(a, b) => a.and(b), (a, b) => a & b],
    xor: [(a, b) => a.xor(b), (a, b) => a ^ b],
    equals: [(a, b) => a.equals(b), (a, b) => truth(a === b)],
    notEquals: [(a, b) => a.notEquals(b), (a, b) => truth(a !== b)],
    less: [(a, b) => a.less(b), (a, b) => truth(a < b)],
    lessUnsigned: [(a, b) => a.lessUnsigned(b), (a, b) => truth(a >>> 0 < b >>> 0)],
    min: [(a, b) => a.min(b), Math.min],
  };
  it.each(Object.entries(binary))("%s, on variables and on constants", (name, [make, expected]) => {
    const { f } = compiled([I32, I32], (_, a, b) => make(a, b), { result: I32 });
    for (const a of integers) {
      for (const b of integers) {
        if (name === "divUnsigned" && b === 0) continue;
        expect([a, b, f(a, b)]).toEqual([a, b, expected(a, b)]);
      }
    }
    for (const [a, b] of [
      [5, 3],
      [0, 9],
      [-7, 1],
      [2 ** 31 - 1, 2 ** 31 - 1],
      [6, 0],
      [1, -1],
    ]) {
      if (name === "divUnsigned" && b === 0) continue;
      expect(compiled([], () => make(I32.of(a), I32.of(b)), { result: I32 }).f()).toBe(expected(a, b));
      expect(compiled([I32], (_, x) => make(x, I32.of(b)), { result: I32 }).f(a)).toBe(expected(a, b));
      expect(compiled([I32], (_, x) => make(I32.of(a), x), { result: I32 }).f(b)).toBe(expected(a, b));
    }
  });

  it("unary operations", () => {
    const zero = compiled([I32], (_, a) => a.isZero(), { result: I32 }).f;
    const shifted = compiled([I32], (_, a) => a.shiftRight(13), { result: I32 }).f;
    const single = compiled([I32], (_, a) => a.toF32(), { result: F32 }).f;
    const double = compiled([I32], (_, a) => a.toF64(), { result: F64 }).f;
    for (const a of integers) {
      expect([zero(a), shifted(a), single(a), double(a)]).toEqual([truth(a === 0), (a >>> 13) | 0, fround(a), a]);
    }
  });

  it("constants of every length", () => {
    for (const value of integers) expect(compiled([], () => I32.of(value), { result: I32 }).f()).toBe(value);
    expect(compiled([], () => I32.of(0x846ca68b), { result: I32 }).f()).toBe(0x846ca68b | 0);
  });

  it("folds what is known without changing it", () => {
    expect(I32.of(2 ** 31 - 1).add(1).known).toBe(-(2 ** 31));
    expect(I32.of(65537).mul(65537).known).toBe(Math.imul(65537, 65537));
  });
});

describe("F32 and F64", () => {
  const operations: Record<string, [(a: F32, b: F32) => F32, (a: number, b: number) => number]> = {
    add: [(a, b) => a.add(b), (a, b) => a + b],
    sub: [(a, b) => a.sub(b), (a, b) => a - b],
    mul: [(a, b) => a.mul(b), (a, b) => a * b],
    div: [(a, b) => a.div(b), (a, b) => a / b],
    abs: [(a) => a.abs(), Math.abs],
    min: [(a, b) => a.min(b), Math.min],
    max: [(a, b) => a.max(b), Math.max],
    ceil: [(a) => a.ceil(), Math.ceil],
  };
  it.each(Object.entries(operations))("F32 %s", (_, [make, expected]) => {
    const { f } = compiled([F32, F32], (_, a, b) => make(a, b), { result: F32 });
    for (const a of edges) for (const b of edges) expect([a, b, f(a, b)]).toEqual([a, b, fround(expected(a, b))]);
  });

  it("F32 comparisons and conversions", () => {
    for (const a of edges) {
      for (const b of edges) {
        const of = (make: (a: F32, b: F32) => I32) => compare(make)(a, b);
        expect([a, b, of((x, y) => x.less(y))]).toEqual([a, b, truth(a < b)]);
        expect([a, b, of((x, y) => x.greater(y))]).toEqual([a, b, truth(a > b)]);
        expect([a, b, of((x, y) => x.equals(y))]).toEqual([a, b, truth(a === b)]);
      }
      expect(toInteger(a)).toBe(saturated(a));
      expect(toDouble(a)).toBe(a);
      expect(compiled([], () => F32.of(a), { result: F32 }).f()).toBe(a);
    }
  });
  const comparisons = new Map<string, (a: number, b: number) => number>();
  const compare = (make: (a: F32, b: F32) => I32) => {
    const key = make.toString();
    if (!comparisons.has(key)) comparisons.set(key, compiled([F32, F32], (_, a, b) => make(a, b), { result: I32 }).f);
    return comparisons.get(key)!;
  };
  const toInteger = compiled([F32], (_, a) => a.toI32(), { result: I32 }).f;
  const toDouble = compiled([F32], (_, a) => a.toF64(), { result: F64 }).f;

  const doubles: Record<string, [(a: F64, b: F64) => F64, (a: number, b: number) => number]> = {
    add: [(a, b) => a.add(b), (a, b) => a + b],
    sub: [(a, b) => a.sub(b), (a, b) => a - b],
    mul: [(a, b) => a.mul(b), (a, b) => a * b],
    div: [(a, b) => a.div(b), (a, b) => a / b],
    sqrt: [(a) => a.sqrt(), Math.sqrt],
    ceil: [(a) => a.ceil(), Math.ceil],
    min: [(a, b) => a.min(b), Math.min],
    max: [(a, b) => a.max(b), Math.max],
  };
  it.each(Object.entries(doubles))("F64 %s", (_, [make, expected]) => {
    const { f } = compiled([F64, F64], (_, a, b) => make(a, b), { result: F64 });
    const narrow = compiled([F64, F64], (_, a, b) => make(a, b).toF32(), { result: F32 }).f;
    const less = compiled([F64, F64], (_, a, b) => a.less(b), { result: I32 }).f;
    const toInteger = compiled([F64], (_, a) => a.toI32(), { result: I32 }).f;
    for (const a of [...edges, 0.1, 1e300]) {
      expect(toInteger(a)).toBe(saturated(a));
      for (const b of [...edges, 0.2, 1e-300]) {
        expect([a, b, f(a, b), narrow(a, b)]).toEqual([a, b, expected(a, b), fround(expected(a, b))]);
        expect(less(a, b)).toBe(truth(a < b));
      }
    }
  });
});

describe("F32x4", () => {
  const binary: Record<string, [(a: F32x4, b: F32x4) => F32x4, (a: number, b: number) => number]> = {
    add: [(a, b) => a.add(b), (a, b) => a + b],
    sub: [(a, b) => a.sub(b), (a, b) => a - b],
    mul: [(a, b) => a.mul(b), (a, b) => a * b],
    div: [(a, b) => a.div(b), (a, b) => a / b],
    min: [(a, b) => a.min(b), (a, b) => (b < a ? b : a)],
    max: [(a, b) => a.max(b), (a, b) => (a < b ? b : a)],
    abs: [(a) => a.abs(), Math.abs],
    neg: [(a) => a.neg(), (a) => -a],
    sqrt: [(a) => a.sqrt(), Math.sqrt],
    nearest: [(a) => a.nearest(), halfToEven],
  };
  const [a, b] = combinations(edges, 2);
  it.each(Object.entries(binary))("%s", (_, [make, expected]) => {
    const found = onLanes((_, x, y) => make(x, y), [a, b]);
    expect(
      sameBits(
        found,
        a.map((x, i) => fround(expected(x, b[i]))),
      ),
    ).toBe("");
  });

  const masks: Record<string, [(a: F32x4, b: F32x4) => I32x4, (a: number, b: number) => boolean]> = {
    less: [(a, b) => a.less(b), (a, b) => a < b],
    greater: [(a, b) => a.greater(b), (a, b) => a > b],
    equals: [(a, b) => a.equals(b), (a, b) => a === b],
  };
  it.each(Object.entries(masks))("%s gives all bits or none, and selects", (_, [make, expected]) => {
    const found = onLanes((_, x, y) => make(x, y), [a, b]).bits;
    expect(
      sameBits(
        found,
        Int32Array.from(a, (x, i) => (expected(x, b[i]) ? -1 : 0)),
      ),
    ).toBe("");
    const one = Float32Array.from(a, (_, i) => i + 1);
    const select = onLanes((fn, x, y, v) => make(x, y).select(v, fn.splat(-3)), [a, b, one]);
    expect(
      sameBits(
        select,
        one.map((v, i) => (expected(a[i], b[i]) ? v : -3)),
      ),
    ).toBe("");
    const keep = onLanes((_, x, y, v) => make(x, y).keep(v), [a, b, one]);
    expect(
      sameBits(
        keep,
        one.map((v, i) => (expected(a[i], b[i]) ? v : 0)),
      ),
    ).toBe("");
    const drop = onLanes((_, x, y, v) => make(x, y).drop(v), [a, b, one]);
    expect(
      sameBits(
        drop,
        one.map((v, i) => (expected(a[i], b[i]) ? 0 : v)),
      ),
    ).toBe("");
  });

  it("turns to integers towards zero, saturating, NaN to zero; and back", () => {
    expect(sameBits(onLanes((_, x) => x.toI32x4(), [a]).bits, Int32Array.from(a, saturated))).toBe("");
    const numbers = Int32Array.from([...integers, 2 ** 24 + 1, -3, 5]);
    expect(
      sameBits(
        onLanes((_, x) => x.asI32x4().toF32x4(), [numbers]),
        Float32Array.from(numbers),
      ),
    ).toBe("");
  });

  it("lane, sum and shuffle", () => {
    const four = Float32Array.of(1, 10, 100, 1000);
    const eight = Float32Array.of(5, 6, 7, 8);
    for (let lane = 0; lane < 4; lane++) expect(onLanes((_, x) => x.lane(lane).splat(), [four])[0]).toBe(10 ** lane);
    expect([...onLanes((_, x, y) => x.shuffle(y, [7, 0, 4, 3]), [four, eight])]).toEqual([8, 1, 5, 1000]);
    const order = Float32Array.of(2 ** 24, 1, 1, -(2 ** 24));
    expect(onLanes((_, x) => x.sum().splat(), [order])[0]).toBe(fround(2 ** 24 + 1) + fround(1 - 2 ** 24));
  });

  it("splats from variables, constants and memory", () => {
    const { f, memory } = compiled([F32], (fn, x) => {
      fn.store(I32.of(0), F32x4.splat(x));
      fn.store(I32.of(16), fn.splat(-0).add(F32x4.splat(-0)));
      fn.store(I32.of(32), F32x4.loadSplat(I32.of(4), 8));
      fn.store(I32.of(48), I32x4.splat(I32.of(-7)));
      fn.store(I32.of(64), I32x4.of(1, -2, 3, 2 ** 31 - 1));
      fn.store(I32.of(80), I32x4.loadSplat(I32.of(64), 4));
      return undefined;
    });
    f(2.5);
    expect([...new Float32Array(memory.buffer, 0, 12)]).toEqual([
      2.5, 2.5, 2.5, 2.5, -0, -0, -0, -0, 2.5, 2.5, 2.5, 2.5,
    ]);
    expect([...new Int32Array(memory.buffer, 48, 12)]).toEqual([-7, -7, -7, -7, 1, -2, 3, 2 ** 31 - 1, -2, -2, -2, -2]);
  });
});

describe("I32x4", () => {
  const pairs = integers.flatMap((x) => integers.map((y) => [x, y] as const));
  while (pairs.length % 4 !== 0) pairs.push([0, 0]);
  const a = Int32Array.from(pairs, ([x]) => x);
  const b = Int32Array.from(pairs, ([, y]) => y);
  const operations: Record<string, [(a: I32x4, b: I32x4) => I32x4, (a: number, b: number) => number]> = {
    add: [(a, b) => a.add(b), (a, b) => (a + b) | 0],
    mul: [(a, b) => a.mul(b), Math.imul],
    and: [(a, b) => a.and(b), (a, b) => a & b],
    or: [(a, b) => a.or(b), (a, b) => a | b],
    xor: [(a, b) => a.xor(b), (a, b) => a ^ b],
    shiftLeft: [(a) => a.shiftLeft(23), (a) => a << 23],
    shiftRight: [(a) => a.shiftRight(15), (a) => a >> 15],
    shiftRightUnsigned: [(a) => a.shiftRightUnsigned(8), (a) => (a >>> 8) | 0],
    equals: [(a, b) => a.equals(b), (a, b) => (a === b ? -1 : 0)],
    greater: [(a, b) => a.greater(b), (a, b) => (a > b ? -1 : 0)],
  };
  it.each(Object.entries(operations))("%s", (_, [make, expected]) => {
    const found = onLanes((_, x, y) => make(x.asI32x4(), y.asI32x4()), [a, b]).bits;
    expect(
      sameBits(
        found,
        a.map((x, i) => expected(x, b[i])),
      ),
    ).toBe("");
  });

  it("anyTrue", () => {
    const { f, memory } = compiled([], () => I32x4.load(I32.of(0)).anyTrue(), { result: I32 });
    expect(f()).toBe(0);
    new Int32Array(memory.buffer)[3] = 4;
    expect(f()).toBe(1);
  });
});

/** Whole numbers, ties to the even one. */
function halfToEven(x: number): number {
  if (Math.abs(x) >= 2 ** 23 || Number.isNaN(x)) return x;
  const low = Math.floor(x);
  const up = x - low > 0.5 || (x - low === 0.5 && low % 2 !== 0);
  const whole = up ? low + 1 : low;
  return whole === 0 && (x < 0 || Object.is(x, -0)) ? -0 : whole;
}
