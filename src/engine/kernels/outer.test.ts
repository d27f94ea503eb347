import { describe, expect, it } from "vitest";
import { Bench, spread } from "../../../test/engine/kernel.ts";
import { closeBy, sameBits, uniform, whole } from "../../../test/engine/numbers.ts";
import { tileTargets } from "../../../test/engine/targets.ts";
import { multiply, packed, transposed, unpacked } from "./matrix.twin.ts";
import { outer } from "./outer.ts";
import { transpose, transposeSize } from "./transpose.ts";

/** C + transpose(A) * G by the kernel, in chunks of rows. */
function run(
  bench: Bench,
  shape: { inner: number; columns: number; rows: number; gap?: number; chunk?: number },
  a: ArrayLike<number>,
  g: ArrayLike<number>,
  c: ArrayLike<number>,
): Float32Array {
  const { inner, columns, rows, gap = 0, chunk = rows } = shape;
  bench.clear();
  const of = { inner, columns, strideA: inner + gap, strideG: columns + 4 * gap };
  const left = bench.floats(spread(a, { rows, features: inner, padded: inner, stride: of.strideA }));
  const right = bench.floats(spread(g, { rows, features: columns, padded: columns, stride: of.strideG }));
  const out = bench.floats(packed(c, inner, columns));
  for (let row = 0; row < rows || row === 0; row += Math.max(1, chunk)) {
    const count = Math.min(chunk, rows - row);
    const [from, to] = [left.address + 4 * row * of.strideA, right.address + 4 * row * of.strideG];
    bench.call(JSON.stringify(of), (module) => outer(module, of), from, to, out, count);
  }
  return unpacked(out.data, inner, columns);
}

describe.each(tileTargets)("%s", (_, target) => {
  const bench = new Bench(target);

  it("outer is exact on whole numbers for every height, width and number of rows", () => {
    const most = { a: whole(1, 9 * 33), g: whole(2, 9 * 72), c: whole(3, 33 * 72) };
    for (let inner = 1; inner <= 33; inner++) {
      for (let columns = 8; columns <= 72; columns += inner % 3 === 0 ? 8 : 24) {
        for (const rows of [0, 1, 2, 3, 7, 9]) {
          const [a, g, c] = [
            most.a.subarray(0, rows * inner),
            most.g.subarray(0, rows * columns),
            most.c.subarray(0, inner * columns),
          ];
          const expected = multiply(transposed(a, rows, inner), g, { rows: inner, inner: rows, columns }, c);
          const found = run(bench, { inner, columns, rows, gap: inner % 2 }, a, g, c);
          expect(
            sameBits(
              found,
              Float32Array.from(expected, (x) => x + 0),
            ),
            `${inner}x${columns}, ${rows}`,
          ).toBe("");
        }
      }
    }
  });

  it("outer adds the rows in their order, so chunks change no bit", () => {
    const [inner, columns, rows] = [19, 24, 29];
    const [a, g, c] = [uniform(1, rows * inner), uniform(2, rows * columns), uniform(3, inner * columns)];
    const once = run(bench, { inner, columns, rows }, a, g, c);
    const expected = multiply(transposed(a, rows, inner), g, { rows: inner, inner: rows, columns }, c);
    expect(closeBy(once, expected, 1e-6)).toBe("");
    for (const chunk of [1, 4, 8, 28]) {
      expect(sameBits(run(bench, { inner, columns, rows, chunk }, a, g, c), once)).toBe("");
    }
  });

  it("transpose turns every shape and writes no pads", () => {
    for (const rows of [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33]) {
      for (const columns of [8, 16, 24, 72]) {
        bench.clear();
        const matrix = whole(1, rows * columns, 1000);
        const from = bench.floats(packed(matrix, rows, columns));
        const to = bench.floats(new Float32Array(transposeSize(rows, columns)));
        bench.call(`transpose ${rows} ${columns}`, (module) => transpose(module, rows, columns), from, to);
        expect(sameBits(to.data, packed(transposed(matrix, rows, columns), columns, rows))).toBe("");
      }
    }
  });
});
