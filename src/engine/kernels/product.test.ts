import { describe, expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { closeBy, sameBits, uniform, whole } from "../../../test/engine/numbers.ts";
import { tileTargets } from "../../../test/engine/targets.ts";
import { multiply, packed } from "./matrix.twin.ts";
import { type ProductShape, product } from "./product.ts";

interface Case {
  readonly inner: number;
  readonly columns: number;
  readonly rows: number;
  readonly accumulate: boolean;
  /** Rows of B above and below the window that is read. */
  readonly above?: number;
  readonly below?: number;
  readonly gap?: number;
}

/** Runs the kernel on row-major matrices; C's gaps between rows must stay as they were. */
function run(bench: Bench, test: Case, a: ArrayLike<number>, b: ArrayLike<number>, c: ArrayLike<number>): Float32Array {
  const { inner, columns, rows, accumulate, above = 0, below = 0, gap = 0 } = test;
  bench.clear();
  const strideA = inner + gap;
  const strideC = columns + 4 * gap;
  const tall = above + inner + below;
  const full = new Float32Array(tall * columns).fill(Number.NaN);
  full.set(Float32Array.from(b), above * columns);
  const shape: ProductShape = { inner, columns, strideA, strideC, strideB: tall * 8, accumulate };
  const left = bench.floats(spread(a, { rows, features: inner, padded: inner, stride: strideA }));
  const right = bench.floats(packed(full, tall, columns));
  const out = bench.floats(spread(c, { rows, features: columns, padded: columns, stride: strideC }));
  const before = out.data.slice();
  bench.call(JSON.stringify(shape), (module) => product(module, shape), left, right.address + 32 * above, out, rows);
  for (let i = 0; i < before.length; i++) {
    if (i % strideC >= columns && !Object.is(out.data[i], before[i])) throw new Error(`wrote into the gap at ${i}`);
  }
  return gathered(out.data, { rows, features: columns, stride: strideC });
}

describe.each(tileTargets)("%s", (_, target) => {
  const bench = new Bench(target);

  it("is exact on whole numbers for every inner length, width and number of rows", () => {
    // Tiles of six and four rows: every remainder of both, twice.
    const mostRows = target.wide ? 20 : 9;
    const most = { a: whole(1, mostRows * 33), b: whole(2, 33 * 72), c: whole(3, mostRows * 72) };
    for (let inner = 1; inner <= 33; inner += target.wide ? 4 : 1) {
      for (let columns = 8; columns <= 72; columns += 8) {
        const accumulate = (inner + columns / 8) % 2 === 0;
        for (let rows = 0; rows <= mostRows; rows++) {
          const test = { inner, columns, rows, accumulate, gap: columns % 16 === 0 ? 1 : 0 };
          const [a, b, c] = [
            most.a.subarray(0, rows * inner),
            most.b.subarray(0, inner * columns),
            most.c.subarray(0, rows * columns),
          ];
          const expected = multiply(a, b, { rows, inner, columns }, accumulate ? c : undefined);
          expect(
            sameBits(
              run(bench, test, a, b, c),
              Float32Array.from(expected, (x) => x + 0),
            ),
            JSON.stringify(test),
          ).toBe("");
        }
      }
    }
  });

  it("reads a window of a taller matrix and nothing else", () => {
    for (const { inner, columns, above, below } of [
      { inner: 1, columns: 8, above: 0, below: 7 },
      { inner: 5, columns: 24, above: 8, below: 0 },
      { inner: 16, columns: 40, above: 16, below: 16 },
      { inner: 33, columns: 120, above: 3, below: 2 },
    ]) {
      for (const rows of [1, 3, 4, 7]) {
        for (const accumulate of [false, true]) {
          const [a, b, c] = [whole(4, rows * inner), whole(5, inner * columns), whole(6, rows * columns)];
          const expected = multiply(a, b, { rows, inner, columns }, accumulate ? c : undefined);
          const found = run(bench, { inner, columns, rows, accumulate, above, below }, a, b, c);
          expect(
            sameBits(
              found,
              Float32Array.from(expected, (x) => x + 0),
            ),
          ).toBe("");
        }
      }
    }
  });

  it("wide products cross the periods of 56 columns", () => {
    for (const columns of [48, 56, 64, 104, 112, 120, 168, 384]) {
      for (const rows of [1, 2, 5, 8]) {
        const inner = 13;
        const [a, b, c] = [whole(7, rows * inner), whole(8, inner * columns), whole(9, rows * columns)];
        const found = run(bench, { inner, columns, rows, accumulate: true }, a, b, c);
        expect(
          sameBits(
            found,
            Float32Array.from(multiply(a, b, { rows, inner, columns }, c), (x) => x + 0),
          ),
        ).toBe("");
      }
    }
  });

  it("gives a row the same bits alone and among any others, and comes close to float64", () => {
    for (const columns of [8, 40, 56, 72, 136]) {
      for (const inner of [1, 7, 33, 130]) {
        const rows = 17;
        const [a, b, c] = [uniform(1, rows * inner), uniform(2, inner * columns), uniform(3, rows * columns)];
        const together = run(bench, { inner, columns, rows, accumulate: true }, a, b, c);
        expect(closeBy(together, multiply(a, b, { rows, inner, columns }, c), 1e-6)).toBe("");
        for (const [first, count] of [
          [0, 1],
          [3, 1],
          [8, 1],
          [1, 2],
          [2, 5],
          [4, 4],
          [1, 6],
          [2, 10],
          [5, 12],
        ]) {
          const some = run(
            bench,
            { inner, columns, rows: count, accumulate: true },
            a.subarray(first * inner, (first + count) * inner),
            b,
            c.subarray(first * columns, (first + count) * columns),
          );
          expect(sameBits(some, together.subarray(first * columns, (first + count) * columns))).toBe("");
        }
      }
    }
  });

  it("NaN and infinity come through in their own row and column alone", () => {
    const [rows, inner, columns] = [6, 3, 16];
    const a = whole(1, rows * inner).map(() => 1);
    const b = whole(2, inner * columns).map(() => 1);
    a[4 * inner + 1] = Number.NaN;
    b[2 * columns + 9] = Number.POSITIVE_INFINITY;
    const found = run(bench, { inner, columns, rows, accumulate: false }, a, b, new Float32Array(rows * columns));
    found.forEach((value, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      expect(value).toBe(row === 4 ? Number.NaN : column === 9 ? Number.POSITIVE_INFINITY : 3);
    });
  });
});
