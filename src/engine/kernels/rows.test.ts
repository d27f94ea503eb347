import { describe, expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { sameBits, uniform, whole } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { reduceSlices, sumOfSquares } from "./reduce.ts";
import { columnSums, copyRows, fillRows, multiplyRows } from "./rows.ts";

const bench = new Bench(targets[0][1]);
const shapes = [8, 16, 24, 32, 40, 64, 72, 104].flatMap((width) => [0, 1, 2, 3, 7].map((rows) => ({ width, rows })));
const full = (data: ArrayLike<number>, width: number, rows: number, stride: number) =>
  spread(data, { rows, features: width, padded: width, stride });

describe("rows", () => {
  it.each(shapes)("fill, copy and add: %o", ({ width, rows }) => {
    bench.clear();
    const [wide, wider] = [width + 8, width + 16];
    const row = bench.floats(whole(1, width));
    const other = bench.floats(full(whole(2, rows * width), width, rows, wider));
    const to = bench.floats(rows * wide);
    const real = () => gathered(to.data, { rows, features: width, stride: wide });
    bench.call(`fill ${width}`, (module) => fillRows(module, width, wide), to, row, rows);
    expect(
      sameBits(
        real(),
        Float32Array.from({ length: rows * width }, (_, i) => row.data[i % width]),
      ),
    ).toBe("");
    const strides = { to: wide, from: wider };
    bench.call(`copyAdd ${width}`, (module) => copyRows(module, width, strides, true), to, other, rows);
    const sum = whole(2, rows * width).map((x, i) => x + row.data[i % width]);
    expect(sameBits(real(), sum)).toBe("");
    bench.call(`copy ${width}`, (module) => copyRows(module, width, strides), to, other, rows);
    expect(sameBits(real(), whole(2, rows * width))).toBe("");
    for (let i = 0; i < to.data.length; i++) if (i % wide >= width) expect(to.data[i]).toBeNaN();
  });

  it.each(shapes)("multiply: %o", ({ width, rows }) => {
    bench.clear();
    const strides = { to: width, a: width + 8, b: width + 4 };
    const [x, y] = [whole(1, rows * width), whole(2, rows * width)];
    const a = bench.floats(full(x, width, rows, strides.a));
    const b = bench.floats(full(y, width, rows, strides.b));
    const to = bench.floats(rows * width);
    bench.call(`multiply ${width}`, (module) => multiplyRows(module, width, strides), to, a, b, rows);
    expect(
      sameBits(
        to.data,
        x.map((v, i) => v * y[i]),
      ),
    ).toBe("");
    bench.call(`multiplyAdd ${width}`, (module) => multiplyRows(module, width, strides, true), to, a, b, rows);
    expect(
      sameBits(
        to.data,
        x.map((v, i) => v * y[i] + v * y[i]),
      ),
    ).toBe("");
  });

  it.each(shapes)("column sums are added to what is there: %o", ({ width, rows }) => {
    bench.clear();
    const x = whole(1, rows * width);
    const from = bench.floats(full(x, width, rows, width + 8));
    const start = whole(2, width);
    const sums = bench.floats(start);
    bench.call(`sums ${width}`, (module) => columnSums(module, width, width + 8), from, sums, rows);
    const expected = start.map((v, j) => {
      for (let row = 0; row < rows; row++) v += x[row * width + j];
      return v;
    });
    expect(sameBits(sums.data, expected)).toBe("");
  });
});

describe("reduce", () => {
  it("adds the slices in their order, then scales", () => {
    for (const slices of [1, 2, 3, 8]) {
      for (const length of [8, 16, 40, 4096]) {
        bench.clear();
        const distance = 4 * length + 64;
        const all = new Float32Array((slices * distance) / 4).fill(Number.NaN);
        for (let s = 0; s < slices; s++) all.set(uniform(s, length), (s * distance) / 4);
        const from = bench.floats(all);
        const to = bench.floats(length);
        bench.call("reduce", reduceSlices, to, from, distance, slices, { f32: 0.3 }, 4 * length);
        const expected = uniform(0, length).map((first, i) => {
          let sum = first;
          for (let s = 1; s < slices; s++) sum = Math.fround(sum + all[(s * distance) / 4 + i]);
          return Math.fround(sum * Math.fround(0.3));
        });
        expect(sameBits(to.data, expected)).toBe("");
      }
    }
  });

  it("squares are summed in float64, in their order", () => {
    bench.clear();
    const x = uniform(3, 1000, 100);
    x[7] = 1e30;
    const from = bench.floats(x);
    let expected = 0;
    for (const value of x) expected += value * value;
    expect(bench.ask("squares", sumOfSquares, from, 4000)).toBe(expected);
    expect(bench.ask("squares", sumOfSquares, from, 0)).toBe(0);
    x.fill(Number.NaN, 999);
    expect(bench.ask("squares", sumOfSquares, bench.floats(x), 4000)).toBeNaN();
  });
});
