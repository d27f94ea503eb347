import { describe, expect, it } from "vitest";
import { airlinePassengers } from "../../data/index.ts";
import { seriesSplit } from "../split.ts";
import { seriesTransform } from "../transform.ts";
import { scoreSeriesBaselines, seriesBaselines } from "./score.ts";

const { values } = airlinePassengers();

function airline(window: number, horizon = 1) {
  const transform = seriesTransform("logDifference");
  const split = seriesSplit(144, { window, horizon, lead: transform.lead });
  const results = scoreSeriesBaselines(values, split, { window, horizon, season: 12, transform });
  return new Map(results.map((result) => [result.name, result]));
}

describe("the airline passengers' last 27 months, one month ahead", () => {
  const results = airline(12);
  const rounded = (name: "lastValue" | "seasonalNaive" | "drift" | "ets" | "linear") =>
    Math.round(results.get(name)?.test.rmse ?? Number.NaN);

  it("have the published errors: last value 51, seasonal naive 47", () => {
    expect(rounded("lastValue")).toBe(51);
    expect(rounded("seasonalNaive")).toBe(47);
    expect(rounded("drift")).toBe(51);
  });

  it("are forecast by an autoregression on differences of logarithms within 15 to 16", () => {
    // 12 differences reach back to the same month of the year before, but not to its change; 13 do.
    expect(rounded("linear")).toBe(16);
    expect(Math.round(airline(13).get("linear")?.test.rmse ?? Number.NaN)).toBe(15);
  });

  it("are forecast best by exponential smoothing", () => {
    expect(results.get("ets")?.test.rmse).toBeLessThan(15);
    // Three rates, level, slope and twelve months.
    expect(results.get("ets")?.parameters).toBe(17);
  });
});

describe("scoreSeriesBaselines", () => {
  it("gives each its scores, forecasts and parameters", () => {
    const results = airline(12, 3);
    expect([...results.keys()]).toEqual(["lastValue", "seasonalNaive", "drift", "ets", "linear"]);
    expect([...results.values()].map(({ parameters }) => parameters)).toEqual([0, 0, 1, 17, 13]);
    for (const { kind, predictions, validation, test, seconds } of results.values()) {
      expect(kind).toBe("baseline");
      expect(predictions).toHaveLength(27);
      expect(validation.rmse).toBeGreaterThanOrEqual(validation.mae);
      expect(test.rmse).toBeGreaterThanOrEqual(test.mae);
      expect(seconds).toBeGreaterThanOrEqual(0);
    }
  });

  it("sees nothing of a part before it is scored on it", () => {
    const split = seriesSplit(144, { window: 12 });
    const settings = { window: 12, season: 12 };
    const changed = values.map((value, row) => (row >= split.test.first ? value + 100 * (row % 2) : value));
    const before = scoreSeriesBaselines(values, split, settings);
    const after = scoreSeriesBaselines(changed, split, settings);
    after.forEach((result, i) => {
      expect(result.validation).toEqual(before[i].validation);
      expect(result.predictions[0]).toBe(before[i].predictions[0]);
    });
  });

  it("leaves out seasonalNaive without a season, and names those for which there are too few values", () => {
    expect(seriesBaselines({}).map(({ name }) => name)).toEqual(["lastValue", "drift", "ets", "linear"]);
    const few = Float64Array.from({ length: 24 }, (_, i) => i);
    const omitted: string[] = [];
    const results = scoreSeriesBaselines(few, seriesSplit(24, { window: 4 }), { window: 4, season: 22 }, (name) => {
      omitted.push(name);
    });
    expect(omitted).toEqual(["seasonalNaive"]);
    expect(results.map(({ name }) => name)).toEqual(["lastValue", "drift", "ets", "linear"]);
  });
});
