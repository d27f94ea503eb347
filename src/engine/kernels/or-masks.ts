import { type FunctionRef, I32, type Module } from "../wasm/index.ts";

/** All bits where either mask has them: `call(to, a, b, count)`. */
export function orMasks(module: Module): FunctionRef {
  return module.function("orMasks", [I32, I32, I32, I32], (fn, to, a, b, count) => {
    fn.loop(0, count.mul(4), 4, (i) => {
      const both = I32.load(a.add(i)).add(I32.load(b.add(i)));
      fn.store(to.add(i), I32.of(0).sub(both.notEquals(0)));
    });
    return undefined;
  });
}
