import { F32, F32x4, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { exp } from "./formulas.ts";
import { tailMask } from "./gather.ts";
import { padded, stride } from "./layout.ts";
import { logSumExpParts } from "./log-sum-exp.ts";
import { eachRow } from "./rows.ts";
import { realVectors } from "./softmax.ts";

/** Runs a body for each vector of a row's exp(x) / sum of exp, pads included, which are 0. */
export function eachShare(fn: Fn, row: I32, features: number, body: (share: F32x4, byte: I32) => void): void {
  const { largest, total } = logSumExpParts(fn, row, features);
  const inverse = fn.let(F32.of(1).div(total).splat());
  realVectors(fn, row, features, F32x4.splat(-3.4e38), (value, j) => {
    const p = exp(fn, fn.let(value.sub(largest))).mul(inverse);
    body(fn.let(j.known === undefined ? p : tailMask(features, j.known / 16).keep(p)), j);
  });
  for (let v = 4 * Math.ceil(features / 4); v < padded(features); v += 4) body(F32x4.splat(0), I32.of(4 * v));
}

/** y = exp(x) / sum of exp over each row's features: `call(x, y, rows)`. In place where y is x. */
export function softmax(module: Module, features: number, row = stride(features)): FunctionRef {
  return module.function(`softmax ${features} ${row}`, [I32, I32, I32], (fn, x, y, rows) => {
    const pointers = [
      [x, row],
      [y, row],
    ] as const;
    eachRow(fn, rows, pointers, (xRow, yRow) =>
      eachShare(fn, xRow, features, (share, j) => fn.store(yRow.add(j), share)),
    );
    return undefined;
  });
}

/** dx = y * (dy - sum(y * dy)): `call(y, dy, dx, rows)`. In place where dx is dy. */
export function softmaxBackward(module: Module, features: number, add: boolean, row = stride(features)): FunctionRef {
  return module.function(`softmaxBackward ${features} ${add} ${row}`, [I32, I32, I32, I32], (fn, y, dy, dx, rows) => {
    const pointers = [
      [y, row],
      [dy, row],
      [dx, row],
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
