import { F32, F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { padded } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

/**
 * Fills gate rows from rows picked by number, and the blocks behind them from one row of biases:
 * `call(from, numbers, order, numberBytes, biasRow, to, rows)`: the number of row r is at numbers + order[r] *
 * numberBytes.
 */
export function copyNumbered(
  module: Module,
  shape: { readonly width: number; readonly gateWidth: number; readonly from: number; readonly to: number },
): FunctionRef {
  const { width, gateWidth } = shape;
  return module.function(
    `copyNumbered ${width} ${gateWidth} ${shape.from} ${shape.to}`,
    [I32, I32, I32, I32, I32, I32, I32],
    (fn, from, numbers, order, numberBytes, biasRow, to, rows) => {
      const pointers = [
        [to, shape.to],
        [order, 1],
      ] as const;
      eachRow(fn, rows, pointers, (row, place) => {
        const number = I32.load(numbers.add(I32.load(place).mul(numberBytes)));
        const source = fn.let(from.add(number.mul(4 * shape.from)));
        vectors(fn, width, (j) => fn.store(row.add(j), F32x4.load(source.add(j))));
        fn.loop(4 * width, 4 * gateWidth, 16, (j) => fn.store(row.add(j), F32x4.load(biasRow.add(j))));
      });
      return undefined;
    },
  );
}

/**
 * The sum of the rows whose addresses are listed, in their order, times a factor: `call(first, end, to, factor)`, with
 * addresses of four bytes from `first` up to `end`; no addresses give zeros.
 */
export function sumRows(module: Module, width: number): FunctionRef {
  return module.function(`sumRows ${width}`, [I32, I32, I32, F32], (fn, first, end, to, factor) => {
    const scale = fn.let(F32x4.splat(factor));
    const block = (column: I32, count: number) => {
      const sums = Array.from({ length: count }, () => fn.variable(F32x4, F32x4.splat(0)));
      fn.loop(first, end, 4, (at) => {
        const row = fn.let(I32.load(at).add(column));
        sums.forEach((sum, v) => {
          sum.set(sum.get.add(F32x4.load(row, 16 * v)));
        });
      });
      const out = fn.let(to.add(column));
      sums.forEach((sum, v) => {
        fn.store(out, sum.get.mul(scale), 16 * v);
      });
    };
    const whole = width - (width % 32);
    fn.loop(0, 4 * whole, 128, (column) => block(column, 8));
    if (whole < width) block(I32.of(4 * whole), (width - whole) / 4);
    return undefined;
  });
}

/** to += from, one row of features: `call(from, to)`. */
export function addRow(module: Module, features: number): FunctionRef {
  return module.function(`addRow ${features}`, [I32, I32], (fn, from, to) => {
    vectors(fn, padded(features), (j) => fn.store(to.add(j), F32x4.load(to.add(j)).add(F32x4.load(from.add(j)))));
    return undefined;
  });
}
