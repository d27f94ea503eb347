// Many orthonormal vectors: one after another each would go through all before it, which come from far away in memory.

import { breatheNow } from "../../base/index.ts";
import { F64x2 } from "../wasm/double-vectors.ts";
import { F64, type Fn, type FunctionRef, I32, Module } from "../wasm/index.ts";

/** Vectors made orthogonal at once, and those that they are made orthogonal to: as many as registers hold. */
const [TAKEN, GIVEN] = [2, 4];

/**
 * Makes vectors orthogonal to others, which have length 1: `call(from, to, others, end, bytes)` for those from `from` to
 * below `to`, two at a time, and from `others` to below `end`, four at a time; a vector has `bytes` bytes, a multiple of 16.
 */
export function removeBlocks(module: Module): FunctionRef {
  const tile = removeTile(module);
  return module.function("removeBlocks", [I32, I32, I32, I32, I32], (fn, from, to, others, end, bytes) => {
    const [two, four] = [fn.let(bytes.mul(TAKEN)), fn.let(bytes.mul(GIVEN))];
    fn.loop(others, end, four, (given) => fn.loop(from, to, two, (taken) => fn.call(tile, taken, given, bytes)));
    return undefined;
  });
}

function removeTile(module: Module): FunctionRef {
  return module.function("removeTile", [I32, I32, I32], (fn, taken, given, bytes) => {
    const places = (first: I32, count: number) =>
      Array.from({ length: count }, (_, i) => fn.let(first.add(bytes.mul(i))));
    const [vectors, others] = [places(taken, TAKEN), places(given, GIVEN)];
    const zero = fn.let(F64x2.splat(F64.of(0)));
    const sums = vectors.map(() => others.map(() => fn.variable(F64x2, zero)));
    fn.loop(0, bytes, 16, (i) => {
      const values = vectors.map((vector) => fn.let(F64x2.load(vector.add(i))));
      others.forEach((other, o) => {
        const value = fn.let(F64x2.load(other.add(i)));
        values.forEach((own, v) => {
          sums[v][o].set(sums[v][o].get.add(own.mul(value)));
        });
      });
    });
    for (const sum of sums.flat()) sum.set(F64x2.splat(sum.get.lane(0).add(sum.get.lane(1))));
    fn.loop(0, bytes, 16, (i) => {
      const values = others.map((other) => fn.let(F64x2.load(other.add(i))));
      vectors.forEach((vector, v) => {
        const left = values.reduce((rest, value, o) => rest.sub(sums[v][o].get.mul(value)), F64x2.load(vector.add(i)));
        fn.store(vector.add(i), left);
      });
    });
    return undefined;
  });
}

/** Vectors that stay in the second-level cache while those before go by. */
const BLOCK = 32;

type Call = (...values: number[]) => void;

function remover(memory: object): Call {
  const module = new Module({ fma: false }, { shared: false });
  const remove = removeBlocks(module);
  const parameters = [I32, I32, I32, I32, I32];
  const call = (fn: Fn, ...values: I32[]) => {
    fn.call(remove, ...values);
    return undefined;
  };
  module.function("remove", parameters, call, { export: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), {
    env: { memory: memory as WebAssembly.Memory },
  });
  return exports.remove as Call;
}

/**
 * Makes vectors orthonormal in place, in their order; behind them lies a vector of zeros. `orthonormal`: the kernel that
 * does so one after another; `at`: where each lies in a `WebAssembly.Memory`, whose type comes with the DOM.
 */
export async function orthonormalizeBlocks(
  memory: object,
  orthonormal: Call,
  vectors: { at(row: number): number; readonly count: number; readonly padded: number },
): Promise<void> {
  const { at, count, padded } = vectors;
  const remove = remover(memory);
  for (let from = 0; from < count; from += BLOCK) {
    const to = Math.min(count, from + BLOCK);
    // Once: where little is left of a vector, what errors leave of the others is larger beside it, but far below float32.
    for (let before = 0; before < from; before += BLOCK) {
      remove(at(from), at(to), at(before), at(before + BLOCK), 8 * padded);
      await breatheNow();
    }
    for (let row = 0; row < to - from; row++) {
      orthonormal(at(from), count - from, padded, row);
      await breatheNow();
    }
  }
}
