import { describe, expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { sameBits, whole } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { padded, stride } from "./layout.ts";
import { copyColumns, keepRows, mergeRows } from "./merge.ts";
import { orMasks } from "./or-masks.ts";

const bench = new Bench(targets[0][1]);
const widths = [1, 3, 4, 5, 8, 9, 17, 33, 70];
const rowsOf = (data: ArrayLike<number>, rows: number, features: number) =>
  bench.floats(spread(data, { rows, features, padded: padded(features), stride: stride(features) }));
const read = (data: Float32Array, rows: number, features: number) =>
  gathered(data, { rows, features, stride: stride(features) });

describe.each(widths)("%i features", (features) => {
  const rows = 5;
  const [a, b, c] = [1, 2, 3].map((seed) => whole(seed, rows * features));

  it("are added, multiplied and averaged, over what is there or into it", () => {
    for (const kind of ["add", "subtract", "multiply"] as const) {
      for (const [factor, add] of [
        [1, false],
        [1, true],
        [0.5, true],
      ] as const) {
        bench.clear();
        const to = rowsOf(c, rows, features);
        const options = { features, kind, count: 2, factor };
        const name = `${JSON.stringify(options)} ${add}`;
        bench.call(
          name,
          (module) => mergeRows(module, options, add),
          to,
          rowsOf(a, rows, features),
          rowsOf(b, rows, features),
          rows,
        );
        const merged = { add: (x: number, y: number) => x + y, subtract: (x: number, y: number) => x - y };
        const of = kind === "multiply" ? (x: number, y: number) => x * y : merged[kind];
        const twin = a.map((x, i) => ((y) => (add ? c[i] + y : y))(factor * of(x, b[i])));
        expect(sameBits(read(to.data, rows, features), twin)).toBe("");
      }
    }
  });

  it.each([0, 1, 4, 6])("are laid beside %i others and taken back", (first) => {
    const wide = first + features;
    for (const add of [false, true]) {
      bench.clear();
      const to = bench.floats(
        spread(whole(4, rows * wide), {
          rows,
          features: wide,
          padded: padded(wide),
          stride: stride(wide),
          pad: Number.NaN,
        }),
      );
      const before = read(to.data, rows, wide);
      const copy = { count: features, to: { features: wide, first }, from: { features, first: 0 }, add };
      bench.call(
        `there ${JSON.stringify(copy)}`,
        (module) => copyColumns(module, copy),
        to,
        rowsOf(a, rows, features),
        rows,
      );
      const twin = before.map((x, i) => {
        const column = i % wide;
        if (column < first) return x;
        return a[Math.floor(i / wide) * features + column - first] + (add ? x : 0);
      });
      expect(sameBits(read(to.data, rows, wide), twin)).toBe("");
      for (let j = wide; !add && j < padded(wide); j++) expect(to.data[j]).toBe(0);
      const back = { count: features, to: { features, first: 0 }, from: { features: wide, first } };
      const found = bench.floats(rows * stride(features));
      bench.call(`back ${JSON.stringify(back)}`, (module) => copyColumns(module, back), found, to, rows);
      const taken = a.map((x, i) => x + (add ? before[Math.floor(i / features) * wide + first + (i % features)] : 0));
      expect(sameBits(read(found.data, rows, features), taken)).toBe("");
      for (let j = features; j < padded(features); j++) expect(found.data[j]).toBe(0);
    }
  });

  it("are kept where the mask says so, even beside infinity", () => {
    for (const [add, other] of [
      [false, 0],
      [false, 1],
      [true, 0],
    ] as const) {
      bench.clear();
      const to = rowsOf(c, rows, features);
      const from = rowsOf(
        a.map((x, i) => (Math.floor(i / features) === 1 ? Number.POSITIVE_INFINITY : x)),
        rows,
        features,
      );
      const mask = [-1, 0, -1, 0, -1];
      bench.call(
        `keep ${features} ${add} ${other}`,
        (module) => keepRows(module, features, add, other),
        to,
        from,
        bench.words32(mask),
        rows,
      );
      const twin = a.map((x, i) => (mask[Math.floor(i / features)] ? x : other) + (add ? c[i] : 0));
      expect(sameBits(read(to.data, rows, features), twin)).toBe("");
    }
  });
});

it("a step counts where either mask says so", () => {
  bench.clear();
  const to = bench.words32([7, 7, 7, 7]);
  bench.call("or", orMasks, to, bench.words32([-1, -1, 0, 0]), bench.words32([-1, 0, -1, 0]), 4);
  expect([...to.data]).toEqual([-1, -1, -1, 0]);
});
