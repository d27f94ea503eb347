import { expect } from "vitest";
import type { Tensor } from "../../src/base/index.ts";
import { adam, dense, dropout, gru, input, type Sequential, sequential, sgd } from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";

/** A model of a single step whose weights stay 0, so that the loss of a batch is the mean of its targets' squares. */
export function still(): Sequential {
  const model = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]);
  model.compile({ optimizer: sgd({ learningRate: 0 }), loss: "meanSquaredError" });
  return model;
}

/** Inputs of 1, and their numbers as targets. */
export const counted = (rows: number) => ({
  x: Array.from({ length: rows }, () => [1]),
  y: Array.from({ length: rows }, (_, i) => [i + 1]),
});

/** A model with dropouts, whose every bit is telling. */
export const small = (seed = 0): Sequential => {
  const model = sequential([gru({ units: 5, dropout: 0.2 }), dropout({ rate: 0.1 }), dense({ units: 1 })], { seed });
  model.compile({ optimizer: adam({ learningRate: 0.05 }), loss: "meanSquaredError" });
  return model;
};
export const x = numbers(11, 22, 4, 2);
export const y = numbers(12, 22, 1);

/** The same shapes and bits as another model's weights, or as weights asked for before. */
export async function expectSameWeights(a: Sequential, b: Sequential | readonly Tensor[]): Promise<void> {
  const expected = "getWeights" in b ? await b.getWeights() : b;
  const found = await a.getWeights();
  expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  found.forEach((weight, i) => {
    expect(sameBits(weight.data, expected[i].data), `weight ${i}`).toBe("");
  });
}
