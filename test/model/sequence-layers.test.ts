import { afterEach, describe, expect, test } from "vitest";
import { closeTeam, setThreads } from "../../src/engine/index.ts";
import {
  adam,
  dense,
  embedding,
  globalAveragePooling1d,
  globalMaxPooling1d,
  gru,
  input,
  type Layer,
  layerNormalization,
  masking,
  model,
  sequential,
  spatialDropout1d,
  timeDistributed,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers, tokens } from "./data.ts";

afterEach(() => {
  setThreads(undefined);
  closeTeam();
});

test("normalization, masking, pooling and dropout train to the same bits on one thread and two", async () => {
  const trained = async (threads: number) => {
    setThreads(threads);
    const model = sequential([
      masking(),
      spatialDropout1d({ rate: 0.3 }),
      gru({ units: 5, returnSequences: true }),
      layerNormalization(),
      timeDistributed(dense({ units: 9, activation: "gelu" })),
      globalAveragePooling1d(),
      dense({ units: 1, activation: "sigmoid" }),
    ]);
    model.compile({ optimizer: adam(), loss: "binaryCrossentropy" });
    const x = numbers(3, 50, 7, 3);
    x.data.fill(0, 21, 60);
    await model.fit(x, tokens(4, 2, 50, 1), { epochs: 3, batchSize: 40 });
    const weights = await model.getWeights();
    model.dispose();
    return weights;
  };
  const [one, two] = [await trained(1), await trained(2)];
  one.forEach((weight, i) => {
    expect(sameBits(weight.data, two[i].data)).toBe("");
  });
});

test("spatialDropout1d drops the same features of a row at every step", async () => {
  const model = sequential([
    input({ shape: [8, 40] }),
    spatialDropout1d({ rate: 0.5 }),
    globalMaxPooling1d(),
    dense({ units: 40, useBias: false }),
  ]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const ones = numbers(1, 30, 8, 40);
  ones.data.fill(1);
  const identity = Array.from({ length: 40 }, (_, i) => Array.from({ length: 40 }, (_, j) => (i === j ? 1 : 0)));
  await model.setWeights([identity]);
  const zeros = numbers(1, 30, 40);
  zeros.data.fill(0);
  // A feature is 0 or 2: half of them are 0 at all steps. Dropped step by step, nearly none would be.
  const { history } = await model.fit(ones, zeros, { batchSize: 30 });
  expect(Math.abs(history.loss[0] - 2)).toBeLessThan(0.3);
});

describe("globalAveragePooling1d", () => {
  test("gives zeros for a row that is masked throughout, and its gradient spoils nothing", async () => {
    const model = sequential([
      embedding({ inputDim: 5, outputDim: 3, maskZero: true }),
      globalAveragePooling1d(),
      dense({ units: 1, biasInitializer: "ones" }),
    ]);
    expect((await model.predict([[0, 0]])).toArray()).toEqual([[1]]);
    model.compile({ optimizer: adam(), loss: "mse" });
    const { history } = await model.fit(
      [
        [0, 0],
        [1, 0],
      ],
      [[0], [1]],
      { epochs: 2 },
    );
    expect(history.loss.every(Number.isFinite)).toBe(true);
  });
});

describe("masking", () => {
  test("loss and metrics leave masked steps out", async () => {
    const model = sequential([input({ shape: [null, 1] }), masking({ maskValue: 9 }), dense({ units: 1 })]);
    model.compile({ loss: "mse", metrics: ["mae"] });
    const short = await model.evaluate([[[1], [2]]], [[[5], [7]]]);
    const padded = await model.evaluate([[[1], [9], [2], [9]]], [[[5], [99], [7], [-99]]]);
    expect(padded).toEqual(short);
  });
});

describe("layerNormalization", () => {
  test("a row of one value stays finite, forward and back", async () => {
    const model = sequential([input({ shape: [3] }), layerNormalization(), dense({ units: 1 })]);
    model.compile({ optimizer: adam(), loss: "mse" });
    const { history } = await model.fit(
      [
        [7, 7, 7],
        [0, 0, 0],
      ],
      [[1], [2]],
      { epochs: 3 },
    );
    expect(history.loss.every(Number.isFinite)).toBe(true);
  });
});

const row = input({ shape: [3] });
test.each<[string, () => unknown, string, string]>([
  ["an epsilon below zero", () => layerNormalization({ epsilon: -1 }), "model/option", "epsilon"],
  ["an unknown option", () => layerNormalization({ axis: 1 } as never), "model/option", "axis"],
  ["a value that is no number", () => masking({ maskValue: Number.NaN }), "model/option", "maskValue"],
  ["a rate of one", () => spatialDropout1d({ rate: 1 }), "model/option", "rate of spatialDropout1d"],
  ["a recurrent layer at each step", () => timeDistributed(gru({ units: 1 })), "model/layer", "found gru"],
  [
    "a model of sequences at each step",
    () => timeDistributed(sequential([input({ shape: [5, 3] }), dense({ units: 1 })])),
    "model/layer",
    "found sequential of sequences",
  ],
  [
    "a model with several outputs at each step",
    () => timeDistributed(model({ inputs: row, outputs: [row, dense({ units: 1 }).apply(row)] }) as never),
    "model/layer",
    "found functional with a list of outputs",
  ],
  ["an unknown function", () => dense({ units: 1, activation: "mish" as never }), "model/activation", "gelu"],
  ...[masking(), spatialDropout1d({ rate: 0.5 }), globalMaxPooling1d(), timeDistributed(dense({ units: 1 }))].map(
    (layer: Layer): [string, () => unknown, string, string] => [
      `${layer.kind} without steps`,
      () => sequential([input({ shape: [3] }), layer]),
      "model/shape",
      "expects sequences [rows, steps, features], found [rows, features]",
    ],
  ),
  [
    "normalization of tokens",
    () =>
      sequential([
        input({ shape: [3] }),
        embedding({ inputDim: 2, outputDim: 1 }),
        layerNormalization(),
        embedding({ inputDim: 2, outputDim: 1 }),
      ]),
    "model/shape",
    "embedding",
  ],
])("refused: %s", (_, make, code, text) => {
  expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
});
