import { expect, test } from "vitest";
import { airlinePassengers, fillMissing, fillWords, type SeriesData } from "../data/index.ts";
import { check } from "./check.ts";
import { compare } from "./compare.ts";
import { evaluate } from "./evaluate.ts";
import { blindFindings, endFindings, filledIn, forecastBlindly } from "./filled.ts";
import { modelBytes, modelFromBytes } from "./fitted.ts";
import { forecast } from "./forecast.ts";
import { makeJob } from "./make-job.ts";
import { settings } from "./settings.ts";
import { train } from "./train.ts";

const HOLES = [20, 21, 95, 110, 118, 130];
const quick = { epochs: 2, units: 3 };

/** The passengers, where some months are missing; what stood there is `lost`. */
function withHoles(method: "ffill" | "interpolate", lost = 0): SeriesData {
  const data = airlinePassengers();
  const values = data.values.map((value, row) => (HOLES.includes(row) ? Number.NaN : value + lost));
  return { ...data, values: fillMissing(values), missing: { method, rows: HOLES } };
}

test("a line is drawn in the training part alone", () => {
  const { values } = filledIn(withHoles("interpolate"), 0.2);
  const { values: whole } = airlinePassengers();
  expect(values[20]).toBeCloseTo(whole[19] + (whole[22] - whole[19]) / 3, 9);
  const { split } = makeJob(withHoles("interpolate"), settings("series", quick));
  const validated = whole.length - split.test - split.validation;
  for (const row of HOLES.filter((one) => one >= validated - 5))
    expect([row, values[row]]).toEqual([row, whole[row - 1]]);
  expect([...filledIn(withHoles("ffill"), 0.2).values]).toEqual([...withHoles("ffill").values]);
});

test("what was filled in is said and scored by no model", async () => {
  const data = withHoles("interpolate");
  const result = await compare(data, { ...quick, cells: ["gru"] });
  expect(result.choices).toContainEqual({
    what: "missing values",
    value: "6 values filled",
    why: "as asked, 3 along a straight line and 3 with the value before: a line must have both its ends in the training part; none is scored",
  });
  expect(result.split).toMatchObject({ test: 27, scored: 25 });
  expect(result.verdict).toMatch(/on 25 test targets/);
  const { values } = data;
  const known = Array.from({ length: 27 }, (_, i) => 117 + i).filter((row) => !HOLES.includes(row));
  for (const { name, predictions = [], test } of result.models) {
    const squares = known.map((row) => (predictions[row - 117] - values[row]) ** 2);
    expect([name, test.rmse]).toEqual([name, expect.closeTo(Math.sqrt(squares.reduce((a, b) => a + b) / 25), 6)]);
  }
});

test("the model keeps how, and evaluate finds the scores of the training again", async () => {
  const data = withHoles("interpolate");
  const { fitted } = await train(data, quick);
  const again = await modelFromBytes(await modelBytes(fitted), "a.gruvy");
  expect(again.pipeline).toMatchObject({ missing: "interpolate" });
  const { rows, which, models } = await evaluate(again, data);
  expect([rows, which]).toEqual([
    25,
    expect.stringMatching(/the last 27 values, is scored\. 2 of them are missing and not scored\.$/),
  ]);
  expect(models[0].scores.rmse).toBeCloseTo(fitted.training.test?.rmse ?? 0, 9);
});

test("a line is said where one is drawn alone", () => {
  const said = (rows: readonly number[]) => {
    const data = { ...airlinePassengers(), missing: { method: "interpolate", rows } } as const;
    const { missing } = filledIn(data, 0.2);
    return missing && [missing.lines, fillWords(missing), check(data).find(({ what }) => /missing/.test(what))?.what];
  };
  expect(said([20, 21])).toEqual([2, "along a straight line", expect.stringMatching(/filled along a straight line$/)]);
  expect(said([120, 143])).toEqual([
    0,
    "with the value before, and none along a line: a line must have both its ends in the training part",
    expect.stringMatching(/filled with the value before, and none along a line/),
  ]);
});

test("a forecast that goes on from filled values says so, for the training's own series too", async () => {
  const warned = (filled: number[], window = 3) => endFindings(10, filled, window).map(({ what }) => what);
  expect(warned([7, 8, 9])).toEqual(["All 3 values that the forecast is made from are missing and were filled in"]);
  expect(warned([9], 1)).toEqual(["The value that the forecast is made from is missing and was filled in"]);
  expect(warned([9], 4)).toEqual(["1 of the 4 values that the forecast is made from is missing and was filled in"]);
  expect(warned([6, 8], 4)).toEqual([
    "2 of the 4 values that the forecast is made from are missing and were filled in",
  ]);
  expect([...warned([5, 8], 5).slice(1), ...warned([8], 4), ...warned([2, 3, 4])]).toEqual([]);

  const data = { ...withHoles("ffill"), missing: { method: "ffill", rows: [20, 142, 143] } } as const;
  const { fitted } = await train(data, quick);
  const again = await modelFromBytes(await modelBytes(fitted), "a.gruvy");
  const found = (await forecast(again)).findings;
  expect(found).toEqual([
    {
      severity: "warning",
      what: expect.stringMatching(/^2 of the 12 values/),
      advice: expect.stringMatching(/--horizon/),
    },
  ]);
  expect((await forecast(again, data)).findings).toEqual(found);
  expect((await forecast(again, airlinePassengers())).findings).toEqual([]);
});

test("targets that are forecast from filled values alone are counted", async () => {
  const sight = { window: 2, horizon: 1 };
  expect(forecastBlindly([3, 4, 5], sight, { first: 0, count: 10 })).toEqual([5, 6]);
  expect(forecastBlindly([3, 4, 5], { ...sight, horizon: 2 }, { first: 7, count: 3 })).toEqual([7]);
  expect(forecastBlindly([3, 5, 7], sight, { first: 0, count: 10 })).toEqual([]);
  const said = blindFindings({ method: "ffill", rows: [3, 4, 5] }, sight, { first: 0, count: 10 }, " of the test part");
  expect(said.map(({ what }) => what)).toEqual([expect.stringMatching(/^1 target of the test part is forecast from/)]);
  const rows = Array.from({ length: 12 }, (_, i) => 120 + i);
  const data = { ...airlinePassengers(), missing: { method: "ffill", rows } } as const;
  expect(check(data, quick).map(({ what }) => what)).toContainEqual(
    expect.stringMatching(/^1 target of the test part/),
  );
});
