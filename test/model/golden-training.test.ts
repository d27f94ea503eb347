import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/base/index.ts";
import {
  type Callback,
  dense,
  input,
  type LossName,
  type MetricName,
  type Sequential,
  sequential,
} from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import type { FitCase, StatefulCase, TrainingCase } from "../golden/records.ts";
import { camel, layerOf, optimizerOf } from "./keras.ts";

const LOSS = 1e-5;
const WEIGHT = 1e-5;

async function modelOf(record: TrainingCase | FitCase, x: Tensor, batchSize?: number): Promise<Sequential> {
  const { layers, optimizer, loss, metrics = [], weights } = record;
  const first = batchSize === undefined ? [] : [input({ shape: x.shape.slice(1), batchSize })];
  const model = sequential([...first, ...layers.map(layerOf)]);
  model.compile({
    optimizer: optimizerOf(optimizer),
    loss: camel(loss) as LossName,
    metrics: metrics.map((metric) => camel(metric) as MetricName),
    weightedMetrics: ("fit" in record ? (record.weightedMetrics ?? []) : []).map((name) => camel(name) as MetricName),
  });
  await model.prepare(x, undefined, false);
  await model.setWeights(weights.map(({ tensor }) => tensor));
  return model;
}

function holdWeights(found: readonly Tensor[], expected: readonly Tensor[], when: string): void {
  found.forEach((tensor, i) => {
    expect(closeBy(tensor.data, expected[i].data, WEIGHT), `weight ${i} ${when}`).toBe("");
  });
}

/** Trains a batch at a time; losses and weights must be those of the record. */
async function holdSteps(model: Sequential, { batches, losses, after }: TrainingCase): Promise<void> {
  const seen: number[] = [];
  const callback = {
    async onBatchEnd(batch: number, logs: Readonly<Record<string, number>>) {
      seen.push(logs.loss);
      holdWeights(await model.getWeights(), after[batch], `after batch ${batch}`);
    },
  };
  await model.fit(batches.values(), { callbacks: [callback] });
  expect(closeBy(seen, losses, LOSS)).toBe("");
}

describe("single steps", () => {
  // Keras on TensorFlow alone squares each occurrence of a token by itself; ours sums them, as on every other backend.
  const summed = golden("training-repeated-tokens").filter(({ name }) => name.startsWith("gradients summed"));
  test("with tokens that occur twice are held", () => expect(summed.length).toBe(2));

  const cases = [...golden("training"), ...summed].map((record) => [record.name, record] as const);
  test.each(cases)("%s", async (_, record) => {
    const model = await modelOf(record, record.batches[0].x);
    await holdSteps(model, record);
    model.dispose();
  });
});

describe("what is asked of weights, gradients and averages", () => {
  const records = [...golden("training-options"), ...golden("training-options-more")];
  const cases = records.map((record) => [record.name, record] as const);
  test.each(cases)("%s", async (_, record) => {
    const model = await modelOf(record, record.batches[0].x);
    await holdSteps(model, record);
    holdWeights(await model.getWeights(), record.final, "at the end");
    model.dispose();
  });
});

describe("stateful layers", () => {
  const cases = golden("training-stateful").map((record) => [record.name, record] as const);
  test.each(cases)("%s", async (_, record: StatefulCase) => {
    const [{ x }] = record.batches;
    const model = await modelOf(record, x, x.shape[0]);
    await holdSteps(model, record);
    for (const [when, expected] of record.predictions.entries()) {
      if (when === 2) await model.resetState();
      expect(closeBy((await model.predict(x)).data, expected.data, LOSS), `prediction ${when}`).toBe("");
    }
    model.dispose();
  });
});

describe("fit", () => {
  const cases = [...golden("fit"), ...golden("fit-weighted")];
  test.each(cases.map((record) => [record.name, record] as const))("%s", async (_, record) => {
    const { x, y, fit, history, evaluate, predictions, after, sampleWeight, classWeight } = record;
    const model = await modelOf(record, x);
    const { batch_size: batchSize, epochs, shuffle, validation_split: validationSplit } = fit as Record<string, never>;
    const found = await model.fit(x, y, {
      batchSize,
      epochs,
      shuffle,
      validationSplit,
      sampleWeight,
      classWeight,
    });
    expect(found.epoch).toEqual(Array.from({ length: epochs }, (_, epoch) => epoch));
    // Keras's precision loses the mask.
    const held = Object.keys(history).filter((key) => !(record.name.startsWith("masked") && /precision/.test(key)));
    const keys = [...Object.keys(history).map(camel), "learningRate"];
    expect(Object.keys(found.history).sort()).toEqual(keys.sort());
    for (const key of held) expect(closeBy(found.history[camel(key)], history[key], LOSS), key).toBe("");
    holdWeights(await model.getWeights(), after, "at the end");
    const scores = await model.evaluate(x, y, { batchSize, sampleWeight });
    for (const key of Object.keys(evaluate).filter((key) => held.includes(key))) {
      expect(Math.abs(scores[camel(key)] - evaluate[key]), key).toBeLessThan(LOSS);
    }
    expect(closeBy((await model.predict(x)).data, predictions.data, LOSS)).toBe("");
    model.dispose();
  });
});

describe("validationSplit", () => {
  test.each(golden("validation-split"))("$name", async ({ rows, split, train }) => {
    const model = sequential([dense({ units: 1 })]);
    model.compile({ loss: "meanSquaredError" });
    const ones = Array.from({ length: rows }, () => [1]);
    let trained: number | undefined;
    const watch: Callback = {
      onProgress({ batches }) {
        trained = batches;
      },
    };
    const fitted = model.fit(ones, ones, { batchSize: 1, validationSplit: split, callbacks: [watch] });
    if (train === null) await expect(fitted).rejects.toMatchObject({ code: "data/empty" });
    else expect((await fitted).history.valLoss).toHaveLength(1);
    expect(trained).toBe(train ?? undefined);
    model.dispose();
  });
});
