import { expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { setThreads } from "../../src/engine/index.ts";
import {
  dense,
  embedding,
  gru,
  input,
  type Layer,
  lstm,
  sequential,
  sequentialFromConfig,
  simpleRnn,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { numbers, paddedTokens } from "./data.ts";

const [rows, steps, parts] = [33, 12, 3];

/** Columns of steps, from one to below another. */
function stepsOf({ shape, data }: Tensor, from: number, to: number): Tensor {
  const [rows, steps, features = 1] = shape;
  const part = Array.from({ length: rows }, (_, row) => [
    ...data.subarray((row * steps + from) * features, (row * steps + to) * features),
  ]);
  const kind = data.constructor as Float32ArrayConstructor;
  return new Tensor([rows, to - from, ...shape.slice(2)], kind.from(part.flat()));
}

const cells: Record<string, (stateful: boolean) => Layer[]> = {
  gru: (stateful) => [gru({ units: 5, stateful })],
  "gru, reset before": (stateful) => [gru({ units: 9, stateful, resetAfter: false })],
  "lstm over lstm": (stateful) => [lstm({ units: 5, stateful, returnSequences: true }), lstm({ units: 3, stateful })],
  "simple rnn": (stateful) => [simpleRnn({ units: 7, stateful })],
  "gru behind an embedding": (stateful) => [embedding({ inputDim: 9, outputDim: 4 }), gru({ units: 5, stateful })],
  "lstm behind a masked embedding": (stateful) => [
    embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
    lstm({ units: 5, stateful }),
  ],
};

test.each(Object.entries(cells))("%s: a sequence in pieces ends where the whole one does", async (_, layers) => {
  const withTokens = layers(false)[0].kind === "embedding";
  const x = withTokens ? paddedTokens(3, 9, rows, steps) : numbers(3, rows, steps, 2);
  const shape = withTokens ? [null] : [null, 2];
  const whole = sequential([input({ shape }), ...layers(false)]);
  const kept = sequential([input({ shape, batchSize: rows }), ...layers(true)]);
  const expected = await whole.predict(x, { batchSize: rows });
  const count = steps / parts;
  for (const again of [false, true]) {
    let last: Tensor | undefined;
    for (let part = 0; part < parts; part++) last = await kept.predict(stepsOf(x, part * count, (part + 1) * count));
    expect(sameBits(last!.data, expected.data), `again ${again}`).toBe("");
    await kept.resetState();
  }
  for (const model of [whole, kept]) model.dispose();
});

const made = () => {
  const model = sequential([
    input({ shape: [4, 2], batchSize: 20 }),
    gru({ units: 6, stateful: true }),
    dense({ units: 1 }),
  ]);
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  return model;
};
const x = numbers(1, 40, 4, 2);
const y = numbers(2, 40, 1);

test("the same bits on one thread and two; evaluate goes on from where fit has ended; compile keeps the states", async () => {
  const ends: Float32Array[] = [];
  for (const threads of [1, 2]) {
    setThreads(threads);
    const model = made();
    await model.fit(x, y, { epochs: 2, shuffle: false });
    const { loss } = await model.evaluate(x, y);
    model.compile({ loss: "meanAbsoluteError" });
    const { data } = await model.predict(x);
    ends.push(Float32Array.from([loss, ...data]));
    await model.resetState();
    expect(closeBy((await model.predict(x)).data, data, 1e-6)).not.toBe("");
    model.dispose();
  }
  setThreads(undefined);
  expect(sameBits(ends[1], ends[0])).toBe("");
});

test("states are no weights, and a saved model keeps its batch", async () => {
  const model = made();
  expect(model.weightPaths.length).toBe(5);
  expect(model.countParams()).toBe(187);
  const again = sequentialFromConfig(model.toConfig());
  expect(again.fixedBatch).toBe(20);
  expect(again.toConfig()).toEqual(model.toConfig());
});

test("what does not fit is refused", async () => {
  const rejected = async (doing: Promise<unknown>, code: string, message: RegExp) =>
    expect(doing).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  const layer = gru({ units: 2, stateful: true });
  expect(() => sequential([input({ shape: [4, 2] }), layer])).toThrow(/Layer "gru" is stateful.*\n?.*batchSize/s);
  expect(() => input({ shape: [4], batchSize: 0 })).toThrow(/batchSize of input/);
  const model = made();
  await rejected(model.predict(numbers(3, 30, 4, 2)), "data/batch", /whole batches of 20 rows.*found 30/);
  await rejected(model.predict(x, { batchSize: 10 }), "usage/option", /batchSize to be the 20/);
  await rejected(model.fit(x, y, { batchSize: 40 }), "usage/option", /found 40/);
  await rejected(model.fit(x, y, { validationSplit: 0.3 }), "data/batch", /found 28/);
  await rejected(model.evaluate(numbers(3, 10, 4, 2), numbers(4, 10, 1)), "data/batch", /found 10/);
  const short = [{ x: numbers(1, 7, 4, 2), y: numbers(2, 7, 1) }];
  await rejected(model.fit(short), "usage/option", /found 7/);
  await rejected(sequential([dense({ units: 1 })]).resetState(), "model/not-built", /not known yet/);
});
