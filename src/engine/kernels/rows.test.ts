import { describe, expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { sameBits, uniform, whole } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { F64, I32 } from "../wasm/index.ts";
import { addRow, copyNumbered, sumRows } from "./numbered.ts";
import { reduceSlices } from "./reduce.ts";
import { anyNonZero, columnSums, copyRows, fillRows, multiplyRows } from "./rows.ts";
import { sumOfSquares } from "./sum-of-squares.ts";

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
    expect(bench.ask("squares", sumOfSquares, F64, from, 4000)).toBe(expected);
    expect(bench.ask("squares", sumOfSquares, F64, from, 0)).toBe(0);
    x.fill(Number.NaN, 999);
    expect(bench.ask("squares", sumOfSquares, F64, bench.floats(x), 4000)).toBeNaN();
  });
});

describe("rows by number", () => {
  it.each([8, 16, 24, 40, 72])("copied with the biases behind them, summed from a list, added: width %i", (width) => {
    bench.clear();
    const [from, to, gateWidth] = [width + 8, width + 24, width + 16];
    const table = whole(1, 6 * width);
    const source = bench.floats(full(table, width, 6, from));
    const steps = 3; // numbers lie [row][step]; one step is copied
    const numbers = bench.words32(Array.from({ length: 5 * steps }, (_, i) => (i * 7) % 6));
    const order = bench.words32([4, 0, 3]);
    const biases = whole(2, gateWidth);
    const out = bench.floats(3 * to);
    const shape = { width, gateWidth, from, to };
    const copy = (module: Parameters<typeof copyNumbered>[0]) => copyNumbered(module, shape);
    const step = numbers.address + 4;
    bench.call(`numbered ${width}`, copy, source, step, order, 4 * steps, bench.floats(biases), out, 3);
    const expected = Float32Array.from({ length: 3 * to }, (_, i) => {
      const [row, j] = [Math.floor(i / to), i % to];
      if (j >= gateWidth) return Number.NaN;
      return j < width ? table[numbers.data[[4, 0, 3][row] * steps + 1] * width + j] : biases[j];
    });
    expect(sameBits(out.data, expected)).toBe("");

    const listed = [5, 0, 5, 2];
    const list = bench.words32(listed.map((row) => source.address + 4 * from * row));
    const sum = bench.floats(width);
    const add = (module: Parameters<typeof sumRows>[0]) => sumRows(module, width);
    bench.call(`sum ${width}`, add, list, list.address + 16, sum, { f32: 0.5 });
    const total = (j: number) => listed.reduce((all, row) => all + table[row * width + j], 0) / 2;
    expect(
      sameBits(
        sum.data,
        Float32Array.from({ length: width }, (_, j) => total(j)),
      ),
    ).toBe("");
    const more = (module: Parameters<typeof addRow>[0]) => addRow(module, width);
    bench.call(`more ${width}`, more, source, sum);
    expect(
      sameBits(
        sum.data,
        Float32Array.from({ length: width }, (_, j) => total(j) + table[j]),
      ),
    ).toBe("");
    bench.call(`sum ${width}`, add, list, list, sum, { f32: 0.5 });
    expect(sum.data.every((value) => value === 0)).toBe(true);
  });

  it("anyNonZero sees every lane of every row, and takes -0 for a zero", () => {
    const [rows, width, stride] = [3, 24, 32];
    for (let at = -1; at < rows * width; at++) {
      bench.clear();
      const values = new Float32Array(rows * width).fill(-0);
      if (at >= 0) values[at] = at % 2 === 0 ? Number.NaN : 2 ** -149;
      const from = bench.floats(full(values, width, rows, stride));
      const any = (module: Parameters<typeof anyNonZero>[0]) => anyNonZero(module, width, stride);
      expect(bench.ask("any", any, I32, from, rows) !== 0, `at ${at}`).toBe(at >= 0);
    }
  });
});
