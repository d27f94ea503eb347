import { expect, test } from "vitest";
import { adding, airlinePassengers, reber, type TextsData } from "../data/index.ts";
import { compare } from "./compare.ts";
import type { ProgressEvent } from "./progress.ts";

const quick = { epochs: 2, units: 4 } as const;

test("a series: every model on the same targets, the best of each kind chosen on validation", async () => {
  const events: ProgressEvent[] = [];
  const result = await compare(airlinePassengers(), { ...quick, onProgress: (event) => events.push(event) });
  expect(result.models.map(({ name }) => name)).toEqual([
    ...["lastValue", "seasonalNaive", "drift", "ets", "linear"],
    ...["rnn", "lstm", "gru"],
  ]);
  for (const model of result.models) expect(model.predictions?.length).toBe(27);
  const best = (kind: string) =>
    result.models
      .filter((model) => model.kind === kind)
      .sort((a, b) => (a.validation.rmse ?? 0) - (b.validation.rmse ?? 0))[0].name;
  expect(result.comparison).toMatchObject({ model: best("recurrent"), baseline: best("baseline"), metric: "rmse" });
  const score = (name: string) => result.models.find((model) => model.name === name)?.test.rmse ?? 0;
  const { model, baseline, difference, low, high } = result.comparison;
  expect(difference).toBeCloseTo(score(model) - score(baseline), 9);
  expect(low).toBeLessThanOrEqual(difference);
  expect(high).toBeGreaterThanOrEqual(difference);
  expect(events.filter(({ type }) => type === "modelBegin").length).toBe(8);
  expect(events.filter(({ type }) => type === "epoch").length).toBe(6);
  expect(events.map(({ type }) => type).slice(0, 2)).toEqual(["read", "plan"]);
});

test("the same seed gives the same result", async () => {
  const once = async () => {
    const { models } = await compare(airlinePassengers(), { ...quick, cells: ["gru"], seed: 5 });
    return models.map(({ seconds, ...rest }) => rest);
  };
  expect(await once()).toEqual(await once());
});

test("texts: classes, words, a confusion matrix and the worst mistakes", async () => {
  const texts = Array.from({ length: 120 }, (_, i) => `${["red apple", "green pear", "blue plum"][i % 3]} ${i % 7}`);
  const labels = Array.from({ length: 120 }, (_, i) => ["fruit", "__proto__", "x"][i % 3]);
  const data: TextsData = { kind: "texts", name: "fruit", source: "made", train: { texts, labels } };
  const result = await compare(data, { ...quick, cells: ["gru"], maxLength: 5 });
  expect(result.data.labels).toEqual(["__proto__", "fruit", "x"]);
  expect(result.comparison.metric).toBe("accuracy");
  expect(result.confusion?.flat().reduce((a, b) => a + b)).toBe(result.split.test);
  expect(result.truth?.length).toBe(result.split.test);
  const wrong = result.models.at(-1)?.predictions?.filter((label, row) => label !== result.truth?.[row]).length ?? 0;
  expect(result.worst?.length).toBe(Math.min(10, wrong));
  for (const { truth, predicted } of result.worst ?? []) expect(truth).not.toBe(predicted);
  // Words such as these tell all: the baseline must have understood.
  expect(result.models[1].test.accuracy).toBe(1);
});

test("sequences of symbols and of numbers", async () => {
  const symbols = await compare(reber({ length: 5, rows: 200 }), { ...quick, cells: ["rnn"] });
  expect(symbols.models.map(({ name }) => name)).toEqual(["majority", "linear", "rnn"]);
  const numbers = await compare(adding({ length: 6, rows: 200 }), { ...quick, cells: ["rnn"] });
  expect(numbers.models.map(({ name }) => name)).toEqual(["mean", "linear", "rnn"]);
  expect(numbers.models[0].test.rmse).toBeCloseTo(Math.sqrt(1 / 6), 1);
});

test("says of a cell that its epochs were over while it was getting better", async () => {
  const unfinished = async (epochs: number) => {
    const { findings } = await compare(airlinePassengers(), { epochs, units: 4, cells: ["rnn"] });
    return findings.filter(({ what }) => what.includes("still getting better"));
  };
  expect(await unfinished(10)).toEqual([
    {
      severity: "warning",
      what: "Simple RNN was still getting better when its 10 epochs were over",
      advice: "It may do better with more: --epochs 40.",
    },
  ]);
  expect(await unfinished(3)).toMatchObject([{ advice: "Leave --epochs out, or raise it." }]);
});

test("a signal leaves what was finished, and says what was not", async () => {
  const controller = new AbortController();
  const result = await compare(airlinePassengers(), {
    epochs: 3,
    units: 4,
    cells: ["rnn", "gru"],
    signal: controller.signal,
    onProgress: (event) => {
      if (event.type === "epoch" && event.model === "gru") controller.abort();
    },
  });
  expect(result.models.at(-1)?.name).toBe("rnn");
  expect(result.findings.some(({ what }) => /^Interrupted: GRU was not trained/.test(what))).toBe(true);
  expect(result.verdict).toMatch(/^No verdict: the comparison was interrupted/);
  await expect(compare(airlinePassengers(), { ...quick, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "training/interrupted",
  });
});

test("data that cannot be learned from, and options that make no sense, are refused", async () => {
  const constant = { ...airlinePassengers(), values: new Float64Array(144).fill(5) };
  await expect(compare(constant)).rejects.toMatchObject({ code: "data/constant" });
  const hole = { ...airlinePassengers(), values: airlinePassengers().values.with(7, Number.NaN) };
  await expect(compare(hole)).rejects.toMatchObject({ code: "data/not-finite" });
  await expect(compare(airlinePassengers(), { window: 140 })).rejects.toMatchObject({ code: "data/too-short" });
  await expect(compare(airlinePassengers(), { cells: [] })).rejects.toMatchObject({ code: "usage/option" });
  await expect(compare(airlinePassengers(), { maxWords: 7 })).rejects.toMatchObject({ code: "usage/option" });
});
