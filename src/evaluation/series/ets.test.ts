import { describe, expect, it } from "vitest";
import { processorClock } from "../../../test/processor-clock.ts";
import { normal, random, stream } from "../../base/index.ts";
import { rmse } from "../metrics.ts";
import { ets } from "./ets.ts";
import { centredMean, forecast, initialState, type SmoothingForm, update } from "./holt-winters.ts";

const rates = { level: 0.4, trend: 0.1, season: 0.3, damping: 0.9 };

describe("Holt and Winters's recursion", () => {
  const values = Float64Array.of(10, 14, 8, 25, 12, 17, 9, 30, 15, 19);

  it("is the published one, with an additive season", () => {
    const form: SmoothingForm = { trend: "additive", season: "additive", error: "additive" };
    const state = { level: 14, trend: 0.5, seasonal: Float64Array.of(-4, 0, -6, 10) };
    let [level, trend] = [14, 0.5];
    const seasonal = [-4, 0, -6, 10];
    values.forEach((value, row) => {
      const expected = forecast(state, form, rates, row, 1);
      expect(expected).toBeCloseTo(level + trend + seasonal[row % 4], 12);
      update(state, form, rates, row, value, expected);
      const before = level;
      level = rates.level * (value - seasonal[row % 4]) + (1 - rates.level) * (level + trend);
      // In error form the slope's rate is that of the level times Holt's own, the season's counts from the old level.
      const own = rates.trend / rates.level;
      const slope = trend;
      trend = own * (level - before) + (1 - own) * slope;
      seasonal[row % 4] = rates.season * (value - before - slope) + (1 - rates.season) * seasonal[row % 4];
      expect(state.level).toBeCloseTo(level, 10);
      expect(state.trend).toBeCloseTo(trend, 10);
      expect(state.seasonal[row % 4]).toBeCloseTo(seasonal[row % 4], 10);
    });
  });

  it("is the published one, with a multiplicative season", () => {
    const form: SmoothingForm = { trend: "none", season: "multiplicative", error: "additive" };
    const state = { level: 14, trend: 0, seasonal: Float64Array.of(0.7, 1, 0.6, 1.7) };
    let level = 14;
    const seasonal = [0.7, 1, 0.6, 1.7];
    values.forEach((value, row) => {
      const expected = forecast(state, form, rates, row, 1);
      expect(expected).toBeCloseTo(level * seasonal[row % 4], 12);
      update(state, form, rates, row, value, expected);
      const before = level;
      level = (rates.level * value) / seasonal[row % 4] + (1 - rates.level) * level;
      seasonal[row % 4] = (rates.season * value) / before + (1 - rates.season) * seasonal[row % 4];
      expect(state.level).toBeCloseTo(level, 10);
      expect(state.seasonal[row % 4]).toBeCloseTo(seasonal[row % 4], 10);
    });
  });

  it("damps the slope over the rows ahead", () => {
    const form: SmoothingForm = { trend: "damped", season: "none", error: "additive" };
    const state = { level: 5, trend: 2, seasonal: new Float64Array(0) };
    expect(forecast(state, form, rates, 9, 3)).toBeCloseTo(5 + 2 * (0.9 + 0.81 + 0.729), 12);
  });

  it("begins with the line and pattern of the first cycles", () => {
    const series = Float64Array.from({ length: 24 }, (_, i) => 10 + 2 * i + [3, -1, -2, 0][i % 4]);
    const state = initialState(series, { trend: "additive", season: "additive", error: "additive" }, 4);
    [3, -1, -2, 0].forEach((value, place) => {
      expect(state.seasonal[place]).toBeCloseTo(value, 9);
    });
    expect(state.level).toBeCloseTo(8, 9);
    expect(state.trend).toBeCloseTo(2, 9);
  });

  it("means a whole season around each row", () => {
    expect([...centredMean(Float64Array.of(1, 2, 3, 10), 3)]).toEqual([Number.NaN, 2, 5, Number.NaN]);
    expect([...centredMean(Float64Array.of(1, 2, 3, 4, 5), 2)]).toEqual([Number.NaN, 2, 3, 4, Number.NaN]);
  });
});

describe("ets", () => {
  it("goes on with a trend and a season, additive or multiplicative, at any horizon", () => {
    const additive = Float64Array.from({ length: 120 }, (_, i) => 50 + i + [8, -3, -9, 4][i % 4]);
    const multiplicative = Float64Array.from({ length: 120 }, (_, i) => (50 + i) * [1.3, 0.9, 0.7, 1.1][i % 4]);
    for (const values of [additive, multiplicative]) {
      for (const horizon of [1, 7]) {
        const baseline = ets();
        baseline.fit(values.subarray(0, 80), { window: 1, season: 4, horizon });
        expect(rmse(baseline.predict(values, 80, 40), values.subarray(80))).toBeLessThan(1);
      }
    }
  });

  it("takes no trend or season from noise around a level, and smooths", () => {
    const noise = random(3, stream.data);
    const values = Float64Array.from({ length: 600 }, (_, i) => 10 + normal(noise, i));
    const baseline = ets();
    baseline.fit(values.subarray(0, 400), { window: 1, season: 7 });
    expect(baseline.parameters).toBe(2);
    expect(rmse(baseline.predict(values, 400, 200), values.subarray(400))).toBeLessThan(1.1);
  });

  it("takes values at and below zero, and zeros that come later in a multiplicative season", () => {
    const values = Float64Array.from({ length: 60 }, (_, i) => (i < 48 ? (50 + i) * [1.3, 0.9, 0.2, 1.6][i % 4] : 0));
    const baseline = ets();
    baseline.fit(values.subarray(0, 48), { window: 1, season: 4 });
    expect(baseline.predict(values, 48, 12).every(Number.isFinite)).toBe(true);
    const signed = Float64Array.from({ length: 60 }, (_, i) => 3 * Math.sin(i) - 1);
    baseline.fit(signed, { window: 1, season: 6 });
    expect(baseline.predict(signed, 40, 20).every(Number.isFinite)).toBe(true);
  });

  it("fits the newest part of a long series in bounded time", () => {
    const noise = random(4, stream.data);
    let level = 0;
    const values = Float64Array.from({ length: 60_000 }, (_, i) => {
      level += 0.2 * normal(noise, i);
      return level + normal(noise, 100_000 + i);
    });
    const baseline = ets();
    const spent = processorClock();
    baseline.fit(values.subarray(0, 50_000), { window: 1 });
    expect(spent()).toBeLessThan(4000);
    const naive = rmse(values.subarray(49_999, 59_999), values.subarray(50_000));
    expect(rmse(baseline.predict(values, 50_000, 10_000), values.subarray(50_000))).toBeLessThan(0.85 * naive);
  });
});
