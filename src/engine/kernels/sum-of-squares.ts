import { F32x4, F64, type FunctionRef, I32, type Module } from "../wasm/index.ts";

/** The sum of squares, in float64, in one order: `call(from, bytes)`. */
export function sumOfSquares(module: Module): FunctionRef {
  return module.function(
    "sumOfSquares",
    [I32, I32],
    (fn, from, bytes) => {
      const total = fn.variable(F64, F64.of(0));
      fn.loop(0, bytes, 16, (i) => {
        const x = fn.let(F32x4.load(from.add(i)));
        for (let lane = 0; lane < 4; lane++) {
          const value = fn.let(x.lane(lane).toF64());
          total.set(total.get.add(value.mul(value)));
        }
      });
      return total.get;
    },
    { result: F64 },
  );
}
