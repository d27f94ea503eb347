import { F32, F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { stride } from "./layout.ts";
import { eachRow } from "./rows.ts";

const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));

/**
 * Deals each row's numbers, step after step, to steps of another number of features; `add` adds them to what is there.
 * Pads are left alone: `call(x, y, rows, steps)`, with the steps of x.
 */
export function regroup(module: Module, from: number, to: number, add = false): FunctionRef {
  const name = `regroup ${from} ${to} ${add}`;
  return module.function(name, [I32, I32, I32, I32], (fn, x, y, rows, steps) => {
    // So many numbers stand together before and after.
    const run = common(from, to);
    const [xStep, yStep] = [from, to].map((features) => fn.let(rows.mul(4 * stride(features))));
    fn.loop(0, steps, 1, (step) =>
      fn.loop(0, from, run, (first) => {
        const place = fn.let(step.mul(from).add(first));
        const target = fn.let(place.divUnsigned(to));
        const column = place.sub(target.mul(to));
        const pointers = [
          [x.add(step.mul(xStep)).add(first.mul(4)), stride(from)],
          [y.add(target.mul(yStep)).add(column.mul(4)), stride(to)],
        ] as const;
        eachRow(fn, rows, pointers, (xAt, yAt) => {
          const whole = run - (run % 4);
          fn.loop(0, 4 * whole, 16, (j) => {
            const value = F32x4.load(xAt.add(j));
            fn.store(yAt.add(j), add ? F32x4.load(yAt.add(j)).add(value) : value);
          });
          for (let j = whole; j < run; j++) {
            const value = F32.load(xAt, 4 * j);
            fn.store(yAt, add ? F32.load(yAt, 4 * j).add(value) : value, 4 * j);
          }
        });
      }),
    );
    return undefined;
  });
}
