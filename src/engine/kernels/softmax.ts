import { F32, F32x4, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { exp } from "./formulas.ts";
import { tailMask } from "./gather.ts";
import { padded, stride } from "./layout.ts";
import { eachRow } from "./rows.ts";

/** Runs a body for each vector of the real features of a row, with pads shown as `pad`. */
export function realVectors(
  fn: Fn,
  row: I32,
  features: number,
  pad: F32x4,
  body: (value: F32x4, byte: I32) => void,
): void {
  const whole = features - (features % 4);
  fn.loop(0, 4 * whole, 16, (j) => body(fn.let(F32x4.load(row.add(j))), j));
  if (whole < features) {
    const mask = tailMask(features, whole / 4);
    body(fn.let(mask.select(F32x4.load(row, 4 * whole), pad)), I32.of(4 * whole));
  }
}

/** The largest of a row, and the sum of exp(x - largest), in one fixed order. */
export function logSumExpParts(fn: Fn, row: I32, features: number): { largest: F32x4; total: F32 } {
  const lowest = F32x4.splat(-3.4e38);
  const top = fn.variable(F32x4, lowest);
  realVectors(fn, row, features, lowest, (x) => top.set(x.max(top.get)));
  const largest = fn.let(
    top.get
      .lane(0)
      .max(top.get.lane(1))
      .max(top.get.lane(2).max(top.get.lane(3)))
      .splat(),
  );
  const sums = fn.variable(F32x4, F32x4.splat(0));
  realVectors(fn, row, features, lowest, (x) => sums.set(sums.get.add(exp(fn, fn.let(x.sub(largest))))));
  // The pads of the last vector added exp(-87), which is below the last place of any sum.
  return { largest, total: fn.let(sums.get.sum()) };
}

/** y = exp(x) / sum of exp over each row's features: `call(x, y, rows)`. */
export function softmax(module: Module, features: number): FunctionRef {
  return module.function(`softmax ${features}`, [I32, I32, I32], (fn, x, y, rows) => {
    const pointers = [
      [x, stride(features)],
      [y, stride(features)],
    ] as const;
    eachRow(fn, rows, pointers, (xRow, yRow) => {
      const { largest, total } = logSumExpParts(fn, xRow, features);
      const inverse = fn.let(F32.of(1).div(total).splat());
      for (let v = padded(features) - 8; v < padded(features); v += 4) fn.store(yRow, F32x4.splat(0), 4 * v);
      realVectors(fn, xRow, features, F32x4.splat(-3.4e38), (value, j) => {
        const p = exp(fn, fn.let(value.sub(largest))).mul(inverse);
        fn.store(yRow.add(j), j.known === undefined ? p : tailMask(features, j.known / 16).keep(p));
      });
    });
    return undefined;
  });
}

/** dx = y * (dy - sum(y * dy)): `call(y, dy, dx, rows)`. */
export function softmaxBackward(module: Module, features: number, add: boolean): FunctionRef {
  return module.function(`softmaxBackward ${features} ${add}`, [I32, I32, I32, I32], (fn, y, dy, dx, rows) => {
    const pointers = [
      [y, stride(features)],
      [dy, stride(features)],
      [dx, stride(features)],
    ] as const;
    eachRow(fn, rows, pointers, (yRow, dyRow, dxRow) => {
      const dot = fn.variable(F32x4, F32x4.splat(0));
      fn.loop(0, 4 * padded(features), 16, (j) =>
        dot.set(F32x4.load(yRow.add(j)).mulAdd(F32x4.load(dyRow.add(j)), dot.get)),
      );
      const mean = fn.let(dot.get.sum().splat());
      fn.loop(0, 4 * padded(features), 16, (j) => {
        const value = F32x4.load(yRow.add(j)).mul(F32x4.load(dyRow.add(j)).sub(mean));
        fn.store(dxRow.add(j), add ? F32x4.load(dxRow.add(j)).add(value) : value);
      });
    });
    return undefined;
  });
}
