import { describe, expect, it } from "vitest";
import { normal, random, sin, stream } from "../base/index.ts";
import { airlinePassengers, sine } from "../data/index.ts";
import { chooseTransform } from "./choose-transform.ts";

const airline = airlinePassengers().values.subarray(0, 117);

describe("chooseTransform", () => {
  it("takes differences of logarithms for the airline passengers", () => {
    const { name, reason, errors } = chooseTransform(airline, { season: 12, window: 12 });
    expect(name).toBe("logDifference");
    expect(reason).toMatch(/^the spread of the changes grows with the level \(power 1\.\d\); least error of .* 12\.\d/);
    expect(Object.keys(errors)).toHaveLength(7);
  });

  it("leaves a sine as it is", () => {
    const values = sine({ points: 1000, from: 0, to: 100 }).values.subarray(0, 800);
    expect(chooseTransform(values, { season: 63, window: 24 }).name).toBe("asIs");
    expect(chooseTransform(values, { window: 10 }).reason).toContain("negligible");
  });

  it("leaves what returns to its mean as it is, and differences what wanders off", () => {
    for (let seed = 0; seed < 5; seed++) {
      const noise = random(seed, stream.data);
      let level = 0;
      let walk = 0;
      const returning = Float64Array.from({ length: 400 }, (_, i) => (level = 0.6 * level + normal(noise, i)));
      const wandering = Float64Array.from({ length: 400 }, (_, i) => (walk += 0.3 + normal(noise, i)));
      expect(chooseTransform(returning, { window: 8 }).name).toBe("asIs");
      expect(chooseTransform(wandering, { window: 8 }).name).toBe("difference");
    }
  });

  it("takes no logarithms where the spread does not grow with the level", () => {
    const noise = random(1, stream.data);
    const values = Float64Array.from({ length: 240 }, (_, i) => 100 + i + 20 * sin(i / 2) + 3 * normal(noise, i));
    expect(chooseTransform(values, { window: 12 }).name).toBe("difference");
  });

  it("takes no logarithms of what reaches zero or may", () => {
    const withZero = airline.slice();
    withZero[3] = 0;
    expect(Object.keys(chooseTransform(withZero, { season: 12, window: 12 }).errors)).not.toContain("log");
    const { name, errors } = chooseTransform(airline, { season: 12, window: 12, logs: false });
    expect(name).toBe("difference");
    expect(Object.keys(errors)).toEqual(["asIs", "difference", "seasonalDifference", "windowNormalised"]);
  });

  it("considers seasons only where there is one, and works at longer horizons", () => {
    expect(Object.keys(chooseTransform(airline, { window: 12 }).errors)).not.toContain("seasonalDifference");
    const { name, errors } = chooseTransform(airline, { season: 12, window: 12, horizon: 6 });
    expect(name).toBe("logSeasonalDifference");
    expect(errors.logDifference).toBeGreaterThan(errors.logSeasonalDifference as number);
  });

  it("keeps a constant series as it is", () => {
    expect(chooseTransform(new Float64Array(60).fill(5), { window: 6 }).name).toBe("asIs");
  });

  it("says when there are too few values", () => {
    const few = () => chooseTransform(Float64Array.of(1, 2, 3, 4), { window: 4 });
    expect(few).toThrow(expect.objectContaining({ code: "data/too-short" }));
  });
});
