import { afterEach, describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { closeTeam, setThreads } from "../../src/engine/index.ts";
import {
  adam,
  batchNormalization,
  constant,
  dense,
  embedding,
  flatten,
  gru,
  input,
  sequential,
  sequentialFromConfig,
  sgd,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import { numbers, tokens } from "./data.ts";
import { lossGradients, sourceOf } from "./gradients.ts";
import { layerOf } from "./keras.ts";

afterEach(() => {
  setThreads(undefined);
  closeTeam();
});

describe("as in Keras", () => {
  test.each(golden("batch-normalization").map((record) => [record.name, record] as const))("%s", async (_, record) => {
    const { layers, mask, weights, output, still, cotangent, weightGradients, inputGradient, moved } = record;
    const source = sourceOf(record.input, mask);
    const model = sequential([source.layer, ...layers.map(layerOf), flatten()]);
    await model.prepare(source.x, undefined, false);
    const own = model.weightPaths.slice(1).map((path) => `sequential/${path}`);
    expect(own).toEqual(weights.map(({ path }) => path));
    await model.setWeights([source.weight, ...weights.map(({ tensor }) => tensor)]);
    expect(closeBy((await model.predict(source.x)).data, still.data, 1e-5)).toBe("");
    // The mean squared error has the cotangent for its gradient where the target lies beside the output by it.
    const half = output.data.length / 2;
    const target = Float32Array.from(output.data, (value, i) => value - half * cotangent.data[i]);
    const flat = new Tensor([output.shape[0], (half * 2) / output.shape[0]], target);
    const { gradients } = await lossGradients(model, source.x, flat, "meanSquaredError");
    const [ofInput, ...ofWeights] = gradients;
    const largest = Math.max(...[...weightGradients, inputGradient].flatMap(({ data }) => Array.from(data, Math.abs)));
    ofWeights.forEach((gradient, i) => {
      // A shift in front of a normalization has no gradient but rounding.
      expect(closeBy(gradient.data, weightGradients[i].data, 1e-4, largest / 10)).toBe("");
    });
    // Masked steps share one row of the source.
    const features = record.input.shape.at(-1)!;
    const counted = inputGradient.data.map((value, i) => (mask?.data[Math.floor(i / features)] === 0 ? 0 : value));
    const found = source.read(ofInput).map((value, i) => (mask?.data[Math.floor(i / features)] === 0 ? 0 : value));
    expect(closeBy(found, counted, 1e-4, largest / 10)).toBe("");
    const after = new Map(
      (await model.getWeights()).map((weight, i) => [`sequential/${model.weightPaths[i]}`, weight]),
    );
    for (const { path, tensor } of moved) expect(closeBy(after.get(path)!.data, tensor.data, 1e-5), path).toBe("");
    model.dispose();
  });
});

const stacked = () => [
  embedding({ inputDim: 9, outputDim: 5, maskZero: true }),
  batchNormalization({ momentum: 0.8 }),
  gru({ units: 6, returnSequences: true }),
  batchNormalization(),
  gru({ units: 3 }),
  batchNormalization({ scale: false }),
  dense({ units: 1, activation: "sigmoid" }),
];

test("trains to the same bits on 1, 2, 3 and 8 threads, and with less memory", async () => {
  const trained = async (threads: number, memoryBudget?: number) => {
    setThreads(threads);
    const model = sequential(stacked());
    model.compile({ optimizer: adam(), loss: "binaryCrossentropy", memoryBudget });
    await model.fit(tokens(3, 9, 100, 40), tokens(4, 2, 100, 1), { epochs: 2, batchSize: 64 });
    const weights = await model.getWeights();
    model.dispose();
    return weights;
  };
  const one = await trained(1);
  for (const [threads, budget] of [[2], [3], [8], [2, 1e6]]) {
    const other = await trained(threads, budget);
    one.forEach((weight, i) => {
      expect(sameBits(weight.data, other[i].data)).toBe("");
    });
  }
});

test("a row is predicted by itself as among others, and after a way through a file's architecture", async () => {
  const model = sequential(stacked());
  model.compile({ optimizer: adam(), loss: "binaryCrossentropy" });
  const x = tokens(3, 9, 40, 7);
  await model.fit(x, tokens(4, 2, 40, 1), { epochs: 3 });
  const again = sequentialFromConfig(model.toConfig());
  await again.setWeights(await model.getWeights());
  const together = await model.predict(x);
  for (const row of [0, 7, 39]) {
    const alone = await again.predict(new Tensor([1, 7], x.data.slice(7 * row, 7 * row + 7)));
    expect(sameBits(alone.data, together.data.subarray(row, row + 1))).toBe("");
  }
});

test("masked steps do not count; a batch that is masked throughout stays finite", async () => {
  const made = async (rows: number[][]) => {
    const model = sequential([
      embedding({ inputDim: 4, outputDim: 2, maskZero: true }),
      batchNormalization({ momentum: 0 }),
      gru({ units: 1 }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse" });
    const { history } = await model.fit(
      rows,
      rows.map(() => [0]),
      { batchSize: rows.length },
    );
    expect(history.loss.every(Number.isFinite)).toBe(true);
    return (await model.getWeights()).slice(3, 5).map(({ data }) => data);
  };
  const [short, padded] = [
    await made([
      [1, 2],
      [3, 1],
    ]),
    await made([
      [1, 2, 0],
      [0, 3, 1],
    ]),
  ];
  short.forEach((data, i) => {
    expect(closeBy(data, padded[i], 1e-6)).toBe("");
  });
  expect(
    (
      await made([
        [0, 0],
        [0, 0],
      ])
    ).map((data) => [...data]),
  ).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

test("a loss that is not finite leaves the moving averages as they were", async () => {
  const model = sequential([input({ shape: [1] }), batchNormalization(), dense({ units: 1 })]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const before = await model.getWeights();
  await expect(model.fit([[1], [2]], [[3e38], [-3e38]])).rejects.toThrow(
    expect.objectContaining({ code: "training/not-finite" }),
  );
  const after = await model.getWeights();
  expect(after.map(({ data }) => [...data])).toEqual(before.map(({ data }) => [...data]));
});

test("frozen, it trains as it predicts, and stays as it is", async () => {
  const model = sequential([
    input({ shape: [3] }),
    dense({ units: 4 }),
    batchNormalization({ trainable: false, movingMeanInitializer: "ones", gammaInitializer: constant(2) }),
    dense({ units: 1 }),
  ]);
  model.compile({ optimizer: sgd({ learningRate: 0.01 }), loss: "mse" });
  const [x, y] = [numbers(1, 20, 3), numbers(2, 20, 1)];
  const { loss } = await model.evaluate(x, y);
  const before = await model.getWeights();
  const { history } = await model.fit(x, y, { batchSize: 20, epochs: 2 });
  expect(history.loss[0]).toBeCloseTo(loss, 5);
  expect(history.loss[1]).toBeLessThan(loss);
  const after = await model.getWeights();
  after.forEach((weight, i) => {
    expect(sameBits(weight.data, before[i].data) === "", model.weightPaths[i]).toBe(i >= 2 && i < 6);
  });
  // A step of the first kernel as its slope by differences says.
  const nudged = async (by: number) => {
    const kernel = before[0].data.slice() as Float32Array;
    kernel[0] += by;
    await model.setWeights([new Tensor(before[0].shape, kernel), ...before.slice(1)]);
    return (await model.evaluate(x, y)).loss;
  };
  const slope = ((await nudged(0.01)) - (await nudged(-0.01))) / 0.02;
  await model.setWeights(before);
  await model.fit(x, y, { batchSize: 20 });
  const [moved] = await model.getWeights();
  expect((before[0].data[0] - moved.data[0]) / 0.01).toBeCloseTo(slope, 2);
});

test("many of them in one model", async () => {
  const model = sequential([
    input({ shape: [3] }),
    ...Array.from({ length: 12 }, () => [dense({ units: 3 }), batchNormalization()]).flat(),
    dense({ units: 1 }),
  ]);
  model.compile({ optimizer: adam(), loss: "mse" });
  const { history } = await model.fit(numbers(1, 70, 3), numbers(2, 70, 1), { epochs: 3, batchSize: 64 });
  expect(history.loss.every(Number.isFinite)).toBe(true);
});

test.each<[string, () => unknown, string]>([
  ["a momentum above one", () => batchNormalization({ momentum: 1.5 }), "momentum of batchNormalization"],
  ["an epsilon of zero", () => batchNormalization({ epsilon: 0 }), "epsilon of batchNormalization"],
  ["another axis", () => batchNormalization({ axis: 1 } as never), "axis"],
  ["a text for a flag", () => batchNormalization({ center: "no" as never }), "center of batchNormalization"],
])("refused: %s", (_, make, text) => {
  expect(make).toThrow(expect.objectContaining({ code: "model/option", message: expect.stringContaining(text) }));
});
