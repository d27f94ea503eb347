import { F32x4, type Fn, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";

/** A body run for each vector of four features of a row. */
export function vectors(fn: Fn, width: number, body: (byte: I32) => void): void {
  fn.loop(0, 4 * width, 16, body);
}

/** Walks pointers along rows: the body gets one address for each pointer, stepping by its stride (floats). */
export function eachRow(
  fn: Fn,
  count: I32,
  pointers: readonly (readonly [address: I32, stride: number])[],
  body: (...at: I32[]) => void,
): void {
  const at = pointers.map(([address]) => fn.variable(I32, address));
  fn.loop(0, count, 1, () => {
    body(...at.map((variable) => variable.get));
    at.forEach((variable, i) => {
      variable.set(variable.get.add(4 * pointers[i][1]));
    });
  });
}

/** Writes one row of numbers into each row of a matrix: `call(to, row, rows)`. */
export function fillRows(module: Module, width: number, stride: number): FunctionRef {
  return module.function(`fillRows ${width} ${stride}`, [I32, I32, I32], (fn, to, row, rows) => {
    eachRow(fn, rows, [[to, stride]], (at) => vectors(fn, width, (j) => fn.store(at.add(j), F32x4.load(row.add(j)))));
    return undefined;
  });
}

/** Adds up the rows of a matrix, in their order: `call(from, sums, rows)` adds to the sums. */
export function columnSums(module: Module, width: number, stride: number): FunctionRef {
  return module.function(`columnSums ${width} ${stride}`, [I32, I32, I32], (fn, from, sums, rows) => {
    const block = (column: I32, count: number) => {
      const to = fn.let(sums.add(column));
      const totals = Array.from({ length: count }, (_, i) => fn.variable(F32x4, F32x4.load(to, 16 * i)));
      eachRow(fn, rows, [[from.add(column), stride]], (at) =>
        totals.forEach((total, i) => {
          total.set(total.get.add(F32x4.load(at, 16 * i)));
        }),
      );
      totals.forEach((total, i) => {
        fn.store(to, total.get, 16 * i);
      });
    };
    const whole = width - (width % 32);
    fn.loop(0, 4 * whole, 128, (column) => block(column, 8));
    if (whole < width) block(I32.of(4 * whole), (width - whole) / 4);
    return undefined;
  });
}

/** to = a * b element by element over rows; `add` adds to what is there: `call(to, a, b, rows)`. */
export function multiplyRows(
  module: Module,
  width: number,
  strides: { to: number; a: number; b: number },
  add = false,
): FunctionRef {
  const name = `multiplyRows ${width} ${strides.to} ${strides.a} ${strides.b} ${add}`;
  return module.function(name, [I32, I32, I32, I32], (fn, to, a, b, rows) => {
    eachRow(
      fn,
      rows,
      [
        [to, strides.to],
        [a, strides.a],
        [b, strides.b],
      ],
      (toAt, aAt, bAt) =>
        vectors(fn, width, (j) => {
          const value = F32x4.load(aAt.add(j)).mul(F32x4.load(bAt.add(j)));
          fn.store(toAt.add(j), add ? F32x4.load(toAt.add(j)).add(value) : value);
        }),
    );
    return undefined;
  });
}

/** Copies rows; `add` adds them instead: `call(to, from, rows)`. */
export function copyRows(
  module: Module,
  width: number,
  strides: { to: number; from: number },
  add = false,
): FunctionRef {
  const name = `copyRows ${width} ${strides.to} ${strides.from} ${add}`;
  return module.function(name, [I32, I32, I32], (fn, to, from, rows) => {
    eachRow(
      fn,
      rows,
      [
        [to, strides.to],
        [from, strides.from],
      ],
      (toAt, fromAt) =>
        vectors(fn, width, (j) => {
          const value = F32x4.load(fromAt.add(j));
          fn.store(toAt.add(j), add ? F32x4.load(toAt.add(j)).add(value) : value);
        }),
    );
    return undefined;
  });
}

/** Whether any of the features of some rows is not zero: `call(from, rows)`. */
export function anyNonZero(module: Module, width: number, stride: number): FunctionRef {
  return module.function(
    `anyNonZero ${width} ${stride}`,
    [I32, I32],
    (fn, from, rows) => {
      const bits = fn.variable(I32x4, I32x4.splat(0));
      eachRow(fn, rows, [[from, stride]], (at) =>
        vectors(fn, width, (j) => bits.set(bits.get.or(I32x4.load(at.add(j))))),
      );
      // Twice any word: a negative zero is a zero.
      return bits.get.add(bits.get).anyTrue();
    },
    { result: I32 },
  );
}
