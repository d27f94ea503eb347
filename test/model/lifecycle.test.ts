import { describe, expect, test } from "vitest";
import { GruvyError, type Random, Tensor } from "../../src/base/index.ts";
import {
  activation,
  adam,
  dense,
  embedding,
  gru,
  input,
  lstm,
  precision,
  type Sequential,
  sequential,
  simpleRnn,
  zeros,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";
import { expectSameWeights } from "./small.ts";

const x = numbers(1, 12, 5, 3);
const y = numbers(2, 12, 2);
const make = (): Sequential => {
  const model = sequential([gru({ units: 4 }), dense({ units: 2 })], { seed: 5 });
  model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: "meanSquaredError", metrics: ["mae"] });
  return model;
};

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
    await expectSameWeights(model, weights);
    await expectSameWeights(make2(), weights);
    model.dispose();
  });
  const make2 = () => {
    const model = sequential([input({ shape: [null, 3] }), gru({ units: 4 }), dense({ units: 2 })], { seed: 5 });
    return model;
  };

  test("its first weights do not depend on how it came to know its input", async () => {
    const [declared, learned] = [make2(), make()];
    await learned.predict(x);
    await expectSameWeights(learned, await declared.getWeights());
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
    await expectSameWeights(model, weights);
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
    await expectSameWeights(b, weights);
    expect(sameBits((await b.predict(x)).data, (await a.predict(x)).data)).toBe("");
    const nested = weights.map((weight) => weight.toArray()) as unknown as Tensor[];
    await a.setWeights(nested);
    await expectSameWeights(a, weights);
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
      await expectSameWeights(model, values);
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
    await expectSameWeights(model, weights);
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
      const running = model.fit(x, y, { epochs: 1e6, batchSize: 2 });
      await new Promise((resolve) => setTimeout(resolve, 20));
      model.dispose();
      const next = make();
      const trained = next.fit(x, y, { epochs: 5 });
      await expect(running).rejects.toMatchObject({ code: "model/disposed" });
      await trained;
      const alone = make();
      await alone.fit(x, y, { epochs: 5 });
      await expectSameWeights(next, await alone.getWeights());
      next.dispose();
      alone.dispose();
    }
    await expectSameWeights(other, weights);
    other.dispose();
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

test("weights that are given before any are needed are not drawn first", async () => {
  let drawn = 0;
  const own = zeros();
  const kernelInitializer = {
    ...own,
    values(shape: readonly number[], random: Random) {
      drawn++;
      return own.values(shape, random);
    },
  };
  const model = sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer })]);
  await model.setWeights([[[1], [2]], [3]]);
  expect((await model.predict([[10, 100]])).toArray()).toEqual([[213]]);
  await model.setWeights([[[2], [1]], [0]]);
  expect((await model.predict([[10, 100]])).toArray()).toEqual([[120]]);
  expect(drawn).toBe(0);
  const other = sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer })]);
  await other.getWeights();
  expect(drawn).toBe(1);
});
