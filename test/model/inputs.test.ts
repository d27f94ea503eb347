import { describe, expect, test } from "vitest";
import { GruvyError, Tensor, type TensorLike } from "../../src/base/index.ts";
import {
  activation,
  type BatchStream,
  dense,
  embedding,
  flatten,
  gru,
  input,
  type LossName,
  lstm,
  type Sequential,
  sequential,
} from "../../src/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { numbers, paddedTokens, rowsOf, tokens } from "./data.ts";

const regression = (): Sequential => {
  const model = sequential([gru({ units: 3 }), dense({ units: 2 })]);
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  return model;
};
const reader = (loss: LossName = "binaryCrossentropy", units = 1): Sequential => {
  const model = sequential([
    embedding({ inputDim: 10, outputDim: 3, maskZero: true }),
    gru({ units: 4, returnSequences: units > 1 }),
    dense({ units, activation: units > 1 ? "softmax" : "sigmoid" }),
  ]);
  model.compile({ optimizer: "adam", loss });
  return model;
};
const x = numbers(1, 9, 5, 3);
const y = numbers(2, 9, 2);

async function expectSameBits(models: Sequential[]): Promise<void> {
  const [first, ...others] = await Promise.all(models.map((model) => model.getWeights()));
  for (const weights of others) {
    weights.forEach((weight, i) => {
      expect(sameBits(weight.data, first[i].data)).toBe("");
    });
  }
  for (const model of models) model.dispose();
}

describe("fit takes", () => {
  test("tensors, nested arrays, rows of typed arrays, and data sets alike", async () => {
    const typed = Array.from({ length: 9 }, (_, row) =>
      Array.from({ length: 5 }, (_, step) => x.data.slice(15 * row + 3 * step, 15 * row + 3 * step + 3)),
    );
    const models = Array.from({ length: 5 }, regression);
    const options = { epochs: 2, batchSize: 4 };
    await models[0].fit(x, y, options);
    await models[1].fit(x.toArray() as TensorLike, y.toArray() as TensorLike, options);
    await models[2].fit(typed as TensorLike, y, options);
    await models[3].fit({ x, y }, options);
    await models[4].fit(new Tensor(x.shape, Float64Array.from(x.data)), y, options);
    await expectSameBits(models);
  });

  test("tokens as whole numbers of any type", async () => {
    const given = paddedTokens(3, 10, 8, 5);
    const labels = tokens(4, 2, 8);
    const models = Array.from({ length: 3 }, () => reader());
    await models[0].fit(given, labels);
    await models[1].fit(given.toArray() as TensorLike, labels.toArray() as TensorLike);
    await models[2].fit(new Tensor(given.shape, Float64Array.from(given.data)), new Tensor([8, 1], labels.data));
    await expectSameBits(models);
  });

  test("a stream of batches, synchronous or not, as often as there are epochs", async () => {
    const parts = [0, 4, 8].map((from) => ({
      x: rowsOf(x, from, Math.min(9, from + 4)),
      y: rowsOf(y, from, Math.min(9, from + 4)),
    }));
    let begun = 0;
    const stream: BatchStream = {
      async *[Symbol.asyncIterator]() {
        begun++;
        for (const part of parts) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          yield part;
        }
      },
    };
    const models = Array.from({ length: 4 }, regression);
    const whole = await models[0].fit(x, y, { epochs: 2, batchSize: 4, shuffle: false });
    const streamed = await models[1].fit(stream, { epochs: 2 });
    await models[2].fit(new Set(parts), { epochs: 2 });
    await models[3].fit(parts, { epochs: 2 });
    expect(models[3].iterations).toBe(6);
    expect(begun).toBe(2);
    expect(closeBy(streamed.history.loss, whole.history.loss, 1e-6)).toBe("");
    await expectSameBits(models);
  });

  test("batches of different lengths and sizes", async () => {
    const batches = [7, 2, 30, 1].map((steps, i) => ({ x: paddedTokens(i, 10, 2 + i, steps), y: tokens(i, 2, 2 + i) }));
    const model = reader();
    const { history } = await model.fit(batches, { epochs: 3 });
    expect(history.loss.every(Number.isFinite)).toBe(true);
    expect(model.iterations).toBe(12);
    const series = regression();
    await series.fit([
      { x: numbers(1, 3, 4, 2), y: numbers(2, 3, 2) },
      { x: numbers(1, 2, 9, 2), y: numbers(2, 2, 2) },
    ]);
    expect((await series.predict(numbers(3, 2, 6, 2))).shape).toEqual([2, 2]);
    model.dispose();
    series.dispose();
  });

  test("a padded stream as it takes the same rows in one batch", async () => {
    const short = paddedTokens(1, 10, 6, 4);
    const long = new Tensor(
      [6, 9],
      Int32Array.from({ length: 54 }, (_, i) => (i % 9 < 4 ? short.data[4 * Math.floor(i / 9) + (i % 9)] : 0)),
    );
    const labels = tokens(2, 2, 6);
    const [a, b] = [reader(), reader()];
    // The same object twice is two batches.
    const batch = { x: short, y: labels };
    await a.fit([batch, batch]);
    expect(a.iterations).toBe(2);
    await b.fit([{ x: long, y: labels }], { epochs: 2 });
    const found = (await a.predict(short)).data;
    expect(closeBy((await b.predict(long)).data, found, 1e-6)).toBe("");
    a.dispose();
    b.dispose();
  });

  test("a batch size larger than the data, one row, one step, one of all", async () => {
    const [large, exact] = [regression(), regression()];
    await large.fit(x, y, { batchSize: 2 ** 20, shuffle: false });
    await exact.fit(x, y, { batchSize: 9, shuffle: false });
    await expectSameBits([large, exact]);
    for (const shape of [
      [1, 5, 3],
      [4, 1, 3],
      [1, 1, 1],
    ]) {
      const model = regression();
      await model.fit(numbers(1, ...shape), numbers(2, shape[0], 2), { epochs: 2 });
      expect((await model.predict(numbers(1, ...shape))).data.every(Number.isFinite)).toBe(true);
      model.dispose();
    }
  });

  test("targets with or without a last axis of one", async () => {
    const labels = tokens(5, 3, 4, 6);
    const models = [reader("sparseCategoricalCrossentropy", 3), reader("sparseCategoricalCrossentropy", 3)];
    const given = paddedTokens(6, 10, 4, 6);
    await models[0].fit(given, labels);
    await models[1].fit(given, new Tensor([4, 6, 1], labels.data));
    await expectSameBits(models);
  });
});

describe("masks", () => {
  test("padding changes nothing, wherever it is", async () => {
    const model = reader("sparseCategoricalCrossentropy", 3);
    const bare = [[3, 1, 4, 1]];
    const whole = await model.predict(bare);
    const after = await model.predict([[3, 1, 4, 1, 0, 0]]);
    const before = await model.predict([[0, 0, 3, 1, 4, 1]]);
    const holes = await model.predict([[3, 0, 1, 4, 0, 1]]);
    const steps = (tensor: Tensor, list: number[]) =>
      list.flatMap((step) => [0, 1, 2].map((j) => tensor.at(0, step, j)));
    const expected = steps(whole, [0, 1, 2, 3]);
    expect(closeBy(steps(after, [0, 1, 2, 3]), expected, 1e-6)).toBe("");
    expect(closeBy(steps(before, [2, 3, 4, 5]), expected, 1e-6)).toBe("");
    expect(closeBy(steps(holes, [0, 2, 3, 5]), expected, 1e-6)).toBe("");
    model.dispose();
  });

  test("a loss at every step is the mean over the steps that count", async () => {
    const model = reader("sparseCategoricalCrossentropy", 3);
    const { loss } = await model.evaluate(
      [
        [3, 1, 0, 0],
        [0, 0, 0, 5],
      ],
      [
        [0, 1, 2, 2],
        [1, 1, 1, 2],
      ],
    );
    const p = await model.predict([
      [3, 1, 0, 0],
      [0, 0, 0, 5],
    ]);
    const expected = -[p.at(0, 0, 0), p.at(0, 1, 1), p.at(1, 3, 2)].reduce((sum, q) => sum + Math.log(q), 0) / 3;
    expect(loss).toBeCloseTo(expected, 5);
    model.dispose();
  });

  test("rows of nothing but padding train without harm", async () => {
    const model = reader("sparseCategoricalCrossentropy", 3);
    const before = await model.getWeights();
    const { history } = await model.fit([[0, 0, 0]], [[1, 1, 1]]);
    expect(history.loss).toEqual([0]);
    (await model.getWeights()).forEach((weight, i) => {
      expect(sameBits(weight.data, before[i].data)).toBe("");
    });
    model.dispose();
  });
});

describe("flatten", () => {
  test("takes its steps from the first data, or from input", async () => {
    for (const layers of [
      [gru({ units: 2, returnSequences: true }), flatten(), dense({ units: 1 })],
      [input({ shape: [5, 3] }), gru({ units: 2, returnSequences: true }), flatten(), dense({ units: 1 })],
    ]) {
      const model = sequential(layers);
      expect((await model.predict(x)).shape).toEqual([9, 1]);
      expect(model.weightPaths.length).toBe(5);
      await expect(model.predict(numbers(1, 2, 6, 3))).rejects.toMatchObject({ code: "data/shape" });
      model.dispose();
    }
    const tokenModel = sequential([embedding({ inputDim: 10, outputDim: 2 }), flatten(), dense({ units: 1 })]);
    expect((await tokenModel.predict([[1, 2, 3]])).shape).toEqual([1, 1]);
    tokenModel.dispose();
    expect(() => sequential([input({ shape: [null, 3] }), flatten()])).toThrow("known number of steps");
  });
});

describe("what does not fit is refused, and where it is is said", () => {
  type Case = [what: string, run: (model: () => Sequential) => Promise<unknown>, code: string, text: string];
  const series: Case[] = [
    ["a missing axis", (m) => m().fit(numbers(1, 4, 3), y), "model/shape", "found [rows, features]"],
    ["too many axes", (m) => m().fit(numbers(1, 4, 3, 2, 1), y), "data/shape", "found [4, 3, 2, 1]"],
    ["no rows", (m) => m().fit([], []), "data/shape", "found [0]"],
    [
      "no rows of the right shape",
      (m) => m().fit(new Tensor([0, 5, 3], new Float32Array()), new Tensor([0, 2], new Float32Array())),
      "data/empty",
      "at least one row",
    ],
    ["no steps", (m) => m().fit(new Tensor([2, 0, 3], new Float32Array()), y), "data/empty", "at least one step"],
    ["no features", (m) => m().fit(new Tensor([2, 5, 0], new Float32Array()), y), "data/shape", "found [2, 5, 0]"],
    ["too few targets", (m) => m().fit(x, rowsOf(y, 0, 8)), "data/shape", "[9, 2] for 9 rows of x, found [8, 2]"],
    ["targets of another width", (m) => m().fit(x, numbers(1, 9, 3)), "data/shape", "found [9, 3]"],
    ["targets turned round", (m) => m().fit(x, numbers(1, 2, 9)), "data/shape", "found [2, 9]"],
    ["no targets", (m) => m().fit({ x }), "data/target", "Expected targets y"],
    [
      "NaN in x",
      (m) => m().fit(withValue(x, 31, Number.NaN), y),
      "data/not-finite",
      "found NaN at row index 2, value index 1",
    ],
    [
      "infinity in y",
      (m) => m().evaluate(x, withValue(y, 5, Number.POSITIVE_INFINITY)),
      "data/not-finite",
      "in y, found Infinity at row index 2, value index 1",
    ],
    ["too large for float32", (m) => m().predict(withValue(x, 0, 1e39)), "data/not-finite", "scale what is too large"],
    ["ragged rows", (m) => m().fit([[[1], [2]], [[3]]], y), "data/ragged", "padSequences"],
    ["text", (m) => m().predict([["a"]] as never), "data/not-a-number", '"a"'],
    ["nothing", (m) => m().predict(undefined as never), "data/type", "undefined"],
    [
      "other features than the first data had",
      async (m) => {
        const model = m();
        await model.fit(x, y);
        await model.predict(numbers(1, 2, 5, 4));
      },
      "data/shape",
      "Expected x of shape [rows, steps, 3], found [2, 5, 4]",
    ],
    ["a stream that has run out", (m) => m().fit([{ x, y }].values(), { epochs: 2 }), "data/empty", "in epoch 2"],
    ["an empty stream", (m) => m().fit(new Set() as never), "data/empty", "in epoch 1"],
    [
      "a stream to be split",
      (m) => m().fit(new Set([{ x, y }]), { validationSplit: 0.1 }),
      "usage/validation-split",
      "validationData",
    ],
    ["a batch that is none", (m) => m().fit(new Set([5]) as never), "data/type", ""],
    [
      "validation data of another shape",
      (m) => m().fit(x, y, { validationData: [numbers(1, 2, 5, 1), y] }),
      "data/shape",
      "found [2, 5, 1]",
    ],
    ["a negative batch size", (m) => m().predict(x, { batchSize: -1 }), "usage/option", "batchSize"],
    ["epochs as text", (m) => m().fit(x, y, { epochs: "3" } as never), "usage/option", "epochs"],
    ["a split of all", (m) => m().fit(x, y, { validationSplit: 1 }), "usage/option", "validationSplit"],
    [
      "an option in Keras's words",
      (m) => m().fit(x, y, { batch_size: 4 } as never),
      "usage/option",
      "It is called batchSize here",
    ],
    ["an unknown option", (m) => m().fit(x, y, { workers: 4 } as never), "usage/option", "validationSplit"],
    ["one callback without a list", (m) => m().fit(x, y, { callbacks: {} } as never), "usage/option", "list"],
  ];
  test.each(series)("%s", async (_, run, code, text) => {
    const made: Sequential[] = [];
    const error = await run(() => {
      const model = regression();
      made.push(model);
      return model;
    }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(GruvyError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toContain(text);
    for (const model of made) model.dispose();
  });

  const classes = () => reader("sparseCategoricalCrossentropy", 3);
  const texts: [string, () => Promise<unknown>, string, string][] = [
    [
      "a token out of range",
      () =>
        reader().predict([
          [1, 2],
          [3, 10],
        ]),
      "data/token",
      "from 0 to 9, found 10 at row index 1, step index 1",
    ],
    ["a negative token", () => reader().predict([[-1]]), "data/token", "found -1 at row index 0"],
    ["half a token", () => reader().predict([[1, 0.5]]), "data/token", "found 0.5 at row index 0, step index 1"],
    ["a token that is NaN", () => reader().predict([[Number.NaN]]), "data/token", "found NaN"],
    [
      "tokens with features",
      () => reader().predict(numbers(1, 2, 3, 1)),
      "data/shape",
      "Expected x of shape [rows, steps]",
    ],
    [
      "a class out of range",
      () =>
        classes().fit(
          [
            [1, 2],
            [3, 4],
          ],
          [
            [0, 1],
            [2, 3],
          ],
        ),
      "data/class",
      "from 0 to 2, found 3 at row index 1, step index 1",
    ],
    [
      "classes as rows",
      () =>
        classes().fit(
          [[1, 2]],
          [
            [
              [1, 0, 0],
              [0, 1, 0],
            ],
          ],
        ),
      "data/shape",
      "class numbers from 0 to 2",
    ],
    ["one class for a sequence", () => classes().fit([[1, 2]], [[1]]), "data/shape", "[1, 2]"],
  ];
  test.each(texts)("%s", async (_, run, code, text) => {
    const error = await run().catch((error: unknown) => error);
    expect(error).toMatchObject({ name: "GruvyError", code });
    expect((error as Error).message).toContain(text);
  });

  test("a sequence's targets are not taken in another order", async () => {
    const model = sequential([lstm({ units: 3, returnSequences: true })]);
    model.compile({ loss: "meanSquaredError" });
    await expect(model.fit(numbers(1, 2, 5, 1), numbers(2, 2, 3, 5))).rejects.toMatchObject({ code: "data/shape" });
    await expect(model.fit(numbers(1, 2, 5, 1), numbers(2, 2, 15))).rejects.toMatchObject({ code: "data/shape" });
    model.dispose();
  });
});

function withValue({ shape, data }: Tensor, place: number, value: number): Tensor {
  const changed = Float64Array.from(data);
  changed[place] = value;
  return new Tensor(shape, changed);
}

test("data are not changed, and an output belongs to the caller", async () => {
  const given = Float32Array.of(-1, 2);
  const model = sequential([activation("relu")]);
  const first = await model.predict(new Tensor([1, 2], given));
  await model.predict([[5, 5]]);
  expect(Array.from(given)).toEqual([-1, 2]);
  expect(Array.from(first.data)).toEqual([0, 2]);
  model.dispose();
});
