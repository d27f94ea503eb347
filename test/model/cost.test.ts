import { expect, test } from "vitest";
import {
  conv1d,
  dense,
  embedding,
  gru,
  input,
  type Layer,
  sequential,
  simpleRnn,
  type TensorLike,
} from "../../src/index.ts";
import { numbers } from "./data.ts";

async function costOf(layers: readonly Layer[], x: TensorLike, options: { batchSize?: number; budget?: number } = {}) {
  const { batchSize = 6, budget } = options;
  const model = sequential(layers);
  model.compile({ optimizer: "sgd", loss: "meanSquaredError", memoryBudget: budget });
  const { cost } = await model.fit(x, numbers(1, 6, 1), { batchSize, epochs: 2 });
  model.dispose();
  return cost;
}

const epochs = 2;
const units = 4;
const head = 3 * 6 * units;
/** A GRU's three products with the state, for so many rows of all steps: forward, state, kernel. */
const recurrent = (forward: number, backward = forward) => 3 * units * units * (forward + 2 * backward);

test("a layer on features computes every step of every row, forward and back", async () => {
  const layers = [input({ shape: [5, 2] }), gru({ units }), dense({ units: 1 })];
  const places = 6 * 5;
  const products = 2 * (2 * 3 * units) * places; // forward and for the kernel; nobody reads the data's gradient
  expect(await costOf(layers, numbers(2, 6, 5, 2))).toEqual({
    tokens: epochs * places,
    paddedShare: 0,
    distinctShare: 1,
    multiplyAdds: epochs * (products + recurrent(places) + head),
    multiplyAddsSpared: 0,
  });
});

test("a repeated token is projected once in a batch", async () => {
  const tokens = Array.from({ length: 6 }, (_, row) => [1, 2, 2, 1 + (row % 3)]);
  const layers = [embedding({ inputDim: 9, outputDim: 3 }), gru({ units }), dense({ units: 1 })];
  const cost = await costOf(layers, tokens);
  const token = 3 * (3 * 3 * units); // forward, for the kernel and for the table
  expect(cost).toEqual({
    tokens: epochs * 24,
    paddedShare: 0,
    distinctShare: 3 / 24,
    multiplyAdds: epochs * (3 * token + recurrent(24) + head),
    multiplyAddsSpared: epochs * 21 * token,
  });
});

/** Six rows with 1 to 6 of 6 places filled, with distinct tokens. */
const padded = (front: boolean) =>
  Array.from({ length: 6 }, (_, row) => {
    const tokens = Array.from({ length: 6 }, (_, i) => (i <= row ? 1 + 6 * row + i : 0));
    return front ? tokens.reverse() : tokens;
  });

test.each([false, true])("masked padding is not computed, in front (%s) or behind", async (front) => {
  const layers = [embedding({ inputDim: 50, outputDim: 3, maskZero: true }), gru({ units }), dense({ units: 1 })];
  const cost = await costOf(layers, padded(front));
  const spared = epochs * (recurrent(36) - recurrent(21));
  expect(cost).toMatchObject({ tokens: epochs * 21, paddedShare: 15 / 36 });
  const token = 3 * (3 * 3 * units);
  expect(cost.multiplyAddsSpared).toBe(spared + epochs * token * (36 - 22));
});

test("padding in front without a mask is computed once for all rows", async () => {
  const layers = [embedding({ inputDim: 50, outputDim: 3 }), gru({ units }), dense({ units: 1 })];
  const cost = await costOf(layers, padded(true));
  const token = 3 * (3 * 3 * units);
  const computed = 21 + 5; // the longest row has no padding; at the five steps before, one row stands for the others
  expect(cost.multiplyAddsSpared).toBe(epochs * (recurrent(36) - recurrent(computed)) + epochs * token * (36 - 22));
});

test("steps before the gradient has become zero are not gone back to", async () => {
  const forgetful = simpleRnn({ units, recurrentInitializer: "zeros" });
  const cost = await costOf([input({ shape: [64, 2] }), forgetful, dense({ units: 1 })], numbers(2, 6, 64, 2));
  const step = 2 * units * units + 2 * units; // two of the recurrence, one of the input
  expect(cost.multiplyAddsSpared).toBeGreaterThan(0);
  expect(cost.multiplyAddsSpared % step).toBe(0);
  expect(cost.multiplyAddsSpared).toBeLessThanOrEqual(epochs * 6 * 63 * step);
});

test("computing gates again is not hidden", async () => {
  const layers = () => [input({ shape: [null, 2] }), gru({ units: 16 }), dense({ units: 1 })];
  const x = numbers(2, 6, 300, 2);
  const model = sequential(layers());
  model.compile({ optimizer: "sgd", loss: "meanSquaredError", memoryBudget: 2 ** 30 });
  const { bytes } = await model.memory({ batchSize: 6, timeSteps: 300 });
  const [rich, poor] = [await costOf(layers(), x), await costOf(layers(), x, { budget: Math.ceil(bytes / 2) })];
  expect(rich.multiplyAddsSpared).toBeGreaterThanOrEqual(0);
  expect(poor.multiplyAddsSpared).toBeLessThan(rich.multiplyAddsSpared);
  expect(poor.multiplyAdds + poor.multiplyAddsSpared).toBe(rich.multiplyAdds + rich.multiplyAddsSpared);
});

test.each<[string, () => Layer[], TensorLike, number]>([
  [
    "a dense layer in front: forward alone",
    () => [input({ shape: [2] }), dense({ units: 3, trainable: false })],
    numbers(2, 6, 2),
    6 * (6 + 2 * 3),
  ],
  [
    "two in front",
    () => [input({ shape: [2] }), dense({ units: 3, trainable: false }), dense({ units: 3, trainable: false })],
    numbers(2, 6, 2),
    6 * (6 + 9 + 2 * 3),
  ],
  [
    "one between: the gradient goes through",
    () => [input({ shape: [2] }), dense({ units: 3 }), dense({ units: 3, trainable: false })],
    numbers(2, 6, 2),
    6 * (2 * 6 + 2 * 9 + 3 * 3),
  ],
  [
    "a convolution in front",
    () => [input({ shape: [5, 2] }), conv1d({ filters: 3, kernelSize: 2, trainable: false }), gru({ units })],
    numbers(2, 6, 5, 2),
    24 * (12 + 2 * 9 * units) + recurrent(24) + head,
  ],
  [
    "a GRU in front",
    () => [input({ shape: [5, 2] }), gru({ units, trainable: false })],
    numbers(2, 6, 5, 2),
    30 * (6 * units + 3 * units * units) + 2 * 6 * units,
  ],
  [
    "a GRU between",
    () => [input({ shape: [5, 2] }), dense({ units: 3 }), gru({ units, trainable: false })],
    numbers(2, 6, 5, 2),
    30 * (2 * 6 + 2 * (9 * units + 3 * units * units)) + head,
  ],
  [
    "a table",
    () => [embedding({ inputDim: 90, outputDim: 3, trainable: false }), gru({ units })],
    Array.from({ length: 6 }, (_, row) => Array.from({ length: 5 }, (_, i) => 1 + 5 * row + i)),
    30 * 2 * 9 * units + recurrent(30) + head,
  ],
])("gradients of frozen weights are neither computed nor counted: %s", async (_, layers, x, adds) => {
  expect(await costOf([...layers(), dense({ units: 1 })], x)).toMatchObject({
    multiplyAdds: epochs * adds,
    multiplyAddsSpared: 0,
  });
});
