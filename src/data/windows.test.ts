import fc from "fast-check";
import { describe, expect, it } from "vitest";
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
});
