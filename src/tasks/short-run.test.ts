import { describe, expect, it } from "vitest";
import { sameBits } from "../../test/engine/numbers.ts";
import { small, x, y } from "../../test/model/small.ts";
import type { Store } from "../base/index.ts";
import {
  adam,
  dense,
  dropout,
  embedding,
  gru,
  input,
  lstm,
  quantile,
  type Sequential,
  sequential,
  type TrainingState,
} from "../model/index.ts";
import { memoryStore } from "../storage/index.ts";
import { checkpointTo, shortRun } from "./index.ts";

/** The state of a training of a model on a few rows. */
async function stateOf(
  model: Sequential,
  data: readonly [x: never, y: never],
  batchSize: number,
): Promise<TrainingState> {
  const saving = checkpointTo(memoryStore());
  await model.fit(...data, { batchSize, callbacks: [saving] });
  return (await saving.load()) as TrainingState;
}

const saved = (store: Store) => checkpointTo(store, { every: { batches: 1 }, keep: 100 });

const kinds: readonly [string, () => Sequential, readonly [unknown, unknown]][] = [
  ["sequences", small, [x, y]],
  [
    "tokens and classes",
    () => {
      const model = sequential([
        embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
        lstm({ units: 3, returnSequences: true }),
        dropout({ rate: 0.2 }),
        dense({ units: 3, activation: "softmax" }),
      ]);
      model.compile({
        optimizer: adam({ gradientAccumulationSteps: 2, useEma: true }),
        loss: "sparseCategoricalCrossentropy",
      });
      return model;
    },
    [
      [
        [1, 2, 0],
        [3, 8, 4],
        [5, 0, 0],
      ],
      [
        [0, 1, 2],
        [2, 1, 0],
        [1, 1, 1],
      ],
    ],
  ],
  [
    "vectors and quantiles",
    () => {
      const model = sequential([input({ shape: [2] }), dense({ units: 4 })]);
      model.compile({ loss: quantile({ quantiles: [0.2, 0.8] }) });
      return model;
    },
    [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ],
  [
    "batches that are fixed",
    () => {
      const model = sequential([
        input({ shape: [4, 1], batchSize: 2 }),
        gru({ units: 3, stateful: true }),
        dense({ units: 1 }),
      ]);
      model.compile({ loss: "mse" });
      return model;
    },
    [
      [
        [[1], [2], [3], [4]],
        [[2], [1], [0], [1]],
      ],
      [[1], [2]],
    ],
  ],
];

describe("the short run of a training", () => {
  it.each(kinds)("of %s is trained from where it stands, and gone on with to the same bits", async (_, make, data) => {
    const state = await stateOf(make(), data as [never, never], 2);
    const store = memoryStore();
    const whole = await shortRun(state, saved(store));
    expect(whole.model.iterations).toBeGreaterThanOrEqual(state.optimizer.iterations + 18);
    expect(whole.history.history.loss.every(Number.isFinite)).toBe(true);
    const names = (await store.list()).sort();
    for (const count of [1, 7, 12]) {
      const part = memoryStore();
      for (const name of names.slice(0, count)) await part.write(name, (await store.read(name)) as Uint8Array);
      const resumed = await shortRun(state, saved(part));
      const [found, expected] = [await resumed.model.getWeights(), await whole.model.getWeights()];
      found.forEach((weight, i) => {
        expect(sameBits(weight.data, expected[i].data), `weight ${i}`).toBe("");
      });
      expect(resumed.history.history).toEqual(whole.history.history);
    }
  });

  it("refuses a model that it cannot make rows for", async () => {
    const state = await stateOf(small(), [x, y] as unknown as [never, never], 8);
    const other = { ...state, architecture: { ...state.architecture, kind: "functional" } };
    await expect(shortRun(other, saved(memoryStore()))).rejects.toMatchObject({ code: "usage/verify" });
  });
});
