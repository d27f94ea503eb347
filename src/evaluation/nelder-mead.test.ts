import { describe, expect, it } from "vitest";
import { nelderMead } from "./nelder-mead.ts";

describe("nelderMead", () => {
  it("walks Rosenbrock's valley to its end", () => {
    const valley = (x: ArrayLike<number>) => 100 * (x[1] - x[0] * x[0]) ** 2 + (1 - x[0]) ** 2;
    const { at, value } = nelderMead(valley, [-1.2, 1], { evaluations: 1000, tolerance: 1e-16 });
    expect(value).toBeLessThan(1e-10);
    expect(at[0]).toBeCloseTo(1, 4);
    expect(at[1]).toBeCloseTo(1, 4);
  });

  it("keeps to its budget, and to numbers", () => {
    let used = 0;
    const { at } = nelderMead(
      (x) => {
        used++;
        return x[0] < 0 ? Number.NaN : (x[0] - 0.1) ** 2;
      },
      [2],
      { evaluations: 60 },
    );
    expect(used).toBeLessThanOrEqual(62);
    expect(at[0]).toBeCloseTo(0.1, 3);
  });

  it("stays where nothing is better", () => {
    expect([...nelderMead(() => Number.POSITIVE_INFINITY, [1, 2], { evaluations: 50 }).at]).toEqual([1, 2]);
  });
});
