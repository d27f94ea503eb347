import { F32, F32x4, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

export type PoolKind = "max" | "mean";

/** Runs a body at each step of a window, from an address on. */
function eachPlace(fn: Fn, from: I32, places: I32, distance: I32, body: (at: I32) => void): void {
  const at = fn.variable(I32, from);
  fn.loop(0, places, 1, () => {
    body(at.get);
    at.set(at.get.add(distance));
  });
}

const shareOf = (fn: Fn, places: I32): F32x4 => fn.let(F32.of(1).div(places.toF32()).splat());

/**
 * The largest or the mean of each feature over the steps of one window, for all rows: `call(x, y, rows, places,
 * distance)`, with `places` steps from x on, and `distance` bytes from one to the next.
 */
export function poolWindow(module: Module, kind: PoolKind, features: number): FunctionRef {
  const name = `poolWindow ${kind} ${features}`;
  return module.function(name, [I32, I32, I32, I32, I32], (fn, x, y, rows, places, distance) => {
    const pointers = [
      [x, stride(features)],
      [y, stride(features)],
    ] as const;
    const share = kind === "mean" ? shareOf(fn, places) : undefined;
    eachRow(fn, rows, pointers, (from, to) =>
      vectors(fn, padded(features), (j) => {
        const result = fn.variable(F32x4, F32x4.load(from.add(j)));
        eachPlace(fn, from.add(j).add(distance), places.sub(1), distance, (at) => {
          const value = fn.let(F32x4.load(at));
          result.set(share ? result.get.add(value) : value.greater(result.get).select(value, result.get));
        });
        fn.store(to.add(j), share ? result.get.mul(share) : result.get);
      }),
    );
    return undefined;
  });
}

/**
 * Adds the gradient of a window to its steps: all of it to the first that holds the largest, as TensorFlow does, or equal
 * shares: `call(x, y, dy, dx, rows, places, distance)`.
 */
export function poolWindowBackward(module: Module, kind: PoolKind, features: number): FunctionRef {
  const name = `poolWindowBackward ${kind} ${features}`;
  const parameters = Array.from({ length: 7 }, () => I32);
  return module.function(name, parameters, (fn, x, y, dy, dx, rows, places, distance) => {
    const pointers = [
      [dy, stride(features)],
      [dx, stride(features)],
      ...(kind === "max" ? ([x, y] as const).map((at) => [at, stride(features)] as const) : []),
    ] as const;
    const share = kind === "mean" ? shareOf(fn, places) : undefined;
    eachRow(fn, rows, pointers, (dyRow, dxRow, xRow, yRow) =>
      vectors(fn, padded(features), (j) => {
        const to = fn.let(dxRow.add(j));
        const through = fn.variable(F32x4, F32x4.load(dyRow.add(j)));
        if (share) {
          const part = fn.let(through.get.mul(share));
          eachPlace(fn, to, places, distance, (at) => fn.store(at, F32x4.load(at).add(part)));
          return;
        }
        const best = fn.let(F32x4.load(yRow.add(j)));
        const from = fn.let(xRow.add(j).sub(to));
        eachPlace(fn, to, places, distance, (at) => {
          const held = fn.let(F32x4.load(at.add(from)).equals(best));
          fn.store(at, F32x4.load(at).add(held.keep(through.get)));
          through.set(held.drop(through.get));
        });
      }),
    );
    return undefined;
  });
}
