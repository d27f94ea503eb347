import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compiled } from "../../../test/engine/evaluate.ts";
import { F32, F32x4, F64, Fn, I32, Module } from "./index.ts";

/** Runs a loop that appends what it sees to memory; returns what was seen. */
function seen(write: (fn: Fn, note: (i: I32) => void, a: I32, b: I32) => void, a = 0, b = 0): number[] {
  const { f, memory } = compiled([I32, I32], (fn, x, y) => {
    const count = fn.variable(I32, I32.of(0));
    const note = (i: I32) => {
      fn.store(count.get.mul(4).add(4), i);
      count.set(count.get.add(1));
    };
    write(fn, note, x, y);
    fn.store(I32.of(0), count.get);
    return undefined;
  });
  f(a, b);
  const words = new Int32Array(memory.buffer);
  return [...words.subarray(1, 1 + words[0])];
}

const up = (from: number, to: number, step: number) =>
  Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);

describe("loops", () => {
  const bounds = [
    [0, 0],
    [0, 1],
    [0, 5],
    [3, 3],
    [3, 2],
    [5, -4],
    [-3, 4],
    [2, 9],
  ];
  it("run from, from + step, ... below to, with known and unknown bounds", () => {
    for (const [from, to] of bounds) {
      for (const step of [1, 2, 3, 16]) {
        const expected = up(from, to, step);
        expect(seen((fn, note) => fn.loop(from, to, step, note))).toEqual(expected);
        expect(seen((fn, note, a, b) => fn.loop(a, b, step, note), from, to)).toEqual(expected);
        expect(seen((fn, note, a) => fn.loop(a, to, step, note), from)).toEqual(expected);
        expect(seen((fn, note, _, b) => fn.loop(from, b, step, note), 0, to)).toEqual(expected);
        expect(seen((fn, note, a, b) => fn.loop(from, b, a, note), step, to)).toEqual(expected);
      }
    }
  });

  it("loopDown takes the same steps in reverse order", () => {
    for (const [from, to] of bounds.filter(([a, b]) => a <= b)) {
      for (const step of [1, 2, 3, 8]) {
        const expected = up(from, to, step).reverse();
        expect(seen((fn, note, _, b) => fn.loopDown(from, b, step, note), 0, to)).toEqual(expected);
        expect(seen((fn, note, a, b) => fn.loopDown(a, b, step, note), from, to)).toEqual(expected);
        expect(seen((fn, note, a, b) => fn.loopDown(from, b, a, note), step, to)).toEqual(expected);
      }
    }
  });

  it("a bound that changes inside the body does not change the loop", () => {
    const found = seen(
      (fn, note, _, b) => {
        const end = fn.variable(I32, b);
        fn.loop(0, end.get, 1, (i) => {
          note(i);
          end.set(end.get.add(1));
        });
      },
      0,
      4,
    );
    expect(found).toEqual([0, 1, 2, 3]);
  });

  it("nest", () => {
    const found = seen(
      (fn, note, _, b) => fn.loop(0, b, 1, (i) => fn.loopDown(0, i, 1, (j) => note(i.mul(10).add(j)))),
      0,
      4,
    );
    expect(found).toEqual([10, 21, 20, 32, 31, 30]);
  });

  it("repeatWhile runs at least once", () => {
    const found = (times: number) =>
      seen((fn, note, a) => {
        const left = fn.variable(I32, a);
        fn.repeatWhile(() => {
          note(left.get);
          left.set(left.get.sub(1));
          return I32.of(0).less(left.get);
        });
      }, times);
    expect(found(0)).toEqual([0]);
    expect(found(3)).toEqual([3, 2, 1]);
  });
});

describe("statements", () => {
  it("if takes one way", () => {
    const { f } = compiled(
      [I32],
      (fn, a) => {
        const result = fn.variable(I32, I32.of(-1));
        fn.if(
          a.equals(1),
          () => result.set(I32.of(10)),
          () => result.set(I32.of(20)),
        );
        fn.if(a.equals(7), () => fn.return(I32.of(77)));
        return result.get;
      },
      { result: I32 },
    );
    expect([f(1), f(0), f(7)]).toEqual([10, 20, 77]);
  });

  it("let computes once; an expression used twice is computed where it stands", () => {
    const { f } = compiled(
      [],
      (fn) => {
        const counter = fn.variable(I32, I32.of(0));
        const kept = fn.let(counter.get.add(5));
        const again = counter.get.add(5);
        counter.set(I32.of(100));
        return kept.mul(1000).add(again);
      },
      { result: I32 },
    );
    expect(f()).toBe(5105);
  });

  it("calls with and without a result, with mixed kinds", () => {
    const module = new Module({ fma: false }, { shared: false });
    const half = module.function("half", [F64, I32], (_, x, n) => x.mul(n.toF64()).mul(0.5), { result: F64 });
    const put = module.function("put", [I32, F32], (fn, at, x) => {
      fn.store(at, x);
      return undefined;
    });
    module.function(
      "f",
      [F64],
      (fn, x) => {
        const value = fn.callFor(F64, half, x, I32.of(3));
        fn.call(put, I32.of(8), value.toF32());
        return F32.load(I32.of(8)).toF64().add(value);
      },
      { export: true, result: F64 },
    );
    const memory = new WebAssembly.Memory({ initial: 1 });
    const code = module.finish();
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } }).exports;
    expect((f as (x: number) => number)(2.25)).toBe(6.75);
  });

  it("fill and copy, also of nothing and overlapping", () => {
    const { f, memory } = compiled([I32, I32, I32], (fn, to, from, bytes) => {
      fn.fill(I32.of(0), I32.of(16), 7);
      fn.copy(to, from, bytes);
      fn.fill(I32.of(12), bytes.sub(bytes));
      return undefined;
    });
    const bytes = new Uint8Array(memory.buffer);
    bytes.set([1, 2, 3, 4, 5, 6, 7, 8], 16);
    f(18, 16, 6);
    expect([...bytes.subarray(0, 26)]).toEqual([...new Array(16).fill(7), 1, 2, 1, 2, 3, 4, 5, 6, 0, 0]);
  });

  it("trap traps, and so does an address outside memory", () => {
    expect(() => compiled([], (fn) => void fn.trap()).f()).toThrow(WebAssembly.RuntimeError);
    const { f } = compiled([I32], (_, at) => I32.load(at), { result: I32 });
    expect(f(65532)).toBe(0);
    expect(() => f(65533)).toThrow(WebAssembly.RuntimeError);
    expect(() => f(-4)).toThrow(WebAssembly.RuntimeError);
  });
});

it("keeps hundreds of locals of all kinds apart", () => {
  const count = 400;
  const { f } = compiled(
    [I32],
    (fn, x) => {
      const integers = Array.from({ length: count }, (_, i) => fn.variable(I32, x.add(i)));
      const vectors = Array.from({ length: count }, (_, i) => fn.let(fn.splat(i)));
      const floats = Array.from({ length: count }, (_, i) => fn.let(F32.of(i)));
      const total = fn.variable(F64, F64.of(0));
      integers.forEach((integer, i) => {
        total.set(total.get.add(integer.get.toF64().mul(vectors[i].lane(3).add(floats[i]).toF64())));
      });
      return total.get;
    },
    { result: F64 },
  );
  const expected = Array.from({ length: count }, (_, i) => (3 + i) * 2 * i).reduce((a, b) => a + b);
  expect(f(3)).toBe(expected);
});

it("constants of splat are shared, and minus zero is not zero", () => {
  const fn = new Fn({ fma: false });
  expect(fn.splat(0.5)).toBe(fn.splat(0.5));
  expect(fn.splat(0)).not.toBe(fn.splat(-0));
  expect(fn.splatInteger(1)).not.toBe(fn.splat(1));
});

it("a constant first used inside a branch is set for all", () => {
  const { f } = compiled(
    [I32],
    (fn, a) => {
      const out = fn.variable(F32, F32.of(0));
      fn.if(a, () => out.set(fn.splat(42).lane(0)));
      fn.if(a.isZero(), () => out.set(fn.splat(42).lane(1).add(1)));
      return out.get;
    },
    { result: F32 },
  );
  expect([f(1), f(0)]).toEqual([42, 43]);
});

it("random chains of arithmetic compute what they say", () => {
  const operation = fc.tuple(fc.constantFrom("add", "sub", "mul", "xor", "and"), fc.integer(), fc.boolean());
  fc.assert(
    fc.property(fc.integer(), fc.array(operation, { maxLength: 40 }), (start, chain) => {
      let expected = start;
      for (const [name, value] of chain) expected = scalar[name](expected, value);
      const { f } = compiled(
        [I32],
        (fn, x) =>
          chain.reduce<I32>((sum, [name, value, kept]) => (kept ? fn.let(sum[name](value)) : sum[name](value)), x),
        { result: I32 },
      );
      return f(start) === expected;
    }),
    { numRuns: 200, seed: 1 },
  );
});
const scalar = {
  add: (a: number, b: number) => (a + b) | 0,
  sub: (a: number, b: number) => (a - b) | 0,
  mul: Math.imul,
  xor: (a: number, b: number) => a ^ b,
  and: (a: number, b: number) => a & b,
};

describe("shared memory", () => {
  it("atomics load, store and add; a wait on a changed word returns at once", () => {
    const { f, memory } = compiled(
      [I32],
      (fn, x) => {
        fn.storeAtomic(I32.of(64), x, 4);
        fn.store(I32.of(0), fn.fetchAdd(I32.of(68), I32.of(5)));
        fn.waitWhile(I32.of(68), x, 60_000_000_000);
        fn.waitWhile(I32.of(68), x.add(5), 1000);
        fn.notifyAll(I32.of(68));
        return I32.load(I32.of(0))
          .mul(1000)
          .add(I32.loadAtomic(I32.of(64), 4));
      },
      { result: I32, shared: true },
    );
    const started = performance.now();
    expect(f(7)).toBe(7012);
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("waits of every length validate", () => {
    for (const nanoseconds of [0, 1, 63, 64, 127, 128, 8191, 8192, 50_000_000, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      expect(() => compiled([I32], (fn, x) => void fn.waitWhile(x, x, nanoseconds), { shared: true })).not.toThrow();
    }
  });
});

it("stores every kind at an offset", () => {
  const { f, memory } = compiled([], (fn) => {
    fn.store(I32.of(4), I32.of(-5), 4);
    fn.store(I32.of(4), F32.of(0.1), 8);
    fn.store(I32.of(8), F64.of(0.1), 8);
    fn.store(I32.of(0), F32x4.splat(3), 1024);
    return undefined;
  });
  f();
  const view = new DataView(memory.buffer);
  expect(view.getInt32(8, true)).toBe(-5);
  expect(view.getFloat32(12, true)).toBe(Math.fround(0.1));
  expect(view.getFloat64(16, true)).toBe(0.1);
  expect(view.getFloat32(1036, true)).toBe(3);
});
