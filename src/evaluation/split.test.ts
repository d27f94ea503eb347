import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowSplit, seriesSplit } from "./split.ts";

describe("seriesSplit", () => {
  it("tests on the last 27 of 144 months, whatever the window, transform or horizon", () => {
    for (const [window, lead, horizon] of [
      [10, 0, 1],
      [12, 0, 1],
      [12, 1, 1],
      [12, 12, 1],
      [13, 1, 1],
      [12, 1, 6],
    ]) {
      const { test } = seriesSplit(144, { window, lead, horizon });
      expect([test.first, test.count]).toEqual([117, 27]);
    }
  });

  it("validates on the last 15 % of the training targets", () => {
    const split = seriesSplit(144, { window: 12, lead: 1 });
    expect([split.train.first, split.train.count]).toEqual([13, 88]);
    expect([split.validation.first, split.validation.count]).toEqual([101, 16]);
    expect(split.how).toBe(
      "Split in time: the last 27 rows are the test part, the 16 before them validate, and the 88 targets before those train; the first 13 rows have too few before them to be targets.",
    );
  });

  it("counts one row as one", () => {
    expect(seriesSplit(16, { window: 12 }).how).toBe(
      "Split in time: the last row is the test part, the 1 before it validates, and the 2 targets before those train; the first 12 rows have too few before them to be targets.",
    );
    expect(rowSplit(6, { seed: 1 }).how).toMatch(/^1 row is the test part and 1 validates, .*; the other 4 train\.$/);
    expect(() => rowSplit(1)).toThrow("1 row is too few to split");
  });

  it("leaves no target out and takes none twice, in time order", () => {
    const options = fc.record({
      window: fc.integer({ min: 1, max: 20 }),
      horizon: fc.integer({ min: 1, max: 5 }),
      lead: fc.integer({ min: 0, max: 12 }),
      testSize: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 120, max: 500 }), options, (rows, given) => {
        const { train, validation, test } = seriesSplit(rows, given);
        const all = [...train.rows, ...validation.rows, ...test.rows];
        const first = given.lead + given.window + given.horizon - 1;
        expect(all).toEqual(Array.from({ length: rows - first }, (_, i) => first + i));
        expect(test.first).toBe(given.window + Math.floor((1 - given.testSize) * (rows - given.window) + 1e-9));
      }),
    );
  });

  it("counts a share of 0.8 without rounding errors", () => {
    // 0.8 * 15 is 12, and 1 - 0.2 times 15 must be too.
    expect(seriesSplit(16, { window: 1 }).test.count).toBe(3);
  });

  it("says when a series is too short, and when a share makes no sense", () => {
    expect(() => seriesSplit(14, { window: 12 })).toThrow(expect.objectContaining({ code: "data/too-short" }));
    expect(() => seriesSplit(5, { window: 12 })).toThrow("5 rows is too short for windows of 12");
    expect(() => seriesSplit(100, { window: 5, testSize: 1 })).toThrow(
      expect.objectContaining({ code: "usage/option" }),
    );
    expect(() => seriesSplit(100, { window: 0 })).toThrow(expect.objectContaining({ code: "usage/option" }));
  });
});

describe("rowSplit", () => {
  it("leaves no row out and takes none twice, each part in order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 300 }), fc.nat(), (rows, seed) => {
        const { train, validation, test } = rowSplit(rows, { seed });
        const all = [...train, ...validation, ...test];
        expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
        for (const part of [train, validation, test]) expect([...part]).toEqual([...part].sort((a, b) => a - b));
      }),
    );
  });

  it("keeps the classes in proportion", () => {
    const labels = Uint8Array.from({ length: 1000 }, (_, i) => (i < 300 ? 1 : 0));
    const split = rowSplit(1000, { labels });
    const share = (part: Uint32Array) => part.reduce((sum, row) => sum + labels[row], 0) / part.length;
    for (const part of [split.train, split.validation, split.test]) expect(share(part)).toBe(0.3);
    expect(split.how).toContain("each class in proportion");
  });

  it("is the same for the same seed and another for another", () => {
    expect(rowSplit(50, { seed: 3 })).toEqual(rowSplit(50, { seed: 3 }));
    expect([...rowSplit(50, { seed: 4 }).test]).not.toEqual([...rowSplit(50, { seed: 3 }).test]);
  });

  it("leaves the test part empty when it is given apart", () => {
    const { train, validation, test, how } = rowSplit(10, { testSize: 0 });
    expect([train.length, validation.length, test.length]).toEqual([8, 2, 0]);
    expect(how).toContain("given apart");
  });

  it("says when rows are too few or labels missing", () => {
    expect(() => rowSplit(3)).toThrow(expect.objectContaining({ code: "data/too-short" }));
    expect(() => rowSplit(10, { labels: [1] })).toThrow(expect.objectContaining({ code: "usage/split" }));
  });
});
