import { type Fn, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { PANEL } from "./layout.ts";
import { eachRow } from "./rows.ts";

/** The mixing of `base/random.ts`, on four lanes. */
export function mixLanes(fn: Fn, x: I32x4): I32x4 {
  const a = fn.let(x);
  const b = fn.let(a.xor(a.shiftRightUnsigned(16)).mul(fn.splatInteger(0x7feb352d)));
  const c = fn.let(b.xor(b.shiftRightUnsigned(15)).mul(fn.splatInteger(0x846ca68b | 0)));
  return c.xor(c.shiftRightUnsigned(16));
}

/** The scalar mixing: used to make the key of a step inside the program. */
export function mixScalar(fn: Fn, x: I32): I32 {
  const a = fn.let(x);
  const b = fn.let(a.xor(a.shiftRight(16)).mul(0x7feb352d));
  const c = fn.let(b.xor(b.shiftRight(15)).mul(0x846ca68b | 0));
  return fn.let(c.xor(c.shiftRight(16)));
}

/**
 * Writes rows of keep factors, 0 or 1 / (1 - rate): a unit is dropped when its 24 random bits are below rate * 2^24.
 * The element counter is (order[row] + block * 65536) * padded width + column, so a row's factors follow it into any
 * slice. `call(to, order, block, keyFirst, keySecond, rows)`.
 */
export function dropoutMask(module: Module, width: number, stride: number, rate: number): FunctionRef {
  return module.function(
    `dropoutMask ${width} ${stride} ${rate}`,
    [I32, I32, I32, I32, I32, I32],
    (fn, to, order, block, keyFirst, keySecond, rows) => {
      const element = fn.variable(I32x4);
      const second = fn.let(I32x4.splat(keySecond));
      const threshold = fn.splatInteger(Math.round(rate * 16777216));
      const pointers = [
        [to, stride],
        [order, 1],
      ] as const;
      eachRow(fn, rows, pointers, (at, number) => {
        const first = I32.load(number)
          .add(block.mul(65536))
          .mul(Math.ceil(width / PANEL) * PANEL);
        element.set(I32x4.splat(first.add(keyFirst)).add(I32x4.of(0, 1, 2, 3)));
        fn.loop(0, 4 * Math.ceil(width / PANEL) * PANEL, 16, (j) => {
          const bits = mixLanes(fn, mixLanes(fn, element.get).xor(second)).shiftRightUnsigned(8);
          fn.store(at.add(j), threshold.greater(bits).drop(fn.splat(1 / (1 - rate))));
          element.set(element.get.add(fn.splatInteger(4)));
        });
      });
      return undefined;
    },
  );
}
