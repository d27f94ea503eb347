import { F32, F32x4, type FunctionRef, I32, I32x4, type Module } from "../wasm/index.ts";
import { padded, stride } from "./layout.ts";
import { eachRow, vectors } from "./rows.ts";

export type MergeKind = "add" | "subtract" | "multiply";

/**
 * to = factor * (a + b + ...), or with - or * instead of +, element by element over rows of as many features:
 * `call(to, a, b, ..., rows)`; `add` adds to what is there.
 */
export function mergeRows(
  module: Module,
  options: { readonly features: number; readonly kind: MergeKind; readonly count: number; factor?: number },
  add = false,
): FunctionRef {
  const { features, kind, count, factor = 1 } = options;
  const name = `mergeRows ${features} ${kind} ${count} ${factor} ${add}`;
  const parameters = Array.from({ length: count + 2 }, () => I32);
  return module.function(name, parameters, (fn, ...given) => {
    const rows = given[count + 1];
    const pointers = given.slice(0, -1).map((at) => [at, stride(features)] as const);
    eachRow(fn, rows, pointers, (to, first, ...others) =>
      vectors(fn, padded(features), (j) => {
        const all = others.reduce((sum, at) => merged[kind](sum, F32x4.load(at.add(j))), F32x4.load(first.add(j)));
        const value = factor === 1 ? all : all.mul(fn.splat(factor));
        fn.store(to.add(j), add ? F32x4.load(to.add(j)).add(value) : value);
      }),
    );
    return undefined;
  });
}

const merged = {
  add: (a: F32x4, b: F32x4) => a.add(b),
  subtract: (a: F32x4, b: F32x4) => a.sub(b),
  multiply: (a: F32x4, b: F32x4) => a.mul(b),
} as const;

interface Columns {
  /** Features copied. */
  readonly count: number;
  /** Features of a row on either side, and the first column copied. */
  readonly to: { readonly features: number; readonly first: number };
  readonly from: { readonly features: number; readonly first: number };
  readonly add?: boolean;
}

/**
 * Copies some columns of rows to some others, or adds them: `call(to, from, rows)`. Where the last column of a row is
 * written, its pads become zero.
 */
export function copyColumns(module: Module, { count, to, from, add = false }: Columns): FunctionRef {
  const name = `copyColumns ${count} ${to.features} ${to.first} ${from.features} ${from.first} ${add}`;
  return module.function(name, [I32, I32, I32], (fn, target, source, rows) => {
    const whole = count - (count % 4);
    const pointers = [
      [target.add(4 * to.first), stride(to.features)],
      [source.add(4 * from.first), stride(from.features)],
    ] as const;
    eachRow(fn, rows, pointers, (toAt, fromAt) => {
      vectors(fn, whole, (j) => {
        const value = F32x4.load(fromAt.add(j));
        fn.store(toAt.add(j), add ? F32x4.load(toAt.add(j)).add(value) : value);
      });
      for (let j = whole; j < count; j++) {
        const value = F32.load(fromAt, 4 * j);
        fn.store(toAt, add ? F32.load(toAt, 4 * j).add(value) : value, 4 * j);
      }
      if (add || to.first + count < to.features) return;
      for (let j = count; to.first + j < padded(to.features); j++) fn.store(toAt, F32.of(0), 4 * j);
    });
    return undefined;
  });
}

/** Rows whose mask word is set; `other` in place of the rest: `call(to, from, mask, rows)`; `add` adds instead. */
export function keepRows(module: Module, features: number, add = false, other: 0 | 1 = 0): FunctionRef {
  const name = `keepRows ${features} ${add} ${other}`;
  return module.function(name, [I32, I32, I32, I32], (fn, to, from, mask, rows) => {
    const pointers = [
      [to, stride(features)],
      [from, stride(features)],
      [mask, 1],
    ] as const;
    const rest = fn.splat(other);
    eachRow(fn, rows, pointers, (toAt, fromAt, maskAt) => {
      const alive = fn.let(I32x4.loadSplat(maskAt));
      vectors(fn, padded(features), (j) => {
        const given = F32x4.load(fromAt.add(j));
        const value = other === 0 ? alive.keep(given) : alive.select(given, rest);
        fn.store(toAt.add(j), add ? F32x4.load(toAt.add(j)).add(value) : value);
      });
    });
    return undefined;
  });
}
