import { afterAll, beforeAll, expect, test } from "vitest";
import { Tensor } from "../../base/index.ts";
import { adding, airlinePassengers, reber, type SequencesData } from "../../data/index.ts";
import { closeTeam } from "../../engine/index.ts";
import { dense, input, lstm, type Model, sequential, sequentialFromConfig } from "../../model/index.ts";
import { explain } from "../explain.ts";
import type { FittedModel } from "../fitted.ts";
import { train } from "../train.ts";
import { gradient, occlusion, questionOf } from "./contributions.ts";
import { type Material, materialOf } from "./material.ts";
import { lengthsUpTo } from "./memory.ts";
import { Probe, type Sequence } from "./probe.ts";

afterAll(closeTeam);

let airline: FittedModel;
let strings: FittedModel;
const puzzle = reber({ length: 5, rows: 300 });
const words = ["a good film", "a bad film", "good", "bad and dull", "the good one", "it was bad"];
const texts = Array.from({ length: 90 }, (_, i) => `${words[i % 6]} ${["then", "now", "ever"][i % 3]}`);
const labels = texts.map((text) => (text.includes("good") ? "yes" : "no"));
const remarks = { kind: "texts" as const, name: "remarks", source: "made", train: { texts, labels } };
let said: FittedModel;

beforeAll(async () => {
  airline = (await train(airlinePassengers(), { epochs: 20, units: 6 })).fitted;
  strings = (await train(puzzle, { epochs: 2, units: 5, cell: "lstm" })).fitted;
  said = (await train(remarks, { epochs: 10, units: 5, batchSize: 8 })).fitted;
});

/** Central differences of what is asked, over the vectors of each step, times those vectors. */
async function measured(model: Model, sequence: Sequence, material: Material, row: number): Promise<number[]> {
  const probe = await Probe.of(model);
  const [outputs] = await probe.predict([sequence]);
  const question = questionOf(material, row, outputs);
  // The layers behind the embedding, which take its vectors.
  const { layers } = model.toConfig() as { layers: { kind: string; config: object }[] };
  const weights = await model.getWeights();
  const tokens = layers[0].kind === "embedding";
  const width = tokens ? weights[0].shape[1] : probe.features;
  const vectors = tokens
    ? Array.from(sequence, (token) => [...weights[0].data.subarray(token * width, (token + 1) * width)])
    : Array.from({ length: sequence.length / width }, (_, t) => [...sequence.subarray(t * width, (t + 1) * width)]);
  const rest = layers.filter(({ kind }) => kind !== "embedding" && kind !== "input");
  const behind = sequentialFromConfig({
    kind: "sequential",
    seed: 0,
    input: null,
    layers: [{ kind: "input", config: { shape: [null, width] } }, ...rest],
    compile: null,
  });
  await behind.setWeights(tokens ? weights.slice(1) : weights);
  const size = 0.01;
  const scaled = vectors.flatMap((_, t) =>
    [1 + size, 1 - size].map((factor) =>
      vectors.map((vector, s) => (s === t ? vector.map((x) => x * factor) : vector)),
    ),
  );
  const { data, shape } = await behind.predict(scaled);
  const asked = scaled.map((_, i) => question.of(data.slice(i * shape[1], (i + 1) * shape[1]) as Float32Array));
  probe.dispose();
  behind.dispose();
  return vectors.map((_, t) => (asked[2 * t] - asked[2 * t + 1]) / (2 * size));
}

async function holdGradient(fitted: FittedModel, data: Parameters<typeof materialOf>[1], row: number): Promise<void> {
  const material = materialOf(fitted, data);
  const sequence = material.sequence(row);
  const probe = await Probe.of(fitted.model);
  const [outputs] = await probe.predict([sequence]);
  const found = await gradient(probe, sequence, { question: questionOf(material, row, outputs), outputs });
  const expected = await measured(fitted.model, sequence, material, row);
  const most = Math.max(...expected.map(Math.abs));
  expect(most).toBeGreaterThan(0);
  found.forEach((value, t) => {
    expect(Math.abs(value - expected[t]) / most, `step ${t}`).toBeLessThan(0.01);
  });
  probe.dispose();
}

test("gradients times inputs are those of central differences: texts, series, symbols", async () => {
  await holdGradient(said, remarks, 3);
  await holdGradient(airline, airlinePassengers(), 140);
  await holdGradient(strings, puzzle, 7);
});

/** A model of three classes over sequences of numbers, as `train` would keep it. */
function ofThree(): { fitted: FittedModel; data: SequencesData } {
  const model = sequential(
    [input({ shape: [6, 2] }), lstm({ units: 4, dropout: 0.3 }), dense({ units: 3, activation: "softmax" })],
    { seed: 9 },
  );
  const labels = ["a", "b", "c"];
  const pipeline = { kind: "sequences" as const, task: "classification" as const, features: 2, tokens: 0, labels };
  const x = new Tensor(
    [5, 6, 2],
    Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i)),
  );
  const y = new Tensor([5], Int32Array.of(0, 1, 2, 0, 1));
  const data = {
    kind: "sequences" as const,
    name: "made",
    source: "made",
    task: "classification" as const,
    train: { x, y },
    classes: labels,
  };
  return { fitted: { model, pipeline, training: {} }, data };
}

test("of three classes the logarithm of the answer's probability is explained", async () => {
  const { fitted, data } = ofThree();
  await holdGradient(fitted, data, 2);
  const { measure, rows } = await explain(fitted, data, { rows: [3, 5] });
  expect(measure).toEqual({ kind: "logProbability" });
  expect(rows.map(({ row, truth }) => [row, truth])).toEqual([
    [3, "c"],
    [5, "b"],
  ]);
  expect(rows[0].steps[0].text).toMatch(/^-?[\d.]+, -?[\d.]+$/);
});

test("of numbers to rows in no order a typical answer, the worst and the closest are chosen", async () => {
  const sums = adding({ length: 4, rows: 60 });
  const { fitted } = await train(sums, { epochs: 1, units: 3 });
  const found = await explain(fitted, sums);
  expect(found.rows.map(({ why }) => why)).toEqual(["typical", "worst", "closest"]);
  const errors = found.rows.map(({ values }) => Math.abs(values!.answer - values!.truth!));
  expect([errors[1] >= errors[0], errors[0] >= errors[2]]).toEqual([true, true]);
});

test("occlusion is the answer less that without the step", async () => {
  const material = materialOf(said, remarks);
  const probe = await Probe.of(said.model);
  const sequence = material.sequence(0);
  const [outputs] = await probe.predict([sequence]);
  const found = await occlusion(probe, material, sequence, { question: questionOf(material, 0, outputs), outputs });
  const odds = async (tokens: number[]) => {
    const padded = [...tokens, ...new Array<number>(200 - tokens.length).fill(0)];
    const p = (await said.model.predict([padded])).at(0, 0);
    return Math.log(p / (1 - p));
  };
  const tokens = [...sequence];
  for (const t of tokens.keys()) {
    const without = await odds(tokens.filter((_, i) => i !== t));
    expect(found[t]).toBeCloseTo((await odds(tokens)) - without, 4);
  }
  probe.dispose();
});

test("a word that decides is found, by both ways", async () => {
  const { rows, measure } = await explain(said, remarks, { rows: [1, 2] });
  expect(measure).toEqual({ kind: "logOdds", label: "yes" });
  for (const { steps, answer } of rows) {
    const word = answer === "yes" ? "good" : "bad";
    const most = [...steps].sort((a, b) => Math.abs(b.occlusion) - Math.abs(a.occlusion))[0];
    expect(most.text).toBe(word);
    expect(Math.sign(most.gradient)).toBe(answer === "yes" ? 1 : -1);
    expect(steps[0].text).toBe("(start)");
  }
});

test("without rows named it takes telling ones, of the test part alone", async () => {
  const { rows, data, memory, gates } = await explain(said, remarks);
  expect(data.rows).toBe(18);
  expect(rows.map(({ why }) => why)).toContain("surest");
  expect(rows.every(({ confidence }) => confidence! >= 0.5 && confidence! <= 1)).toBe(true);
  expect(memory.lengths[0]).toBe(1);
  expect(memory.scores.length).toBe(memory.lengths.length);
  expect(gates.map(({ layer, units, gates }) => [layer, units, gates.map(({ name }) => name)])).toEqual([
    ["gru", 5, ["z", "r"]],
  ]);
  for (const { mean, open, closed } of gates[0].gates) {
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThan(1);
    expect(open + closed).toBeLessThanOrEqual(1);
  }
  expect(gates[0].halfLives!.steps).toEqual([...gates[0].halfLives!.steps].sort((a, b) => a - b));
});

test("of a model that is no better than chance no memory is told, of one that has learned it is", async () => {
  const shuffled = labels.map((_, i) => (((i * 7919) >> 3) % 2 ? "yes" : "no"));
  const noise = { ...remarks, name: "noise", train: { texts, labels: shuffled } };
  const { fitted } = await train(noise, { epochs: 1, units: 3 });
  const { memory } = await explain(fitted, noise);
  expect(memory.length).toBeUndefined();
  expect(memory.chance).toBeGreaterThan(0.5);
  expect(memory.chance).toBeLessThan(0.7);
  const learned = (await explain(said, remarks)).memory;
  expect([learned.chance, learned.length]).toEqual([undefined, expect.any(Number)]);
});

test("a value that was filled in is no truth", async () => {
  const series = { ...airlinePassengers(), missing: { method: "ffill", rows: [130] } } as const;
  const { rows } = await explain(airline, series, { rows: [131, 132] });
  expect(rows.map(({ truth, values }) => [truth, values?.truth])).toEqual([
    [undefined, undefined],
    ["405", 405],
  ]);
});

test("a series: the window with its dates, contributions in the data's units, the forecast past the end", async () => {
  const { data, rows, memory } = await explain(airline, airlinePassengers(), { rows: ["+1", 131] });
  expect(data).toMatchObject({ target: "passengers", transform: airline.training.settings?.transform });
  const [next, known] = rows;
  expect(next.truth).toBeUndefined();
  expect(next.name).toBe("+1");
  expect(known).toMatchObject({ name: "1959-11", truth: "362" });
  expect(known.steps.at(-1)).toMatchObject({ text: "1959-10", value: 407 });
  const { values } = airlinePassengers();
  const { forecastRows } = await import("../predict.ts");
  expect(known.values!.answer).toBeCloseTo((await forecastRows(airline, values))[130]!, 4);
  expect(memory.metric).toBe("rmse");
  expect(Object.keys(known.layers[0].gates)).toEqual(["z", "r"]);
});

test("memory lengths grow by halves; half-lives of a gate that is known", () => {
  expect(lengthsUpTo(1)).toEqual([1]);
  expect(lengthsUpTo(20)).toEqual([1, 2, 3, 4, 6, 8, 12, 16, 20]);
});

test("rows that are not there, and data of another kind, are refused", async () => {
  await expect(explain(said, remarks, { rows: [91] })).rejects.toMatchObject({ code: "usage/rows" });
  await expect(explain(airline, airlinePassengers(), { rows: [3] })).rejects.toMatchObject({ code: "usage/rows" });
  await expect(explain(said, airlinePassengers())).rejects.toMatchObject({ code: "model/kind" });
});
