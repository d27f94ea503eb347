import { describe, expect, it } from "vitest";
import { sameBits } from "../../test/engine/numbers.ts";
import { small, x, y } from "../../test/model/small.ts";
import type { Store } from "../base/index.ts";
import {
  adam,
  concatenate,
  dense,
  dropout,
  embedding,
  gru,
  input,
  lstm,
  type Model,
  model,
  quantile,
  sequential,
  type TrainingState,
} from "../model/index.ts";
import { memoryStore } from "../storage/index.ts";
import { checkpointTo, shortRun } from "./index.ts";

/** The state of a training of a model on a few rows. */
async function stateOf(
  model: Model<unknown>,
  data: readonly [x: never, y: never],
  batchSize: number,
): Promise<TrainingState> {
  const saving = checkpointTo(memoryStore());
  await model.fit(...data, { batchSize, callbacks: [saving] });
  return (await saving.load()) as TrainingState;
}

const saved = (store: Store) => checkpointTo(store, { every: { batches: 1 }, keep: 100 });

const kinds: readonly [string, () => Model<unknown>, readonly [unknown, unknown]][] = [
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
    "several inputs and outputs",
    () => {
      const words = input({ shape: [null], name: "words" });
      const prices = input({ shape: [null, 2], name: "prices" });
      const shop = input({ shape: [3], name: "shop" });
      const steps = concatenate().apply([embedding({ inputDim: 7, outputDim: 3 }).apply(words), prices]);
      const state = gru({ units: 3, dropout: 0.2 }).apply(steps);
      const open = dense({ units: 2, activation: "softmax", name: "open" }).apply(concatenate().apply([state, shop]));
      const sales = dense({ units: 1, name: "sales" }).apply(steps);
      const net = model({ inputs: [words, prices, shop], outputs: { open, sales, state } });
      net.compile({ optimizer: "adam", loss: { open: "sparseCategoricalCrossentropy", sales: "mse", state: null } });
      return net;
    },
    [
      {
        words: [
          [1, 2, 6],
          [3, 0, 4],
        ],
        prices: [
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          [
            [3, 2],
            [1, 0],
            [1, 1],
          ],
        ],
        shop: [
          [1, 2, 3],
          [3, 2, 1],
        ],
      },
      {
        open: [0, 1],
        sales: [
          [1, 2, 3],
          [3, 2, 1],
        ],
      },
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
});
