import { describe, expect, it } from "vitest";
import { closeThreads, setThreads } from "../../src/index.ts";
import { dense, embedding, gru, input, sequential, sgd, type TrainingState } from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";
import { counted, expectSameWeights, small, still, x, y } from "./small.ts";

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

describe("weights of rows", () => {
  it("a row of weight 2 trains as the row twice does, but for what the sum is divided by", async () => {
    const once = sequential([input({ shape: [1] }), dense({ units: 1 })]);
    const twice = sequential([input({ shape: [1] }), dense({ units: 1 })]);
    // Three rows in place of two: the rate makes up for it.
    once.compile({ optimizer: sgd({ learningRate: 0.2 }), loss: "mse" });
    twice.compile({ optimizer: sgd({ learningRate: 0.3 }), loss: "mse" });
    await once.fit([[1], [2]], [[3], [1]], { epochs: 5, shuffle: false, sampleWeight: [2, 1] });
    await twice.fit([[1], [1], [2]], [[3], [3], [1]], { epochs: 5, shuffle: false });
    const [a, b] = [await once.getWeights(), await twice.getWeights()];
    a.forEach(({ data }, i) => {
      data.forEach((value, j) => {
        expect(value).toBeCloseTo(b[i].data[j], 5);
      });
    });
  });

  it("weights of 1 change no bit, with shuffling, for any number of threads", async () => {
    const plain = small();
    await plain.fit(x, y, { epochs: 3, batchSize: 5, validationSplit: 0.2 });
    for (const threads of [1, 3]) {
      setThreads(threads);
      const weighted = small();
      await weighted.fit(x, y, { epochs: 3, batchSize: 5, validationSplit: 0.2, sampleWeight: new Array(22).fill(1) });
      await expectSameWeights(weighted, plain);
      weighted.dispose();
    }
    setThreads(undefined);
    closeThreads();
  });

  it("follow their rows through shuffling, splits, streams and class weights", async () => {
    const weights = Array.from({ length: 22 }, (_, i) => (i % 4) / 2);
    const labels = Array.from({ length: 22 }, (_, i) => [Number(i % 3 === 0)]);
    const byClass = labels.map(([label]) => (label ? 4 : 0.5));
    const found: number[][] = [];
    for (const options of [{ sampleWeight: byClass }, { classWeight: { 0: 0.5, 1: 4 } }]) {
      const model = small();
      const { history } = await model.fit(x, labels, { epochs: 2, batchSize: 7, ...options });
      found.push(history.loss);
    }
    expect(sameBits(found[0], found[1])).toBe("");

    // A model that stays as it is: its loss is the weighted mean of the squares of 1, 2, 3...
    const { x: ones, y: squares } = counted(22);
    const expected = squares.map(([value], i) => weights[i] * value ** 2);
    const mean = (from: number, to: number) => expected.slice(from, to).reduce((a, b) => a + b) / (to - from);
    const { history } = await still().fit(ones, squares, { batchSize: 5, validationSplit: 0.5, sampleWeight: weights });
    expect(history.loss[0]).toBeCloseTo(mean(0, 11), 4);
    expect(history.valLoss[0]).toBeCloseTo(mean(11, 22), 4);
    const parts = [0, 11].map((from) => ({
      x: ones.slice(from, from + 11),
      y: squares.slice(from, from + 11),
      sampleWeight: weights.slice(from, from + 11),
    }));
    const streamed = await still().fit(parts, { validationData: [ones, squares, weights] });
    expect(streamed.history.loss[0]).toBeCloseTo(mean(0, 22), 4);
    expect(streamed.history.valLoss[0]).toBeCloseTo(mean(0, 22), 4);
    expect((await still().evaluate(ones, squares, { sampleWeight: weights })).loss).toBeCloseTo(mean(0, 22), 4);
  });

  it("of steps keep their steps where rows are dealt by their lengths", async () => {
    const tokens = [0, 1, 2, 3, 4].map((length) => Array.from({ length: 5 }, (_, t) => (t <= length ? 1 + t : 0)));
    const targets = tokens.map((row) => row.map(() => [0]));
    const weights = numbers(31, 5, 5).toArray() as number[][];
    const model = sequential([
      embedding({ inputDim: 6, outputDim: 3, maskZero: true }),
      gru({ units: 2, returnSequences: true }),
      dense({ units: 1 }),
    ]);
    model.compile({ loss: "mse" });
    const outputs = (await model.predict(tokens)).toArray() as number[][][];
    let [sum, steps] = [0, 0];
    tokens.forEach((row, i) => {
      row.forEach((token, t) => {
        if (token === 0) return;
        sum += weights[i][t] * outputs[i][t][0] ** 2;
        steps++;
      });
    });
    const { loss } = await model.evaluate(tokens, targets, { sampleWeight: weights });
    expect(loss).toBeCloseTo(sum / steps, 6);
  });

  it("are part of what a resumed training must be the same in", async () => {
    let state: TrainingState | undefined;
    const callbacks = [
      {
        async onStanding(_: unknown, trainer: { getState(): Promise<TrainingState> }) {
          state ??= await trainer.getState();
        },
      },
    ];
    const weights = Array.from({ length: 22 }, (_, i) => i);
    await small().fit(x, y, { sampleWeight: weights, callbacks });
    const other = small().fit(x, y, { sampleWeight: [...weights].reverse(), resumeFrom: state, callbacks: [{}] });
    await expect(other).rejects.toThrow(refusal("usage/resume", "data"));
  });
});

describe("what is no weight is refused", () => {
  const trained = (options: object) => still().fit([[1], [1]], [[1], [2]], options);
  it.each([
    [{ sampleWeight: [1] }, "data/shape", "[2]"],
    [
      {
        sampleWeight: [
          [1, 2],
          [3, 4],
        ],
      },
      "data/shape",
      "[2, 2]",
    ],
    [{ sampleWeight: [1, Number.NaN] }, "data/not-finite", "row index 1"],
    [{ sampleWeight: [1, 1e39] }, "data/not-finite", "row index 1"],
    [{ sampleWeight: [1, 2], classWeight: { 0: 1 } }, "usage/option", "both"],
    [{ classWeight: [1, 2] }, "usage/option", "object"],
    [{ classWeight: { 0: Number.NaN } }, "usage/option", "class 0"],
    [{ classWeight: { "-1": 2 } }, "usage/option", "class"],
    [{ classWeight: { a: 2 } }, "usage/option", "class"],
    [{ sample_weight: [1, 2] }, "usage/option", "sampleWeight"],
  ])("%o", async (options, code, text) => {
    await expect(trained(options)).rejects.toThrow(refusal(code, text));
  });

  it("weights beside a stream, and twice", async () => {
    const stream = [{ x: [[1]], y: [[1]] }];
    await expect(still().fit(stream, { sampleWeight: [1] })).rejects.toThrow(refusal("usage/option", "stream"));
  });
});
