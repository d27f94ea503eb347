import { F32, F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

/** to = factor * from, element by element: `call(to, from, factor, rows)`; `add` adds instead. */
export function scaleRows(module: Module, features: number, add = false): FunctionRef {
  return module.function(`scaleRows ${features} ${add}`, [I32, I32, F32, I32], (fn, to, from, factor, rows) => {
    const scale = fn.let(F32x4.splat(factor));
    const pointers = [
      [to, stride(features)],
      [from, stride(features)],
    ] as const;
    eachRow(fn, rows, pointers, (toAt, fromAt) =>
      vectors(fn, padded(features), (j) => {
        const value = scale.mul(F32x4.load(fromAt.add(j)));
        fn.store(toAt.add(j), add ? F32x4.load(toAt.add(j)).add(value) : value);
      }),
    );
    return undefined;
  });
}
