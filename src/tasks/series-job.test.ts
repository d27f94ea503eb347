import { expect, test } from "vitest";
import { Tensor } from "../base/index.ts";
import { airlinePassengers, parseCsv, type SeriesData, seriesFromTable, sine } from "../data/index.ts";
import { planSentences } from "./make-job.ts";
import { seriesJob } from "./series-job.ts";
import { settings } from "./settings.ts";

const silent = { begin: () => {}, end: () => {} };
const job = seriesJob(airlinePassengers(), settings("series", {}));
const chosen = Object.fromEntries(job.choices.map(({ what, value }) => [what, value]));

test("window and transform are chosen on the training part, and said", () => {
  expect(chosen).toMatchObject({ season: "12 steps", window: "12 values", transform: "logDifference" });
  for (const { why } of job.choices) expect(why.length).toBeGreaterThan(5);
  expect(job.split.test).toBe(27);
  expect(job.shown({ validation: {}, test: {}, predictions: [], outcomes: new Float64Array() }).series?.firstTest).toBe(
    117,
  );
});

test("nothing of the test part reaches what is trained on", () => {
  const data = airlinePassengers();
  const changed = { ...data, values: data.values.map((value, i) => (i >= 117 ? 1000 - value : value)) };
  const other = seriesJob(changed, settings("series", {}));
  expect(other.choices).toEqual(job.choices);
  expect(other.training).toEqual(job.training);
  expect({ ...other.pipeline, tail: 0 }).toEqual({ ...job.pipeline, tail: 0 });
});

test("training values are standardised, targets follow their windows", () => {
  const { x, y = new Tensor([0], new Float32Array()) } = job.training.train;
  expect(x.shape).toEqual([88, 12, 1]);
  expect(y.shape).toEqual([88, 1]);
  const targets = Array.from(y.data);
  const mean = targets.reduce((sum, value) => sum + value / 88, 0);
  const variance = targets.reduce((sum, value) => sum + value * value, 0) / 88;
  expect(Math.abs(mean)).toBeLessThan(1e-6);
  expect(variance).toBeCloseTo(1, 5);
});

test("the baselines are those published", async () => {
  const models = await job.baselines(silent);
  const rmse = Object.fromEntries(models.map(({ name, test }) => [name, test.rmse]));
  expect(Math.round(rmse.lastValue ?? 0)).toBe(51);
  expect(Math.round(rmse.seasonalNaive ?? 0)).toBe(47);
  expect(rmse.linear).toBeLessThan(17);
  for (const { outcomes, predictions } of models) expect([outcomes.length, predictions.length]).toEqual([27, 27]);
});

test("a model is scored in the data's units: one that always says the mean change is a drift on the log scale", async () => {
  const scored = await job.score(async (x) => new Tensor([x.shape[0], 1], new Float32Array(x.shape[0])));
  const { values } = airlinePassengers();
  let logs = 0;
  for (let row = 13; row < 101; row++) logs += Math.log(values[row] / values[row - 1]) / 88;
  expect(scored.predictions[0]).toBeCloseTo(values[116] * Math.exp(logs), 4);
  expect(scored.outcomes[0]).toBeCloseTo(scored.predictions[0] - values[117], 9);
  expect(scored.test.rmse).toBeCloseTo(51, 0);
});

test("asked-for window and transform are taken as they are, at any horizon", async () => {
  const asked = seriesJob(airlinePassengers(), settings("series", { window: 5, transform: "asIs", horizon: 3 }));
  expect(asked.training.train.x.shape.slice(1)).toEqual([5, 1]);
  expect(asked.choices.filter(({ why }) => why === "as asked").map(({ what }) => what)).toEqual([
    "window",
    "transform",
  ]);
  // Scaled with the spread of the targets: what is predicted as the next value's scaled truth is exact.
  const { x, y } = asked.training.train;
  expect(y?.data.length).toBe(x.shape[0]);
});

test("a series with values that are not above zero is never taken to logarithms, wherever they stand", () => {
  const data = airlinePassengers();
  const late = { ...data, values: data.values.map((value, i) => (i === 140 ? 0 : value)) };
  expect(seriesJob(late, settings("series", {})).choices.find(({ what }) => what === "transform")?.value).not.toMatch(
    /log/i,
  );
});

test("a sine has a season of its own", () => {
  const { pipeline, split } = seriesJob(sine(), settings("series", {}));
  expect(pipeline.kind === "series" && pipeline.tail.length).toBeGreaterThan(10);
  expect(split.train + split.validation + split.test).toBeLessThan(1000);
});

test("a season asked for serves baselines, window and transform alike; 1 is none", async () => {
  const names = async (season: number) => {
    const asked = seriesJob(airlinePassengers(), settings("series", { season }));
    const [found, window] = asked.choices;
    return { found, window: window.value, names: (await asked.baselines(silent)).map(({ name }) => name), asked };
  };
  const four = await names(4);
  expect(four.found).toEqual({ what: "season", value: "4 steps", why: "as asked" });
  expect(four.window).toBe("8 values");
  expect([four.asked.data.season, four.asked.pipeline]).toMatchObject([4, { season: 4 }]);
  const naive = (await four.asked.baselines(silent)).find(({ name }) => name === "seasonalNaive");
  const firstTest = 144 - four.asked.split.test;
  expect(naive?.predictions[0]).toBe(airlinePassengers().values[firstTest - 4]);
  const none = await names(1);
  expect(none.found).toEqual({ what: "season", value: "none", why: "as asked" });
  expect(none.names).not.toContain("seasonalNaive");
  expect(none.asked.pipeline).toMatchObject({ season: undefined, window: 24 });
  expect(() => seriesJob(airlinePassengers(), settings("series", { season: 60 }))).toThrow(/at most 57, found 60/);
});

test("a season told by the spacing of dates is called assumed, a window by what it follows from", async () => {
  const plan = (data: SeriesData) => planSentences(seriesJob(data, settings("series", {})));
  const dates = Array.from({ length: 300 }, (_, i) => new Date(Date.UTC(2020, 0, 1, i)).toISOString().slice(0, 16));
  const read = async (rows: readonly string[]) =>
    seriesFromTable(await parseCsv(`time,load\n${rows.map((date, i) => `${date},${(7 * i) % 23}\n`).join("")}`));
  expect(plan(await read(dates))).toEqual(
    expect.arrayContaining([
      "Season: 24 steps (assumed, because the dates are hourly; --season sets another, 1 none).",
      "Window: 24 values (one season; --window sets another).",
    ]),
  );
  const years = dates.map((_, i) => String(1700 + i).concat("-01-01"));
  expect(plan(await read(years.slice(0, 60)))).toContainEqual(
    expect.stringMatching(/^Window: 12 values \(a quarter of the training part; /),
  );
  const quarters = dates.map((_, i) => `${1700 + Math.floor(i / 4)}-Q${1 + (i % 4)}`);
  expect(plan(await read(quarters))).toContainEqual(
    expect.stringMatching(/^Window: 8 values \(2 seasons, to see at least 8 values; /),
  );
  expect(plan(airlinePassengers())).toContain("Season: 12 steps (known of these data).");
});
