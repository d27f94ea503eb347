import { F32, F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";

/**
 * Adds up the gradients of the slices in their order and multiplies by a factor: `call(to, from, distance, slices,
 * factor, bytes)`, with `distance` bytes from one slice's array to the next. Bytes are a multiple of 32.
 */
export function reduceSlices(module: Module): FunctionRef {
  return module.function(
    "reduceSlices",
    [I32, I32, I32, I32, F32, I32],
    (fn, to, from, distance, slices, factor, bytes) => {
      const scale = fn.let(F32x4.splat(factor));
      fn.loop(0, bytes, 32, (i) => {
        const at = fn.variable(I32, from.add(i));
        const sums = [0, 16].map((offset) => fn.variable(F32x4, F32x4.load(at.get, offset)));
        fn.loop(1, slices, 1, () => {
          at.set(at.get.add(distance));
          sums.forEach((sum, v) => {
            sum.set(sum.get.add(F32x4.load(at.get, 16 * v)));
          });
        });
        const out = fn.let(to.add(i));
        sums.forEach((sum, v) => {
          fn.store(out, sum.get.mul(scale), 16 * v);
        });
      });
      return undefined;
    },
  );
}
