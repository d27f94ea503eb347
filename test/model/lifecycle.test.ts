import { describe, expect, test } from "vitest";
import { GruvyError, Tensor } from "../../src/base/index.ts";
import {
  activation,
  adam,
  auc,
  binaryAccuracy,
  constant,
  cosineDecay,
  dense,
  dropout,
  embedding,
  exponentialDecay,
  flatten,
  gru,
  huber,
  input,
  lstm,
  orthogonal,
  piecewiseConstantDecay,
  precision,
  recall,
  rmsprop,
  type Sequential,
  sequential,
  sequentialFromConfig,
  sgd,
  simpleRnn,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { numbers, tokens } from "./data.ts";

const x = numbers(1, 12, 5, 3);
const y = numbers(2, 12, 2);
const make = (): Sequential => {
  const model = sequential([gru({ units: 4 }), dense({ units: 2 })], { seed: 5 });
  model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: "meanSquaredError", metrics: ["mae"] });
  return model;
};

async function expectWeights(model: Sequential, weights: readonly Tensor[]): Promise<void> {
  const found = await model.getWeights();
  expect(found.map(({ shape }) => shape)).toEqual(weights.map(({ shape }) => shape));
  found.forEach((weight, i) => {
    expect(sameBits(weight.data, weights[i].data), `weight ${i}`).toBe("");
  });
}

describe("before it is built or compiled", () => {
  test("a model says what is missing", async () => {
    const model = sequential([gru({ units: 4 })]);
    for (const ask of [
      () => model.summary(),
      () => model.countParams(),
      () => model.weightPaths,
      () => model.outputShape,
    ]) {
      expect(ask).toThrow(expect.objectContaining({ code: "model/not-built" }));
    }
    await expect(model.getWeights()).rejects.toMatchObject({ code: "model/not-built" });
    await expect(model.setWeights([])).rejects.toMatchObject({ code: "model/not-built" });
    for (const asked of [model.fit(x, y), model.evaluate(x, y), model.getOptimizerState()]) {
      await expect(asked).rejects.toMatchObject({ code: "model/not-compiled" });
    }
    expect(() => model.learningRate).toThrow("compiled first");
    expect(model.isBuilt).toBe(false);
  });

  test("it predicts, which builds it; compiling then keeps its weights", async () => {
    const model = sequential([gru({ units: 4 }), dense({ units: 2 })], { seed: 5 });
    const before = await model.predict(x);
    expect(before.shape).toEqual([12, 2]);
    const weights = await model.getWeights();
    model.compile({ loss: "meanSquaredError" });
    expect(sameBits((await model.predict(x)).data, before.data)).toBe("");
    await expectWeights(model, weights);
    await expectWeights(make2(), weights);
    model.dispose();
  });
  const make2 = () => {
    const model = sequential([input({ shape: [null, 3] }), gru({ units: 4 }), dense({ units: 2 })], { seed: 5 });
    return model;
  };

  test("its first weights do not depend on how it came to know its input", async () => {
    const [declared, learned] = [make2(), make()];
    await learned.predict(x);
    // An input layer stands at a place, and the weights' numbers are counted without it.
    await expectWeights(learned, await declared.getWeights());
    declared.dispose();
    learned.dispose();
  });
});

describe("compile", () => {
  test("again keeps the weights and starts the optimizer anew", async () => {
    const model = make();
    await model.fit(x, y, { epochs: 2 });
    const weights = await model.getWeights();
    expect((await model.getOptimizerState()).iterations).toBe(2);
    model.compile({ optimizer: "adam", loss: "meanAbsoluteError" });
    await expectWeights(model, weights);
    const { iterations, tensors } = await model.getOptimizerState();
    expect(iterations).toBe(0);
    for (const tensor of tensors.values()) expect(tensor.data.every((value) => value === 0)).toBe(true);
    model.dispose();
  });

  test("that fails leaves what was compiled before", async () => {
    const model = make();
    await model.fit(x, y);
    for (const bad of [
      { loss: "mean_squared_error" },
      { loss: "meanSquaredError", optimizer: "adamax" },
      { loss: "meanSquaredError", metrics: ["accuracy", "f1"] },
      { loss: "meanSquaredError", metrics: "accuracy" },
      { loss: "meanSquaredError", metrics: ["sparseCategoricalAccuracy"] },
      { loss: "sparseCategoricalCrossentropy", metrics: ["mse"] },
      { loss: "meanSquaredError", numerics: "precise" },
      { loss: "meanSquaredError", loss_weights: [1] },
      { loss: undefined },
      {},
      undefined,
    ]) {
      expect(() => model.compile(bad as never), JSON.stringify(bad)).toThrow(GruvyError);
    }
    expect(Object.keys(await model.evaluate(x, y))).toEqual(["loss", "mae"]);
    model.dispose();
  });

  test("takes two metrics of one kind", async () => {
    const model = sequential([dense({ units: 1, activation: "sigmoid" })]);
    model.compile({ loss: "binaryCrossentropy", metrics: ["precision", precision({ threshold: 0.9 }), "mse", "mae"] });
    const scores = await model.evaluate([[1], [2]], [[1], [0]]);
    expect(Object.keys(scores)).toEqual(["loss", "precision", "precision_1", "mse", "mae"]);
    model.dispose();
  });

  test("is refused while the model is being trained, as is a second fit", async () => {
    const model = make();
    const running = model.fit(x, y, { epochs: 3 });
    expect(() => model.compile({ loss: "meanSquaredError" })).toThrow(expect.objectContaining({ code: "model/busy" }));
    await expect(model.fit(x, y)).rejects.toMatchObject({ code: "model/busy" });
    expect((await running).epoch).toEqual([0, 1, 2]);
    expect((await model.fit(x, y)).epoch).toEqual([0]);
    model.dispose();
  });

  test("followed by several requests at once makes one engine", async () => {
    const model = make();
    await model.fit(x, y);
    const before = await model.predict(x);
    model.compile({ loss: "meanSquaredError" });
    const others = Array.from({ length: 3 }, (_, seed) =>
      sequential([gru({ units: 4 }), dense({ units: 2 })], { seed }),
    );
    const found = await Promise.all([...Array.from({ length: 4 }, () => model.predict(x)), model.evaluate(x, y)]);
    await Promise.all(others.map((other) => other.predict(x)));
    for (const tensor of found.slice(0, 4)) expect(sameBits((tensor as Tensor).data, before.data)).toBe("");
    expect(sameBits((await model.predict(x)).data, before.data)).toBe("");
    for (const other of [model, ...others]) other.dispose();
  });
});

describe("weights", () => {
  test("go round, and are copies", async () => {
    const [a, b] = [make(), make()];
    await a.fit(x, y, { epochs: 2 });
    await b.predict(x);
    const weights = await a.getWeights();
    await b.setWeights(weights);
    await expectWeights(b, weights);
    expect(sameBits((await b.predict(x)).data, (await a.predict(x)).data)).toBe("");
    const nested = weights.map((weight) => weight.toArray()) as unknown as Tensor[];
    await a.setWeights(nested);
    await expectWeights(a, weights);
    weights[0].data.fill(9);
    expect((await a.getWeights())[0].data.includes(9)).toBe(false);
    a.dispose();
    b.dispose();
  });

  test("of all layers go round at odd widths", async () => {
    for (const units of [1, 7, 8, 9, 17]) {
      const model = sequential([
        embedding({ inputDim: 5, outputDim: units }),
        lstm({ units, returnSequences: true }),
        gru({ units: units + 1, resetAfter: false, returnSequences: true }),
        gru({ units: units + 2, returnSequences: true }),
        simpleRnn({ units, useBias: false }),
        dense({ units: 3 }),
      ]);
      const values = (await model.getWeights()).map(({ shape }, i) => numbers(i, ...shape));
      await model.setWeights(values);
      await expectWeights(model, values);
      model.dispose();
    }
  });

  test("that do not fit are refused, and nothing is changed", async () => {
    const model = make();
    await model.predict(x);
    const weights = await model.getWeights();
    const changed = weights.map(
      ({ shape, data }) =>
        new Tensor(
          shape,
          data.map((value) => value + 1),
        ),
    );
    await expect(model.setWeights(changed.slice(1))).rejects.toMatchObject({ code: "model/weights" });
    const wrong = [...changed.slice(0, -1), numbers(1, 3)];
    await expect(model.setWeights(wrong)).rejects.toThrow('Expected shape [2] for "dense/bias", found [3]');
    const state = await model.getOptimizerState();
    const tensors = new Map(
      [...state.tensors].map(([name, tensor]) => [
        name,
        new Tensor(
          tensor.shape,
          tensor.data.map(() => 1),
        ),
      ]),
    );
    tensors.delete("velocity/dense/bias");
    await expect(model.setOptimizerState({ iterations: 3, tensors })).rejects.toThrow('"velocity/dense/bias"');
    await expect(model.setOptimizerState({ ...state, iterations: -1 })).rejects.toBeInstanceOf(GruvyError);
    await expectWeights(model, weights);
    expect((await model.getOptimizerState()).tensors).toEqual(state.tensors);
    expect(model.iterations).toBe(0);
    model.dispose();
  });

  test("asked for while training are those between two steps", async () => {
    const model = make();
    const running = model.fit(x, y, { epochs: 20, batchSize: 1 });
    for (let i = 0; i < 5; i++) {
      const weights = await model.getWeights();
      for (const { data } of weights) expect(data.every(Number.isFinite)).toBe(true);
    }
    await running;
    model.dispose();
  });
});

describe("dispose", () => {
  test("ends a model for good, once", async () => {
    const model = make();
    await model.fit(x, y);
    model.dispose();
    model.dispose();
    for (const asked of [model.predict(x), model.fit(x, y), model.evaluate(x, y), model.getWeights()]) {
      await expect(asked).rejects.toMatchObject({ code: "model/disposed" });
    }
    sequential([gru({ units: 2 })]).dispose();
  });

  test("while a model trains ends its training, and no other model is harmed", async () => {
    const other = make();
    await other.predict(x);
    const weights = await other.getWeights();
    for (let i = 0; i < 3; i++) {
      const model = make();
      const running = model.fit(x, y, { epochs: 1000, batchSize: 2 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      model.dispose();
      const next = make();
      const trained = next.fit(x, y, { epochs: 5 });
      await expect(running).rejects.toMatchObject({ code: "model/disposed" });
      await trained;
      const alone = make();
      await alone.fit(x, y, { epochs: 5 });
      await expectWeights(next, await alone.getWeights());
      next.dispose();
      alone.dispose();
    }
    await expectWeights(other, weights);
    other.dispose();
  });
});

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
      "series, whose input the data said",
      () => {
        const model = sequential([
          simpleRnn({ units: 3, returnSequences: true, recurrentInitializer: orthogonal({ gain: 0.5 }) }),
          activation("elu"),
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
      await expectWeights(again, await model.getWeights());
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
    await expectWeights(again, await model.getWeights());
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
      "layer         output        parameters",
      expect.stringMatching(/^-+$/),
      "input         [-, 10, 1]             0",
      "gru           [-, 10, 50]        7,950",
      "second (gru)  [-, 50]           15,300",
      "dense         [-, 1]                51",
      expect.stringMatching(/^-+$/),
      "23,301 parameters",
    ]);
    model.dispose();
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

test("a model without weights can be evaluated", async () => {
  const model = sequential([activation("softmax")]);
  model.compile({ loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const scores = await model.evaluate(
    [
      [0, 0],
      [1, 0],
    ],
    [
      [1, 0],
      [0, 1],
    ],
  );
  expect(scores.accuracy).toBe(0.5);
  expect(closeBy([scores.loss], [(Math.log(2) + Math.log(1 + Math.E)) / 2], 1e-6)).toBe("");
  model.dispose();
});
