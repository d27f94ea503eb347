import { beforeAll, expect, test } from "vitest";
import { GruvyError } from "../base/index.ts";
import { adding, airlinePassengers, reber, type TextsData } from "../data/index.ts";
import { decodeSafetensors, memoryStore } from "../storage/index.ts";
import { checkpointTo } from "./checkpoint.ts";
import { evaluate } from "./evaluate.ts";
import { type FittedModel, modelBytes, modelFromBytes } from "./fitted.ts";
import { forecast } from "./forecast.ts";
import { forecastRows, forecastSeries, predictSequences, textPredictor } from "./predict.ts";
import { train } from "./train.ts";

const quick = { epochs: 2, units: 4 } as const;
const reviews: TextsData = {
  kind: "texts",
  name: "reviews",
  source: "made",
  train: {
    texts: Array.from({ length: 60 }, (_, i) => `${i % 2 === 0 ? "good warm" : "bad dull"} film ${i % 5}`),
    labels: Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? "yes" : "no")),
  },
};
let series: FittedModel;
let texts: FittedModel;

const reloaded = async (fitted: FittedModel) => modelFromBytes(await modelBytes(fitted), "m.gruvy");

beforeAll(async () => {
  series = (await train(airlinePassengers(), { ...quick, horizon: 3 })).fitted;
  texts = (await train(reviews, quick)).fitted;
});

test("a model file is safetensors and holds all that predicting needs", async () => {
  const bytes = await modelBytes(texts);
  const { tensors, metadata } = decodeSafetensors(bytes, { source: "m.gruvy" });
  expect([...tensors.keys()].filter((name) => !name.startsWith("optimizer/"))).toEqual([...texts.model.weightPaths]);
  expect([...tensors.keys()].some((name) => name.startsWith("optimizer/"))).toBe(true);
  expect(JSON.parse(metadata.get("preprocessing") ?? "")).toMatchObject({ kind: "texts", labels: ["no", "yes"] });
  expect(JSON.parse(metadata.get("training") ?? "")).toMatchObject({ cell: "gru", epochs: 2 });
});

test("what is read answers as what was written, bit for bit", async () => {
  const again = await reloaded(texts);
  const some = ["good warm film", "something else", ""];
  expect(await textPredictor(again)(some)).toEqual(await textPredictor(texts)(some));
  const other = await reloaded(series);
  expect(await forecast(other, { horizon: 5 })).toEqual(await forecast(series, { horizon: 5 }));
  expect(await modelBytes(other)).toEqual(await modelBytes(series));
});

test("a forecast far past what was measured is warned of, and lets others have their turn", async () => {
  expect((await forecast(series, { horizon: 12 })).findings).toEqual([]);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const { findings } = await forecast(series, { horizon: 400 });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
  expect(findings).toHaveLength(1);
  expect(findings[0].what).toMatch(
    /^The model was measured on forecasts 3 steps ahead, and 400 steps were asked for behind 144 values/,
  );
  expect(findings[0].advice).toContain("errors add up");
  // Values and steps far below those of the training: the forecast rises by steps of its own.
  const values = Float64Array.from({ length: 60 }, (_, i) => 0.1 + 0.001 * (i % 2));
  const [leaving] = (await forecast(series, { values, horizon: 60 })).findings;
  expect(leaving.what).toMatch(
    /60 steps were asked for; from \+\d+ on they leave the range of the values before by more than its width$/,
  );
});

test("forecasts of a longer horizon use what is known alone, then themselves", async () => {
  const { values, dates } = await forecast(series, { horizon: 7 });
  expect(dates).toEqual(["1961-01", "1961-02", "1961-03", "1961-04", "1961-05", "1961-06", "1961-07"]);
  expect(values.slice(0, 3)).toEqual(await forecastSeries(series, [...airlinePassengers().values]));
  const known = [...airlinePassengers().values, ...values.slice(0, 3)];
  expect((await forecastSeries(series, known)).slice(0, 1)).toEqual(values.slice(3, 4));
});

test("a row of a series is forecast from the rows before it", async () => {
  const { values } = airlinePassengers();
  const rows = await forecastRows(series, values);
  expect(rows.findIndex((row) => row !== undefined)).toBe(15);
  const cut = await forecastSeries(series, [...values.slice(0, 100)]);
  expect(rows.slice(100, 103)).toEqual(cut);
});

test("evaluating on the training data scores their test part alone", async () => {
  const own = await evaluate(series, airlinePassengers());
  expect(own.rows).toBe(27);
  expect(own.models[0].scores.rmse).toBeCloseTo(series.training.test?.rmse ?? 0, 9);
  const labels = await evaluate(texts, reviews);
  expect(labels.rows).toBe(12);
  expect(labels.models[0].scores.accuracy).toBe(texts.training.test?.accuracy);
});

test("sequences keep their shape and symbols", async () => {
  const puzzle = reber({ length: 5, rows: 100 });
  const { fitted } = await train(puzzle, { ...quick, cell: "rnn" });
  const [answer] = await predictSequences(await reloaded(fitted), puzzle.test.x);
  expect(Object.keys((answer as { probabilities: object }).probabilities)).toEqual(["T", "P"]);
  const numbers = adding({ length: 5, rows: 100 });
  const sums = (await train(numbers, { ...quick, cell: "lstm" })).fitted;
  expect(typeof (await predictSequences(sums, numbers.test.x))[0]).toBe("number");
  await expect(evaluate(sums, puzzle)).rejects.toMatchObject({ code: "model/kind" });
  await expect(predictSequences(fitted, numbers.test.x)).rejects.toMatchObject({ code: "data/shape" });
});

test("a model is used for what it was trained for", async () => {
  await expect(forecast(texts)).rejects.toMatchObject({ code: "model/kind" });
  expect(() => textPredictor(series)).toThrow(GruvyError);
  await expect(evaluate(series, reviews)).rejects.toMatchObject({ code: "model/kind" });
  await expect(forecastSeries(series, [1, 2, 3])).rejects.toMatchObject({ code: "data/too-short" });
});

test("interrupted after an epoch, the model has its best weights so far", async () => {
  const controller = new AbortController();
  const { fitted, result } = await train(airlinePassengers(), {
    units: 4,
    signal: controller.signal,
    onProgress: (event) => {
      if (event.type === "epoch" && event.epoch === 3) controller.abort();
    },
  });
  expect(fitted.training.epochs).toBeLessThan(300);
  expect(fitted.training.bestEpoch).toBeGreaterThan(0);
  expect(result.findings.some(({ what }) => /^Interrupted: GRU was stopped/.test(what))).toBe(true);
});

test("a checkpoint that cannot be written ends the training, and what was learned is kept", async () => {
  const store = memoryStore();
  let writes = 0;
  const full = new GruvyError("file/disk-full", "Cannot write run: the disk is full");
  const failing = {
    ...store,
    write: (name: string, bytes: Uint8Array) => (++writes > 2 ? Promise.reject(full) : store.write(name, bytes)),
  };
  const options = { ...quick, epochs: 6, checkpoint: checkpointTo(failing) };
  const { fitted, trouble, result } = await train(airlinePassengers(), options);
  expect([trouble, fitted.training.epochs, fitted.model.iterations > 0]).toEqual([full, 3, true]);
  expect(result.findings.map(({ what }) => what).join()).toContain("the disk is full");
  // Nothing was learned where it is refused at once.
  const refused = train(airlinePassengers(), { ...quick, checkpoint: checkpointTo(store) });
  await expect(refused).rejects.toMatchObject({ code: "training/checkpoints-exist" });
});
