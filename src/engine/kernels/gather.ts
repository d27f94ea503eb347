import { F32, F32x4, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { flush } from "./formulas.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

const SMALLEST_NORMAL = 2 ** -126;

/**
 * Rows as the user gave them, [row][step][feature], into the engine's order, [step][row][padded feature]: the rows of
 * one step then lie together for the recurrent product. Row r of the slice is row order[r] at `from`. Denormals become
 * zeros.
 * `call(from, to, order, rows, steps)`.
 */
export function gatherRows(module: Module, features: number): FunctionRef {
  return module.function(`gatherRows ${features}`, [I32, I32, I32, I32, I32], (fn, from, to, order, rows, steps) => {
    const whole = features - (features % 4);
    fn.loop(0, steps, 1, (step) => {
      const source = fn.let(from.add(step.mul(4 * features)));
      const target = fn.let(to.add(step.mul(rows).mul(4 * stride(features))));
      const pointers = [
        [target, stride(features)],
        [order, 1],
      ] as const;
      eachRow(fn, rows, pointers, (row, number) => {
        const at = fn.let(
          source.add(
            I32.load(number)
              .mul(steps)
              .mul(4 * features),
          ),
        );
        const normal = (x: F32x4) => flush(fn, x, SMALLEST_NORMAL);
        fn.loop(0, 4 * whole, 16, (j) => fn.store(row.add(j), normal(F32x4.load(at.add(j)))));
        for (let v = whole; v < padded(features); v += 4) fn.store(row, F32x4.splat(0), 4 * v);
        for (let j = whole; j < features; j++) fn.store(row, normal(F32x4.loadSplat(at, 4 * j)).lane(0), 4 * j);
      });
    });
    return undefined;
  });
}

/** The way back: `call(from, to, order, rows, steps)` writes [row][step][feature] without pads. */
export function scatterRows(module: Module, features: number): FunctionRef {
  return module.function(`scatterRows ${features}`, [I32, I32, I32, I32, I32], (fn, from, to, order, rows, steps) => {
    const whole = features - (features % 4);
    fn.loop(0, steps, 1, (step) => {
      const source = fn.let(from.add(step.mul(rows).mul(4 * stride(features))));
      const target = fn.let(to.add(step.mul(4 * features)));
      const pointers = [
        [source, stride(features)],
        [order, 1],
      ] as const;
      eachRow(fn, rows, pointers, (row, number) => {
        const at = fn.let(
          target.add(
            I32.load(number)
              .mul(steps)
              .mul(4 * features),
          ),
        );
        fn.loop(0, 4 * whole, 16, (j) => fn.store(at.add(j), F32x4.load(row.add(j))));
        for (let j = whole; j < features; j++) fn.store(at, F32.load(row, 4 * j), 4 * j);
      });
    });
    return undefined;
  });
}

/** Tokens [row][step] into [step][row], rows as for `gatherRows`: `call(from, to, order, rows, steps)`. */
export function gatherTokens(module: Module): FunctionRef {
  return module.function("gatherTokens", [I32, I32, I32, I32, I32], (fn, from, to, order, rows, steps) => {
    const at = fn.variable(I32, to);
    fn.loop(0, steps, 1, (step) => {
      const source = fn.let(from.add(step.mul(4)));
      fn.loop(0, rows.mul(4), 4, (r) => {
        fn.store(at.get, I32.load(source.add(I32.load(order.add(r)).mul(steps).mul(4))));
        at.set(at.get.add(4));
      });
    });
    return undefined;
  });
}

/** All bits where a token is not zero: `call(tokens, mask, count)`. */
export function tokenMask(module: Module): FunctionRef {
  return module.function("tokenMask", [I32, I32, I32], (fn, tokens, mask, count) => {
    fn.loop(0, count.mul(4), 4, (i) => fn.store(mask.add(i), I32.of(0).sub(I32.load(tokens.add(i)).notEquals(0))));
    return undefined;
  });
}

/** Rows of a table by number: `call(table, tokens, to, count)`; table rows are padded(features) floats apart. */
export function lookup(module: Module, features: number): FunctionRef {
  return module.function(`lookup ${features}`, [I32, I32, I32, I32], (fn, table, tokens, to, count) => {
    const pointers = [
      [tokens, 1],
      [to, stride(features)],
    ] as const;
    eachRow(fn, count, pointers, (token, row) => {
      const source = fn.let(table.add(I32.load(token).mul(4 * padded(features))));
      vectors(fn, padded(features), (j) => fn.store(row.add(j), F32x4.load(source.add(j))));
    });
    return undefined;
  });
}

/** Floats of the table's rows that one unit of `lookupBackward` works on. */
export const lookupBlock = (features: number): number => Math.min(32, padded(features));

/**
 * Adds `scale` times the gradients of looked-up rows to the table's gradient, for one block of columns, in the order of
 * the places: `call(gradient, tokens, from, count, scale)`, with gradient and from at the block's first column.
 */
export function lookupBackward(module: Module, features: number, width: number): FunctionRef {
  return module.function(
    `lookupBackward ${features} ${width}`,
    [I32, I32, I32, I32, F32],
    (fn, gradient, tokens, from, count, scale) => {
      const factor = fn.let(F32x4.splat(scale));
      const pointers = [
        [tokens, 1],
        [from, stride(features)],
      ] as const;
      eachRow(fn, count, pointers, (token, row) => {
        const target = fn.let(gradient.add(I32.load(token).mul(4 * padded(features))));
        const values = Array.from({ length: width / 4 }, (_, v) =>
          fn.let(F32x4.load(row, 16 * v).mulAdd(factor, F32x4.load(target, 16 * v))),
        );
        values.forEach((value, v) => {
          fn.store(target, value, 16 * v);
        });
      });
      return undefined;
    },
  );
}

/** All bits in the lanes of vector `index` that hold one of the first `features` columns. */
export function tailMask(features: number, index: number): I32x4 {
  const lane = (i: number) => (4 * index + i < features ? -1 : 0);
  return I32x4.of(lane(0), lane(1), lane(2), lane(3));
}
