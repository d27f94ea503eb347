import { expect, test } from "vitest";
import type { SeriesData } from "../data/index.ts";
import { compare } from "./compare.ts";
import { evaluate } from "./evaluate.ts";
import { modelBytes, modelFromBytes } from "./fitted.ts";
import { forecast } from "./forecast.ts";
import { magnitudeOf } from "./magnitude.ts";
import { forecastRows } from "./predict.ts";
import { train } from "./train.ts";

const shape = Array.from({ length: 80 }, (_, i) => 2 + i / 100 + Math.sin(i / 2) + 0.1 * Math.sin(i * i));
const series = (size: number): SeriesData => ({
  kind: "series",
  name: "made",
  source: "made",
  names: ["v"],
  target: "v",
  values: Float64Array.from(shape, (value) => value * size),
});
const quick = { epochs: 3, units: 4, transform: "difference", window: 6, season: 1 } as const;

test("ordinary series are left alone; others are divided by a power of two", () => {
  expect(magnitudeOf(Float64Array.of(1, -5e50))).toBe(1);
  expect(magnitudeOf(Float64Array.of(0, 0))).toBe(1);
  expect(magnitudeOf(Float64Array.of(1, -(2 ** 900) * 1.5))).toBe(2 ** 900);
  expect(magnitudeOf(Float64Array.of(2 ** -900))).toBe(2 ** -900);
  expect(magnitudeOf(Float64Array.of(5e-324))).toBe(2 ** -1022);
});

test.each([2 ** 990, 2 ** -990])("values of any size are compared in their own units: %d times", async (size) => {
  const plain = await compare(series(1), { ...quick, cells: ["gru"] });
  const other = await compare(series(size), { ...quick, cells: ["gru"] });
  expect(other.choices[0]).toMatchObject({ what: "unit" });
  for (const [i, model] of other.models.entries()) {
    expect((model.test.rmse ?? 0) / size / (plain.models[i].test.rmse ?? 0)).toBeCloseTo(1, 5);
    expect((model.validation.mae ?? 0) / size / (plain.models[i].validation.mae ?? 0)).toBeCloseTo(1, 5);
    expect((model.predictions?.[0] ?? 0) / size).toBeCloseTo(plain.models[i].predictions?.[0] ?? 0, 5);
  }
  expect(other.comparison.low / size).toBeCloseTo(plain.comparison.low, 5);
  expect(other.series?.values).toEqual([...series(size).values]);
  expect(other.verdict).not.toMatch(/\d{20}/);
});

test("a model of such values forecasts and is scored in their units, also from its file", async () => {
  const size = 1e300;
  const plain = (await train(series(1), quick)).fitted;
  const { fitted } = await train(series(size), quick);
  const again = await modelFromBytes(await modelBytes(fitted), "m.gruvy");
  const [expected, found] = [await forecast(plain, { horizon: 3 }), await forecast(again, { horizon: 3 })];
  for (const [i, value] of found.values.entries()) expect(value / size).toBeCloseTo(expected.values[i], 3);
  const rows = await forecastRows(again, series(size).values);
  expect((rows[79] ?? 0) / size).toBeGreaterThan(1);
  const scored = await evaluate(again, series(size));
  expect(scored.models[0].scores.rmse).toBeCloseTo(fitted.training.test?.rmse ?? 0, -290);
});

test("values that leave no room for differences are refused with what to do", async () => {
  await expect(compare(series(1e308 / 4))).rejects.toMatchObject({
    code: "data/too-large",
    message: expect.stringMatching(/leaves no room for differences.*Divide the column/),
  });
});
