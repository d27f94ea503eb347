import { describe, expect, it } from "vitest";
import { random } from "../../src/base/index.ts";
import { closeThreads, setThreads } from "../../src/index.ts";
import {
  adam,
  dense,
  embedding,
  gru,
  identity,
  input,
  type Layer,
  linearWarmup,
  lstm,
  sequential,
  sequentialFromConfig,
  sgd,
  type TrainingState,
  truncatedNormal,
  varianceScaling,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";
import { expectSameWeights, x, y } from "./small.ts";

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

describe("frozen layers", () => {
  const tokens = Array.from({ length: 9 }, (_, i) => [1 + (i % 4), 2, 3 + (i % 3)]);
  const targets = tokens.map((_, i) => [i % 2]);
  const model = (frozen: boolean) =>
    sequential([
      embedding({ inputDim: 7, outputDim: 4, trainable: !frozen }),
      gru({ units: 3, trainable: !frozen }),
      dense({ units: 1 }),
    ]);

  it("keep every bit, and have no arrays of the optimizer", async () => {
    const [whole, partly] = [model(false), model(true)];
    for (const one of [whole, partly]) {
      one.compile({ optimizer: adam({ weightDecay: 0.1 }), loss: "mse" });
      const before = await one.getWeights();
      await one.fit(tokens, targets, { epochs: 3 });
      const after = await one.getWeights();
      const same = after.map(({ data }, i) => sameBits(data, before[i].data) === "");
      expect(same).toEqual([...new Array(4).fill(one === partly), false, false]);
    }
    const { tensors } = await partly.getOptimizerState();
    expect([...tensors.keys()].every((name) => name.includes("dense"))).toBe(true);
    await partly.setOptimizerState(await partly.getOptimizerState());
  });

  it("all of them, and go on from a saved state", async () => {
    const still = sequential([input({ shape: [2] }), dense({ units: 1, trainable: false })]);
    still.compile({ loss: "mse", optimizer: "adam" });
    const before = await still.getWeights();
    const { history } = await still.fit(numbers(1, 5, 2), numbers(2, 5, 1), { epochs: 2 });
    expect(history.loss[0]).toBe(history.loss[1]);
    await expectSameWeights(still, before);
  });
});

describe("options of weights", () => {
  const regularized = () =>
    sequential([
      input({ shape: [3, 2] }),
      lstm({
        units: 3,
        kernelRegularizer: "l2",
        recurrentConstraint: "unitNorm",
        biasRegularizer: { name: "l1", l1: 0.1 },
      }),
      dense({ units: 1, kernelConstraint: "nonNeg", trainable: false }),
    ]);

  it("are kept with the model", () => {
    const model = regularized();
    model.compile({
      loss: "mse",
      optimizer: sgd({ gradientAccumulationSteps: 3, useEma: true, emaOverwriteFrequency: 4 }),
    });
    const config = JSON.parse(JSON.stringify(model.toConfig()));
    expect(JSON.parse(JSON.stringify(sequentialFromConfig(config).toConfig()))).toEqual(config);
    expect(config.layers[1].config).toMatchObject({ kernelRegularizer: { name: "l2", l2: 0.01 } });
    expect(config.layers[2].config.trainable).toBe(false);
  });

  it("evaluate adds the penalty, as fit does", async () => {
    const model = sequential([input({ shape: [1] }), dense({ units: 1, kernelRegularizer: { name: "l2", l2: 0.5 } })]);
    model.compile({ loss: "mse", metrics: ["mse"], optimizer: sgd({ learningRate: 0 }) });
    await model.setWeights([[[3]], [0]]);
    const scores = await model.evaluate([[0], [0]], [[1], [1]]);
    expect(scores).toEqual({ loss: 1 + 0.5 * 9, mse: 1 });
    expect((await model.fit([[0], [0]], [[1], [1]])).history.loss).toEqual([5.5]);
  });

  it.each<[() => Layer, string, string]>([
    [() => dense({ units: 1, kernelRegularizer: "l3" as "l2" }), "model/regularizer", "l3"],
    [() => dense({ units: 1, kernelRegularizer: { name: "l2", l2: -1 } }), "model/option", "l2"],
    [() => dense({ units: 1, kernelConstraint: 3 as never }), "model/constraint", "3"],
    [
      () => dense({ units: 1, kernelConstraint: { name: "maxNorm", maxValue: Number.NaN } }),
      "model/option",
      "maxValue",
    ],
    [() => dense({ units: 1, trainable: "no" as never }), "model/option", "trainable"],
    [() => gru({ units: 1, kernel_regularizer: "l2" } as never), "model/option", "kernelRegularizer"],
  ])("%s is refused", (make, code, text) => {
    expect(make).toThrow(refusal(code, text));
  });

  it("of optimizers too", () => {
    expect(() => adam({ gradientAccumulationSteps: 1 })).toThrow(refusal("model/option", "gradientAccumulationSteps"));
    expect(() => adam({ emaMomentum: 2 })).toThrow(refusal("model/option", "emaMomentum"));
    expect(() => adam({ useEma: 1 as never })).toThrow(refusal("model/option", "useEma"));
  });

  it.each<[string, () => unknown, string, string]>([
    ["text as a rate", () => adam({ learningRate: "0.01" as never }), "model/option", "learningRate of adam"],
    ["a list as a rate", () => adam({ learningRate: [0.01] as never }), "model/option", "learningRate of adam"],
    [
      "a list to warm up to",
      () => linearWarmup({ learningRate: [1] as never, warmupSteps: 2 }),
      "model/option",
      "array",
    ],
    [
      "a list as an initializer",
      () => dense({ units: 1, kernelInitializer: [1] as never }),
      "model/initializer",
      "kernelInitializer",
    ],
  ])("%s is refused, though lists and texts have functions of those names", (_, make, code, text) => {
    expect(make).toThrow(refusal(code, text));
  });
});

it("no number of threads changes a bit of penalties, averages and constraints", async () => {
  const found: ArrayLike<number>[][] = [];
  for (const threads of [1, 3]) {
    setThreads(threads);
    const model = sequential([
      gru({ units: 70, kernelRegularizer: "l1L2", recurrentRegularizer: "l2", recurrentConstraint: "maxNorm" }),
      dense({ units: 1, kernelConstraint: "unitNorm" }),
    ]);
    model.compile({
      optimizer: adam({ gradientAccumulationSteps: 2, useEma: true, globalClipnorm: 0.1 }),
      loss: "mse",
    });
    const { history } = await model.fit(numbers(5, 70, 4, 3), numbers(6, 70, 1), { epochs: 2, batchSize: 20 });
    found.push([history.loss, ...(await model.getWeights()).map(({ data }) => data)]);
    model.dispose();
  }
  setThreads(undefined);
  closeThreads();
  found[0].forEach((numbers, i) => {
    expect(sameBits(numbers, found[1][i])).toBe("");
  });
});

describe("a resumed training", () => {
  it("goes on with what was put by and averaged, to the bit, from any batch", async () => {
    const make = () => {
      const model = sequential([
        gru({ units: 5, dropout: 0.2, kernelRegularizer: "l2" }),
        dense({ units: 1, kernelConstraint: "maxNorm" }),
      ]);
      const optimizer = adam({
        learningRate: 0.05,
        gradientAccumulationSteps: 3,
        useEma: true,
        emaMomentum: 0.9,
        emaOverwriteFrequency: 2,
      });
      model.compile({ optimizer, loss: "mse" });
      return model;
    };
    const options = { epochs: 2, batchSize: 5 };
    const states: TrainingState[] = [];
    const watch = {
      everyBatches: 1,
      async onStanding(_: unknown, trainer: { getState(): Promise<TrainingState> }) {
        states.push(await trainer.getState());
      },
    };
    const whole = make();
    await whole.fit(x, y, { ...options, callbacks: [watch] });
    const plain = make();
    await plain.fit(x, y, options);
    await expectSameWeights(plain, whole);
    for (const state of [states[0], states[1], states[4], states[6]]) {
      const resumed = make();
      await resumed.fit(x, y, { ...options, callbacks: [{ everyBatches: 1, onStanding() {} }], resumeFrom: state });
      await expectSameWeights(resumed, whole);
    }
  });
});

describe("initializers", () => {
  const spread = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  it("have the deviations they say", async () => {
    const source = random(3, 1);
    for (const distribution of ["truncatedNormal", "untruncatedNormal", "uniform"] as const) {
      for (const [mode, n] of [
        ["fanIn", 50],
        ["fanOut", 200],
        ["fanAvg", 125],
      ] as const) {
        const values = await varianceScaling({ scale: 2, mode, distribution }).values([50, 200], source);
        expect(Math.abs(spread(values) / Math.sqrt(2 / n) - 1)).toBeLessThan(0.03);
      }
    }
    const cut = await truncatedNormal({ mean: 0, stddev: 0.5 }).values([100, 100], source);
    expect(Math.max(...cut.map(Math.abs))).toBeLessThan(1);
    expect(Math.abs(spread(cut) / (0.5 * 0.8796) - 1)).toBeLessThan(0.03);
    expect([...(await identity({ gain: 2 }).values([2, 3], source))]).toEqual([2, 0, 0, 0, 2, 0]);
    await expect(identity().values([3], source)).rejects.toThrow(refusal("model/initializer", "[3]"));
    expect(() => varianceScaling({ mode: "fan_in" as "fanIn" })).toThrow(refusal("model/option", "fanIn"));
  });
});
