import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normal, random, stream } from "../base/index.ts";
import { airlinePassengers, sine } from "../data/index.ts";
import { autocorrelation, chooseWindow, findSeason } from "./season.ts";

describe("autocorrelation", () => {
  it("is the biased estimate", () => {
    expect([...autocorrelation([1, -1, 1, -1], 2)]).toEqual([1, -0.75, 0.5]);
    expect([...autocorrelation([3, 3, 3], 1)]).toEqual([0, 0]);
  });
});

describe("findSeason", () => {
  it("finds the months of the airline passengers and the period of a sine", () => {
    expect(findSeason(airlinePassengers().values.subarray(0, 117))).toBe(12);
    // 2 pi over a step of 100 / 999 is 62.8 rows.
    expect(findSeason(sine({ points: 1000, from: 0, to: 100 }).values.subarray(0, 800))).toBe(63);
  });

  it("finds a pattern under a trend and noise", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(4, 7, 12, 24),
        fc.nat(10_000),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (season, seed, slope) => {
          const noise = random(seed, stream.data);
          // One tooth a season, so that no shorter period will do.
          const values = Float64Array.from(
            { length: 15 * season },
            (_, i) => slope * i + (i % season === 1 ? 8 : 0) + 0.5 * normal(noise, i),
          );
          expect(findSeason(values)).toBe(season);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("rarely finds one in noise or in a random walk", () => {
    let found = 0;
    for (let seed = 0; seed < 100; seed++) {
      const noise = random(seed, stream.data);
      let level = 0;
      const white = Float64Array.from({ length: 300 }, (_, i) => normal(noise, i));
      const walk = white.map((change) => (level += change));
      if (findSeason(white) !== undefined) found++;
      if (findSeason(walk) !== undefined) found++;
    }
    expect(found).toBeLessThanOrEqual(6);
  });

  it("needs three cycles, and finds none in a line or a constant", () => {
    const tooth = (length: number) => Float64Array.from({ length }, (_, i) => (i % 12 === 0 ? 1 : 0));
    expect(findSeason(tooth(30))).toBeUndefined();
    expect(findSeason(tooth(60))).toBe(12);
    expect(findSeason(Float64Array.from({ length: 100 }, (_, i) => 3 * i))).toBeUndefined();
    expect(findSeason(new Float64Array(100).fill(2))).toBeUndefined();
    expect(findSeason(Float64Array.of(1, 2))).toBeUndefined();
  });
});

describe("chooseWindow", () => {
  it("is one season, several of a short one, and bounded", () => {
    expect(chooseWindow(12, 144)).toBe(12);
    expect(chooseWindow(48, 10_000)).toBe(48);
    expect(chooseWindow(7, 1000)).toBe(14);
    expect(chooseWindow(3, 1000)).toBe(9);
    expect(chooseWindow(365, 3650)).toBe(24);
    expect(chooseWindow(undefined, 1000)).toBe(24);
    expect(chooseWindow(12, 20)).toBe(5);
    expect(chooseWindow(undefined, 2)).toBe(1);
  });
});
