import { describe, expect, it } from "vitest";
import { seriesTransform } from "../transform.ts";
import type { SeriesBaseline } from "./baseline.ts";
import { drift } from "./drift.ts";
import { ets } from "./ets.ts";
import { lastValue } from "./last-value.ts";
import { linearAutoregression } from "./linear.ts";
import { seasonalNaive } from "./seasonal-naive.ts";

const values = Float64Array.from({ length: 80 }, (_, i) => 20 + i + 5 * Math.sin(i) + (i % 4));
const settings = { window: 5, season: 4, transform: seriesTransform("difference") };
const all: (() => SeriesBaseline)[] = [lastValue, seasonalNaive, drift, ets, linearAutoregression];

describe("lastValue, seasonalNaive and drift", () => {
  const series = Float64Array.of(1, 2, 4, 8, 16, 32);
  const forecast = (baseline: SeriesBaseline, horizon: number, first: number) => {
    baseline.fit(series.subarray(0, 4), { window: 1, season: 2, horizon });
    return [...baseline.predict(series, first, 6 - first)];
  };

  it("repeat the last value known", () => {
    expect(forecast(lastValue(), 1, 4)).toEqual([8, 16]);
    expect(forecast(lastValue(), 3, 4)).toEqual([2, 4]);
  });

  it("repeat the same place in the last season known", () => {
    expect(forecast(seasonalNaive(), 1, 4)).toEqual([4, 8]);
    expect(forecast(seasonalNaive(), 3, 4)).toEqual([1, 2]);
    expect(() => seasonalNaive().fit(series, { window: 1 })).toThrow(
      expect.objectContaining({ code: "usage/no-season" }),
    );
  });

  it("go on with the mean change of the training part", () => {
    const slope = 7 / 3;
    expect(forecast(drift(), 1, 4)).toEqual([8 + slope, 16 + slope]);
    expect(forecast(drift(), 2, 4)).toEqual([4 + 2 * slope, 8 + 2 * slope]);
  });
});

describe.each(all.map((make) => [make().name, make] as const))("%s", (name, make) => {
  it("forecasts each row from values up to row - horizon alone", () => {
    for (const horizon of [1, 3, 6]) {
      const baseline = make();
      baseline.fit(values.subarray(0, 60), { ...settings, horizon });
      const together = baseline.predict(values, 60, 20);
      for (const row of [60, 71, 79]) {
        const known = values.subarray(0, row - horizon + 1);
        expect(baseline.predict(known, row, 1)[0]).toBe(together[row - 60]);
      }
    }
  });

  it("fits the same numbers from the same values, and a second fit forgets the first", () => {
    const once = make();
    once.fit(values.subarray(0, 60), settings);
    const twice = make();
    twice.fit(values.subarray(20, 70), settings);
    twice.fit(values.subarray(0, 60), settings);
    expect(twice.predict(values, 60, 20)).toEqual(once.predict(values, 60, 20));
    expect(twice.parameters).toBe(once.parameters);
  });

  it("says when it is not fitted, has too few values, or is asked for rows it cannot know", () => {
    const baseline = make();
    expect(() => baseline.predict(values, 10, 1)).toThrow(expect.objectContaining({ code: "usage/not-fitted" }));
    expect(() => baseline.fit(new Float64Array(0), settings)).toThrow(
      expect.objectContaining({ code: "data/too-short" }),
    );
    baseline.fit(values, settings);
    expect(() => baseline.predict(values, 82, 1)).toThrow(expect.objectContaining({ code: "usage/rows" }));
    expect(() => baseline.predict(values, 0, 1)).toThrow(expect.objectContaining({ code: "usage/rows" }));
    const hole = values.slice();
    hole[7] = Number.NaN;
    expect(() => baseline.fit(hole, settings)).toThrow(expect.objectContaining({ code: "data/not-finite" }));
    expect(() => baseline.fit(hole, settings)).toThrow("at index 7");
    expect(baseline.name).toBe(name);
  });

  it("forecasts a constant series as constant", () => {
    const flat = new Float64Array(40).fill(3);
    const baseline = make();
    baseline.fit(flat.subarray(0, 30), settings);
    for (const value of baseline.predict(flat, 30, 10)) expect(value).toBeCloseTo(3, 9);
  });
});
