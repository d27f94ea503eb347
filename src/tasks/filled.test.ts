import { expect, test } from "vitest";
import { airlinePassengers, fillMissing, type SeriesData } from "../data/index.ts";
import { compare } from "./compare.ts";
import { evaluate } from "./evaluate.ts";
import { filledValues } from "./filled.ts";
import { modelBytes, modelFromBytes } from "./fitted.ts";
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
  const values = filledValues(withHoles("interpolate"), 0.2);
  const { values: whole } = airlinePassengers();
  expect(values[20]).toBeCloseTo(whole[19] + (whole[22] - whole[19]) / 3, 9);
  const { split } = makeJob(withHoles("interpolate"), settings("series", quick));
  const validated = whole.length - split.test - split.validation;
  for (const row of HOLES.filter((one) => one >= validated - 5))
    expect([row, values[row]]).toEqual([row, whole[row - 1]]);
  expect([...filledValues(withHoles("ffill"), 0.2)]).toEqual([...withHoles("ffill").values]);
});

test("what was filled in is said and scored by no model", async () => {
  const data = withHoles("interpolate");
  const result = await compare(data, { ...quick, cells: ["gru"] });
  expect(result.choices).toContainEqual({
    what: "missing values",
    value: "6 values filled",
    why: "along a straight line where both its ends lie in the training part, else with the value before, as asked; none is scored",
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
    expect.stringMatching(/the last 27 values, is scored\. 2 values of them are missing and not scored\.$/),
  ]);
  expect(models[0].scores.rmse).toBeCloseTo(fitted.training.test?.rmse ?? 0, 9);
});
