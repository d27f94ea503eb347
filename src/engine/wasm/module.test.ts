import { afterEach, expect, it } from "vitest";
import { F32, F32x4, features, I32, Module, probeAgain } from "./index.ts";

it("writes a function once for each name", () => {
  const module = new Module({ fma: false }, { shared: false });
  let written = 0;
  const make = () =>
    module.function(
      "one",
      [I32],
      (_, a) => {
        written++;
        return a.add(1);
      },
      { result: I32, export: true },
    );
  expect(make()).toBe(make());
  expect(written).toBe(1);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), {
    env: { memory: new WebAssembly.Memory({ initial: 1 }) },
  });
  expect(Object.keys(exports)).toEqual(["one"]);
});

it("a function written while another is being written keeps both numbers right", () => {
  const module = new Module({ fma: false }, { shared: false });
  module.function(
    "outer",
    [I32],
    (fn, a) => {
      const inner = module.function("inner", [I32], (_, b) => b.mul(7), { result: I32 });
      const second = module.function("second", [I32, I32], (_, b, c) => b.sub(c), { result: I32 });
      return fn.callFor(I32, second, fn.callFor(I32, inner, a), I32.of(1));
    },
    { result: I32, export: true },
  );
  const { outer } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), {
    env: { memory: new WebAssembly.Memory({ initial: 1 }) },
  }).exports;
  expect((outer as (a: number) => number)(6)).toBe(41);
});

it("hundreds of functions validate and call each other", () => {
  const module = new Module({ fma: false }, { shared: false });
  let last = module.function("f0", [I32], (_, a) => a, { result: I32 });
  for (let i = 1; i <= 300; i++) {
    const inner = last;
    last = module.function(`f${i}`, [I32], (fn, a) => fn.callFor(I32, inner, a).add(i), {
      result: I32,
      export: i === 300,
    });
  }
  const { f300 } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), {
    env: { memory: new WebAssembly.Memory({ initial: 1 }) },
  }).exports;
  expect((f300 as (a: number) => number)(0)).toBe(45150);
});

it("refuses a memory of the other kind: shared is part of the module", () => {
  const code = (shared: boolean) => {
    const module = new Module({ fma: false }, { shared });
    module.function("f", [F32], (_, a) => a, { result: F32, export: true });
    return new WebAssembly.Module(module.finish());
  };
  const own = new WebAssembly.Memory({ initial: 1 });
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  expect(() => new WebAssembly.Instance(code(true), { env: { memory: shared } })).not.toThrow();
  expect(() => new WebAssembly.Instance(code(true), { env: { memory: own } })).toThrow(WebAssembly.LinkError);
  expect(() => new WebAssembly.Instance(code(false), { env: { memory: shared } })).toThrow(WebAssembly.LinkError);
});

it("is empty when nothing was added", () => {
  expect(WebAssembly.validate(new Module({ fma: false }, { shared: false }).finish())).toBe(true);
});

it("a fused module validates where the probe says so, and only there", () => {
  const module = new Module({ fma: true }, { shared: false });
  module.function("f", [I32], (fn, at) => {
    fn.store(at, F32x4.load(at).mulAdd(F32x4.load(at), F32x4.load(at)));
    return undefined;
  });
  expect(WebAssembly.validate(module.finish())).toBe(features().fma);
});

const page = globalThis as { crossOriginIsolated?: boolean };
afterEach(() => {
  delete page.crossOriginIsolated;
  probeAgain();
});

it("a page that is not isolated has no threads", () => {
  probeAgain();
  expect(features().threads).toBe(true);
  expect(features()).toBe(features());
  page.crossOriginIsolated = false;
  expect(features().threads).toBe(true);
  probeAgain();
  expect(features()).toMatchObject({ threads: false, simd: true });
  page.crossOriginIsolated = true;
  probeAgain();
  expect(features().threads).toBe(true);
});
