import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adding } from "./adding.ts";

describe("adding", () => {
  it("marks one value in each half, and asks for their sum", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 5, max: 30 }), fc.nat(), (length, rows, seed) => {
        const { train, test } = adding({ rows, length, seed });
        expect(train.x.shape[0] + test.x.shape[0]).toBe(rows);
        for (const { x, y } of [train, test]) {
          expect(x.shape.slice(1)).toEqual([length, 2]);
          expect(y!.shape).toEqual([x.shape[0], 1]);
          (x.toArray() as number[][][]).forEach((steps, row) => {
            const marked = steps.flatMap(([, mark], step) => (mark === 1 ? [step] : []));
            expect(steps.every(([value, mark]) => value >= 0 && value < 1 && (mark === 0 || mark === 1))).toBe(true);
            expect(marked).toHaveLength(2);
            expect(marked[0]).toBeLessThan(Math.floor(length / 2));
            expect(marked[1]).toBeGreaterThanOrEqual(Math.floor(length / 2));
            expect(y!.at(row, 0)).toBe(Math.fround(steps[marked[0]][0] + steps[marked[1]][0]));
          });
        }
      }),
    );
  });

  it("has a mean of 1 and an error of 1/6 for whoever answers it", () => {
    const { y } = adding({ rows: 50_000, length: 2 }).train;
    const mean = Array.from(y!.data).reduce((sum, t) => sum + t, 0) / y!.shape[0];
    const error = Array.from(y!.data).reduce((sum, t) => sum + (t - 1) ** 2, 0) / y!.shape[0];
    expect(mean).toBeCloseTo(1, 2);
    expect(error).toBeCloseTo(1 / 6, 2);
  });

  it("marks every step of a half about equally often", () => {
    const { x } = adding({ rows: 10_000, length: 10 }).train;
    const marks = Array.from({ length: 10 }, (_, step) => {
      let sum = 0;
      for (let row = 0; row < x.shape[0]; row++) sum += x.at(row, step, 1);
      return sum / x.shape[0];
    });
    for (const share of marks) expect(share).toBeCloseTo(0.2, 1);
  });

  it("is the same for the same seed, and shows no row twice", () => {
    expect(adding({ rows: 50, seed: 7 })).toEqual(adding({ rows: 50, seed: 7 }));
    const { train, test } = adding({ rows: 50, seed: 7 });
    const rows = [...(train.x.toArray() as number[][]), ...(test.x.toArray() as number[][])];
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(50);
    expect(adding({ rows: 50, seed: 8 }).train.x.data).not.toEqual(train.x.data);
  });

  it("refuses what makes no sense", () => {
    expect(() => adding({ length: 1 })).toThrow(/length/);
    expect(() => adding({ rows: 2.5 })).toThrow(/rows/);
    expect(() => adding({ seed: Number.NaN })).toThrow(/seed/);
  });
});
