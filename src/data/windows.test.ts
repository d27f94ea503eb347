import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tensor } from "../base/index.ts";
import { windows } from "./windows.ts";

describe("windows", () => {
  it("puts each value where it belongs: x row r step s is value r + s, y row r step h is value r + window + h", () => {
    const size = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 0, max: 9 }), (window, horizon, more) => {
        const values = Float64Array.from({ length: window + horizon + more }, (_, i) => i);
        const { x, y } = windows(values, { window, horizon });
        expect(x.shape).toEqual([more + 1, window, 1]);
        expect(y.shape).toEqual([more + 1, horizon]);
        for (let r = 0; r <= more; r++) {
          for (let s = 0; s < window; s++) expect(x.at(r, s, 0)).toBe(r + s);
          for (let h = 0; h < horizon; h++) expect(y.at(r, h)).toBe(r + window + h);
        }
      }),
    );
  });

  it("says when a series is too short, and by how much", () => {
    expect(windows([1, 2], { window: 1 }).y.toArray()).toEqual([[2]]);
    expect(() => windows([1, 2, 3], { window: 3 })).toThrow(
      "Expected at least 4 values for a window of 3 and a horizon of 1, found 3. Use a shorter window or more data.",
    );
  });

  it("names a missing value, and refuses what makes no sense", () => {
    expect(() => windows([1, Number.NaN, 3], { window: 1 })).toThrow(/index 1 of the series, found NaN/);
    expect(() => windows([1, 2], { window: 0 })).toThrow(/window/);
    expect(() => windows([1, 2], { window: 1, horizon: 1.5 })).toThrow(/horizon/);
    expect(() => windows("1234" as unknown as number[], { window: 1 })).toThrow(/values of a series/);
    expect(() => windows([1, 2], undefined as unknown as { window: number })).toThrow(/window/);
  });

  it("takes several columns, as a list or as a tensor, and forecasts the one that is asked for", () => {
    const [a, b] = [Float64Array.from([1, 2, 3, 4, 5]), [10, 20, 30, 40, 50]];
    const { x, y } = windows([a, b], { window: 2, horizon: 2, target: 1 });
    expect(x.shape).toEqual([2, 2, 2]);
    expect(x.toArray()).toEqual([
      [
        [1, 10],
        [2, 20],
      ],
      [
        [2, 20],
        [3, 30],
      ],
    ]);
    expect(y.toArray()).toEqual([
      [30, 40],
      [40, 50],
    ]);
    const rows = tensor([1, 10, 2, 20, 3, 30, 4, 40, 5, 50], [5, 2]);
    expect(windows(rows, { window: 2, horizon: 2, target: 1 })).toEqual({ x, y });
    expect(windows(tensor([1, 2, 3]), { window: 2 })).toEqual(windows([1, 2, 3], { window: 2 }));
  });

  it("refuses columns that do not fit together", () => {
    expect(() =>
      windows(
        [
          [1, 2, 3],
          [1, 2],
        ],
        { window: 1 },
      ),
    ).toThrow(/Expected 3 values in column 1, as in column 0, found 2/);
    expect(() => windows([[1, 2, 3], 4] as number[][], { window: 1 })).toThrow(/column 1, found 4/);
    expect(() =>
      windows(
        [
          [1, 2],
          [3, Number.NaN],
        ],
        { window: 1 },
      ),
    ).toThrow(/index 1 of column 1, found NaN/);
    expect(() =>
      windows(
        [
          [1, 2],
          [3, 4],
        ],
        { window: 1, target: 2 },
      ),
    ).toThrow(/target/);
    expect(() => windows(tensor([1, 2], [1, 1, 2]), { window: 1 })).toThrow(/\[steps, columns\], found \[1, 1, 2\]/);
    expect(() => windows([], { window: 1 })).toThrow(/found 0/);
  });
});
