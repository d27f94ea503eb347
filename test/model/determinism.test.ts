import { afterAll, describe, expect, test } from "vitest";
import type { Tensor } from "../../src/base/index.ts";
import { setThreads } from "../../src/engine/index.ts";
import {
  adam,
  type CompileOptions,
  dense,
  dropout,
  embedding,
  gru,
  type Layer,
  lstm,
  type Sequential,
  sequential,
  simpleRnn,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers, paddedTokens, rowsOf, tokens } from "./data.ts";

// A batch of 48 rows is three slices, which threads share; the last batch is short.
const rows = 77;
const steps = 11;

interface Subject {
  readonly layers: () => Layer[];
  readonly x: Tensor;
  readonly y: Tensor;
  readonly compile: CompileOptions;
}

const subjects: Record<string, Subject> = {
  "masked tokens, gru with both dropouts": {
    layers: () => [
      embedding({ inputDim: 20, outputDim: 5, maskZero: true }),
      gru({ units: 6, dropout: 0.3, recurrentDropout: 0.2 }),
      dense({ units: 1, activation: "sigmoid" }),
    ],
    x: paddedTokens(1, 20, rows, steps),
    y: tokens(2, 2, rows, 1),
    compile: { optimizer: adam({ learningRate: 0.02 }), loss: "binaryCrossentropy", metrics: ["accuracy"] },
  },
  "lstm, dropout, simple rnn backwards": {
    layers: () => [
      lstm({ units: 17, returnSequences: true }),
      dropout({ rate: 0.25 }),
      simpleRnn({ units: 9, goBackwards: true }),
      dense({ units: 2 }),
    ],
    x: numbers(3, rows, steps, 3),
    y: numbers(4, rows, 2),
    compile: { optimizer: "rmsprop", loss: "meanSquaredError", metrics: ["mae"] },
  },
  "gru of the older form, a class at every step": {
    layers: () => [
      gru({ units: 8, resetAfter: false, returnSequences: true }),
      dense({ units: 3, activation: "softmax" }),
    ],
    x: numbers(5, rows, steps, 2),
    y: tokens(6, 3, rows, steps),
    compile: { optimizer: "sgd", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] },
  },
};
const names = Object.keys(subjects);

interface Bits {
  readonly weights: readonly Tensor[];
  readonly predictions: Tensor;
  readonly history: Record<string, number[]>;
  readonly scores: Record<string, number>;
}

async function trained(name: string, options: { seed?: number; numerics?: "fast" | "exact" } = {}): Promise<Bits> {
  const { layers, x, y, compile } = subjects[name];
  const model = sequential(layers(), { seed: options.seed ?? 0 });
  model.compile({ ...compile, numerics: options.numerics });
  const { history } = await model.fit(x, y, { epochs: 2, batchSize: 48, validationSplit: 0.2 });
  const bits = {
    weights: await model.getWeights(),
    predictions: await model.predict(x),
    history,
    scores: await model.evaluate(x, y),
  };
  model.dispose();
  return bits;
}

function expectSame(a: Bits, b: Bits): void {
  a.weights.forEach((weight, i) => {
    expect(sameBits(weight.data, b.weights[i].data), `weight ${i}`).toBe("");
  });
  expect(sameBits(a.predictions.data, b.predictions.data)).toBe("");
  expect(a.history).toEqual(b.history);
  expect(a.scores).toEqual(b.scores);
}

afterAll(() => setThreads(undefined));

describe.each(names)("the same bits: %s", (name) => {
  test("in two runs", async () => {
    expectSame(await trained(name), await trained(name));
  });

  test("for one, two and three threads", async () => {
    setThreads(1);
    const alone = await trained(name);
    for (const threads of [2, 3]) {
      setThreads(threads);
      expectSame(await trained(name), alone);
    }
    setThreads(undefined);
  });

  test("for one and two threads when exact", async () => {
    setThreads(1);
    const alone = await trained(name, { numerics: "exact" });
    setThreads(2);
    expectSame(await trained(name, { numerics: "exact" }), alone);
    setThreads(undefined);
  });

  test("for a row alone and in batches of any size", async () => {
    const { layers, x, y, compile } = subjects[name];
    const model = sequential(layers());
    model.compile(compile);
    await model.fit(x, y, { batchSize: 48 });
    const whole = await model.predict(x);
    const width = whole.data.length / rows;
    for (const batchSize of [1, 7, 32, 1000]) {
      expect(sameBits((await model.predict(x, { batchSize })).data, whole.data), `${batchSize}`).toBe("");
    }
    for (const row of [0, 5, rows - 1]) {
      const alone = await model.predict(rowsOf(x, row, row + 1));
      expect(sameBits(alone.data, whole.data.slice(row * width, (row + 1) * width)), `row ${row}`).toBe("");
    }
    // Sums of losses may round differently; nothing else depends on the batches.
    const scores = await model.evaluate(x, y, { batchSize: 32 });
    for (const batchSize of [1, 7]) {
      const other = await model.evaluate(x, y, { batchSize });
      for (const key of Object.keys(scores)) expect(Math.abs(other[key] - scores[key]), key).toBeLessThan(1e-6);
    }
    model.dispose();
  });

  test("but not for another seed", async () => {
    const [first, second] = [await trained(name), await trained(name, { seed: 1 })];
    // Biases start at zero whatever the seed, so that all are compared after training.
    first.weights.forEach((weight, i) => {
      expect(sameBits(weight.data, second.weights[i].data), `weight ${i}`).not.toBe("");
    });
  });
});

test("the weights of a model depend on its seed alone, not on the models made before", async () => {
  const make = (seed: number): Sequential =>
    sequential([embedding({ inputDim: 5, outputDim: 3 }), gru({ units: 4 })], { seed });
  const first = await make(2 ** 40 + 3).getWeights();
  await make(1).getWeights();
  const again = await make(2 ** 40 + 3).getWeights();
  first.forEach((weight, i) => {
    expect(sameBits(weight.data, again[i].data)).toBe("");
  });
  const low = await make(3).getWeights();
  expect(sameBits(first[0].data, low[0].data)).not.toBe("");
});

test("equal layers start from different weights", async () => {
  const model = sequential([
    embedding({ inputDim: 5, outputDim: 4 }),
    gru({ units: 4, returnSequences: true }),
    gru({ units: 4 }),
  ]);
  const [, kernel, recurrent, , nextKernel, nextRecurrent] = await model.getWeights();
  expect(sameBits(kernel.data, nextKernel.data)).not.toBe("");
  expect(sameBits(recurrent.data, nextRecurrent.data)).not.toBe("");
  model.dispose();
});
