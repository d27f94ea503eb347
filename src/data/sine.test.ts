import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sine } from "./sine.ts";

describe("sine", () => {
  it("is the sine of numpy's linspace(0, 100, 1000)", () => {
    const { values, source } = sine();
    expect(values).toHaveLength(1000);
    expect(source).toBe("the sine at 1000 points on [0, 100]");
    values.forEach((value, i) => {
      expect(Math.abs(value - Math.sin((i * 100) / 999))).toBeLessThan(1e-13);
    });
    // The bits, so that a change of the sine is seen: they must be the same on every machine.
    expect([values[1], values[500], values[999]]).toEqual([
      0.09993301616303926, -0.21376986015160396, -0.5063656411097588,
    ]);
  });

  it("includes both ends exactly, for any interval", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.double({ min: -50, max: 50, noNaN: true }), (points, from) => {
        const { values } = sine({ points, from, to: from + 7 });
        expect(values).toHaveLength(points);
        expect(values[0]).toBeCloseTo(Math.sin(from), 12);
        expect(values[points - 1]).toBeCloseTo(Math.sin(from + 7), 12);
      }),
    );
  });

  it("refuses what makes no sense", () => {
    expect(() => sine({ points: 1 })).toThrow(/points/);
    expect(() => sine({ from: 3, to: 3 })).toThrow(/from to lie before to/);
    expect(() => sine({ to: Number.NaN })).toThrow(/Expected to to be a number/);
  });
});
