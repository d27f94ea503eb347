import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spread } from "./spread.ts";

describe("spread", () => {
  it("moves only what overlaps, around its middle", () => {
    expect(spread([10, 12, 50], 10, 0, 100)).toEqual([6, 16, 50]);
    expect(spread([98, 99], 10, 0, 100)).toEqual([90, 100]);
    expect(spread([], 10, 0, 100)).toEqual([]);
  });

  it("keeps order, distance and bounds where there is room", () => {
    const positions = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(positions, (list) => {
        const placed = spread(list, 17, 0, 300);
        const order = list.map((_, i) => i).sort((a, b) => list[a] - list[b] || a - b);
        order.forEach((i, k) => {
          expect(placed[i]).toBeGreaterThanOrEqual(-1e-9);
          expect(placed[i]).toBeLessThanOrEqual(300 + 1e-9);
          if (k > 0) expect(placed[i] - placed[order[k - 1]]).toBeGreaterThanOrEqual(17 - 1e-9);
        });
      }),
    );
  });
});
