import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/base/index.ts";
import {
  activation,
  adam,
  additiveAttention,
  attention,
  auc,
  bidirectional,
  binaryAccuracy,
  constant,
  conv1d,
  cosineDecay,
  dense,
  dropout,
  embedding,
  exponentialDecay,
  flatten,
  globalAveragePooling1d,
  gru,
  huber,
  input,
  layerNormalization,
  lstm,
  type Model,
  masking,
  model,
  orthogonal,
  piecewiseConstantDecay,
  precision,
  recall,
  repeatVector,
  rmsprop,
  type Sequential,
  type SymbolicTensor,
  sequential,
  sequentialFromConfig,
  sgd,
  simpleRnn,
  spatialDropout1d,
  timeDistributed,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers, tokens } from "./data.ts";
import { expectSameWeights } from "./small.ts";

describe("the architecture", () => {
  const models: [string, () => Sequential, Tensor][] = [
    [
      "tokens",
      () => {
        const model = sequential(
          [
            embedding({ inputDim: 9, outputDim: 4, maskZero: true, embeddingsInitializer: "heNormal" }),
            gru({ units: 5, resetAfter: false, dropout: 0.25, recurrentDropout: 0.5, seed: 7, returnSequences: true }),
            dropout({ rate: 0.5, seed: 3, name: "rest" }),
            lstm({ units: 3, unitForgetBias: false, goBackwards: true, activation: "relu", useBias: true }),
            dense({ units: 1, activation: "sigmoid", biasInitializer: constant(-0.5) }),
          ],
          { name: "reader", seed: 12 },
        );
        model.compile({
          optimizer: adam({
            learningRate: exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }),
            clipnorm: 1,
          }),
          loss: "binaryCrossentropy",
          metrics: ["accuracy", auc({ numThresholds: 50 }), precision({ threshold: 0.3 }), recall(), binaryAccuracy()],
          numerics: "exact",
        });
        return model;
      },
      tokens(1, 9, 4, 6),
    ],
    [
      "both directions",
      () => {
        const model = sequential([
          embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
          bidirectional(gru({ units: 3, returnSequences: true, recurrentDropout: 0.2, seed: 5 }), { mergeMode: "mul" }),
          bidirectional(lstm({ units: 2, goBackwards: true, name: "inner" }), {
            backwardLayer: simpleRnn({ units: 4, seed: 9 }),
            name: "both",
          }),
          dense({ units: 1 }),
        ]);
        model.compile({ optimizer: adam(), loss: "mse" });
        return model;
      },
      tokens(1, 9, 4, 6),
    ],
    [
      "layers between and behind",
      () => {
        const model = sequential([
          masking({ maskValue: -1 }),
          spatialDropout1d({ rate: 0.2, seed: 2 }),
          gru({ units: 3, returnSequences: true }),
          layerNormalization({ epsilon: 0.01, center: false, gammaInitializer: constant(0.5) }),
          timeDistributed(dense({ units: 4, activation: "gelu", name: "inner" }), { name: "each" }),
          globalAveragePooling1d(),
          layerNormalization({ scale: false }),
          dense({ units: 1, activation: "swish" }),
        ]);
        model.compile({ optimizer: adam(), loss: "mse" });
        return model;
      },
      numbers(1, 4, 6, 2),
    ],
    [
      "series, whose input the data said",
      () => {
        const model = sequential([
          simpleRnn({ units: 3, returnSequences: true, recurrentInitializer: orthogonal({ gain: 0.5 }) }),
          activation("elu"),
          dropout({ rate: 0.3 }),
          flatten(),
          dense({ units: 2, useBias: false, name: "head" }),
        ]);
        model.compile({
          optimizer: sgd({
            learningRate: piecewiseConstantDecay({ boundaries: [2], values: [0.1, 0.01] }),
            momentum: 0.9,
            nesterov: true,
            clipvalue: 0.5,
          }),
          loss: huber({ delta: 0.3 }),
          metrics: ["mse", "rootMeanSquaredError"],
        });
        return model;
      },
      numbers(1, 4, 6, 2),
    ],
    [
      "rows, with an input",
      () => {
        const model = sequential([input({ shape: [3], name: "features" }), dense({ units: 4, activation: "softmax" })]);
        model.compile({
          optimizer: rmsprop({
            learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 5, warmupTarget: 0.2, warmupSteps: 2 }),
            centered: true,
            weightDecay: 0.1,
            globalClipnorm: 2,
          }),
          loss: "sparseCategoricalCrossentropy",
          metrics: ["accuracy"],
        });
        return model;
      },
      numbers(1, 4, 3),
    ],
  ];

  test.each(models)("comes back from its config: %s", async (_, make, given) => {
    const model = make();
    const predictions = await model.predict(given);
    const config = model.toConfig();
    for (const text of [config, JSON.parse(JSON.stringify(config))]) {
      const again = sequentialFromConfig(text);
      expect(again.name).toBe(model.name);
      expect(again.isBuilt).toBe(true);
      expect(again.weightPaths).toEqual(model.weightPaths);
      // The same seed: the same first weights, before any are set.
      await expectSameWeights(again, await model.getWeights());
      expect(sameBits((await again.predict(given)).data, predictions.data)).toBe("");
      expect(JSON.parse(JSON.stringify(again.toConfig().compile))).toEqual(JSON.parse(JSON.stringify(config.compile)));
      const twice = sequentialFromConfig(again.toConfig());
      expect(JSON.stringify(twice.toConfig())).toBe(JSON.stringify(again.toConfig()));
      again.dispose();
      twice.dispose();
    }
    model.dispose();
  });

  test.each(models)("trains on as the first would have: %s", async (_, make, given) => {
    const [model, rows] = [make(), given.shape[0]];
    const classes = model.optimizer.config.name === "rmsprop";
    const targets = classes ? tokens(3, 4, rows) : numbers(3, rows, model.optimizer.config.name === "sgd" ? 2 : 1);
    await model.predict(given);
    const again = sequentialFromConfig(JSON.parse(JSON.stringify(model.toConfig())));
    const [a, b] = [await model.fit(given, targets, { epochs: 3 }), await again.fit(given, targets, { epochs: 3 })];
    expect(b.history).toEqual(a.history);
    await expectSameWeights(again, await model.getWeights());
    model.dispose();
    again.dispose();
  });

  test("is shown by summary", async () => {
    const model = sequential(
      [
        input({ shape: [10, 1] }),
        gru({ units: 50, returnSequences: true }),
        gru({ units: 50, name: "second" }),
        dense({ units: 1 }),
      ],
      { name: "airline" },
    );
    expect(model.countParams()).toBe(23_301);
    expect(model.outputShape).toEqual([1]);
    expect(model.summary().split("\n")).toEqual([
      "airline",
      expect.stringMatching(/^-+$/),
      "layer         output       parameters   memory  multiply-adds",
      expect.stringMatching(/^-+$/),
      "input         [-, 10, 1]            0      0 B              0",
      "gru           [-, 10, 50]       7,950  31.8 KB         76,500",
      "second (gru)  [-, 50]          15,300  61.2 KB        150,000",
      "dense         [-, 1]               51    204 B             50",
      expect.stringMatching(/^-+$/),
      "23,301 parameters, 93.2 KB; multiply-adds a row: 226,550",
    ]);
    model.dispose();
  });

  test("shows the work of a step where steps may vary, of each window, and none for what is looked up", () => {
    const layers = [
      embedding({ inputDim: 100, outputDim: 6 }),
      conv1d({ filters: 4, kernelSize: 3, strides: 2 }),
      bidirectional(lstm({ units: 5 })),
      layerNormalization(),
      repeatVector(3),
      simpleRnn({ units: 2, returnSequences: true }),
    ];
    const work = sequential(layers)
      .summary()
      .split("\n")
      .map((line) => line.split(/ {2,}/).at(-1));
    // A window for every second step: 3 * 6 * 4 / 2; and as many steps of two LSTMs of 4 * 5 * (4 + 5).
    expect(work.slice(4, -2)).toEqual(["0", "36 a step", "180 a step", "0", "0", String(3 * 2 * (10 + 2))]);
    expect(work.at(-1)).toMatch(/; multiply-adds a row: 216 a step \+ 72$/);
  });

  test("the work it shows is what training counts, which takes it thrice", async () => {
    const model = sequential([
      input({ shape: [null, 3] }),
      dense({ units: 4 }),
      gru({ units: 5 }),
      dense({ units: 2 }),
    ]);
    model.compile({ loss: "meanSquaredError" });
    const { cost } = await model.fit(numbers(3, 8, 7, 3), numbers(4, 8, 2), { epochs: 1 });
    const [, , , , , first, gates, last] = model
      .summary()
      .split("\n")
      .map((line) => Number(/([\d,]+)(?: a step)?$/.exec(line)?.[1].replaceAll(",", "")));
    // Nothing asks for the gradient of the data.
    expect(cost.multiplyAdds + cost.multiplyAddsSpared).toBe(8 * (2 * 7 * first + 3 * 7 * gates + 3 * last));
    model.dispose();
  });

  test("shows the work of attention for each pair of steps, also of a nested model, as training counts it", async () => {
    const attending = (steps: number | null) => {
      const [query, value] = [input({ shape: [steps, 5] }), input({ shape: [steps && steps + 1, 5] })];
      const weighted = additiveAttention().apply([query, value]);
      return model({ inputs: [query, value], outputs: attention().apply([weighted, value]), name: "attending" });
    };
    const workOf = (net: Model) =>
      net
        .summary()
        .split("\n")
        .slice(4)
        .map((line) => line.split(/ {2,}/)[4]);
    // The shares' sums of 5 features; for a dot product of 5 more the scores.
    expect(workOf(attending(null)).slice(0, 4)).toEqual(["0", "0", "5 a pair of steps", "10 a pair of steps"]);
    expect(attending(null).summary()).toMatch(/; multiply-adds a row: 15 a pair of steps$/);
    expect(workOf(attending(6)).slice(2, 4)).toEqual(["210", "420"]);
    const [query, value] = [input({ shape: [6, 3] }), input({ shape: [7, 5] })];
    const around = model({
      inputs: [query, value],
      outputs: attending(null).apply([dense({ units: 5 }).apply(query), value]) as SymbolicTensor,
    });
    expect(workOf(around).slice(0, 4)).toEqual(["0", "90", "0", "630"]);
    around.compile({ loss: "meanSquaredError" });
    const data = [numbers(3, 8, 6, 3), numbers(4, 8, 7, 5)];
    const { cost } = await around.fit(data, numbers(5, 8, 6, 5), { epochs: 1 });
    // Nothing asks for the gradient of the data: back go the shares' products, and the query's of the scores.
    expect(cost.multiplyAdds).toBe(8 * (2 * 90 + 42 * (5 + 5 + 10 + 10)));
    around.dispose();
  });

  test("names layers as Keras does, and refuses equal names", () => {
    const model = sequential([
      embedding({ inputDim: 3, outputDim: 2 }),
      gru({ units: 2, returnSequences: true }),
      gru({ units: 2, returnSequences: true, name: "gru_1" }),
      simpleRnn({ units: 2, returnSequences: true }),
      gru({ units: 2 }),
    ]);
    expect([...new Set(model.weightPaths.map((path) => path.split("/")[0]))]).toEqual([
      "embedding",
      "gru",
      "gru_1",
      "simple_rnn",
      "gru_2",
    ]);
    for (const name of ["a", "", "a/b", 5 as never]) {
      expect(() => sequential([input({ shape: [1] }), dense({ units: 1, name }), dense({ units: 1, name })])).toThrow(
        expect.objectContaining({ code: "model/name" }),
      );
    }
  });
});
