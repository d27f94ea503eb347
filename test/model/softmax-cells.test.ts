// Cells whose functions are softmax over the units; values and gradients are held by the golden files and random stacks.

import { afterAll, afterEach, describe, expect, test } from "vitest";
import { closeTeam, setThreads } from "../../src/engine/index.ts";
import {
  dense,
  embedding,
  gru,
  input,
  lstm,
  model,
  type SymbolicTensor,
  sequential,
  simpleRnn,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { numbers, paddedTokens, rowsOf, tokens } from "./data.ts";

afterEach(() => setThreads(undefined));
afterAll(closeTeam);

const both = { activation: "softmax", recurrentActivation: "softmax" } as const;
const layers = {
  gru: (more: object = {}) => gru({ units: 5, ...both, ...more }),
  "gru, reset before": (more: object = {}) => gru({ units: 5, ...both, resetAfter: false, ...more }),
  lstm: (more: object = {}) => lstm({ units: 5, ...both, ...more }),
  "simple rnn": (more: object = {}) => simpleRnn({ units: 5, activation: "softmax", ...more }),
};

describe.each(Object.entries(layers))("%s", (_, layer) => {
  test("the same bits on any number of threads, and where memory is short", async () => {
    const trained = async (threads: number, memoryBudget?: number) => {
      setThreads(threads);
      const model = sequential([
        embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
        layer({ returnSequences: true, dropout: 0.2, recurrentDropout: 0.2 }),
        layer(),
        dense({ units: 1 }),
      ]);
      model.compile({ optimizer: "adam", loss: "mse", memoryBudget });
      const { history } = await model.fit(paddedTokens(3, 9, 70, 40), numbers(4, 70, 1), { epochs: 2, batchSize: 64 });
      const weights = await model.getWeights();
      model.dispose();
      return { history, weights };
    };
    const one = await trained(1);
    for (const [threads, budget] of [[2], [3], [1, 760_000]]) {
      const other = await trained(threads, budget);
      expect(other.history.loss).toEqual(one.history.loss);
      one.weights.forEach((weight, i) => {
        expect(sameBits(other.weights[i].data, weight.data)).toBe("");
      });
    }
  });

  test("a sequence in two parts ends where the whole one does", async () => {
    const shape = [null, 3] as const;
    const whole = sequential([input({ shape: [null, 3] }), layer()]);
    const x = numbers(1, 3, 8, 3);
    const expected = await whole.predict(x);
    const [first, second] = [input({ shape, name: "first" }), input({ shape, name: "second" })];
    const shared = layer({ returnState: true });
    const [, ...states] = shared.apply<SymbolicTensor[]>(first);
    const [output] = shared.apply<SymbolicTensor[]>([second, ...states]);
    const parts = model({ inputs: { first, second }, outputs: output });
    await parts.setWeights(await whole.getWeights());
    const half = (from: number) => {
      const rows = [0, 1, 2].map((row) => [0, 1, 2, 3].map((t) => [0, 1, 2].map((k) => x.at(row, from + t, k))));
      return rows;
    };
    const found = (await parts.predict({ first: half(0), second: half(4) })) as typeof expected;
    expect(closeBy(found.data, expected.data, 1e-6)).toBe("");
    const stateful = sequential([input({ shape: [null, 3], batchSize: 3 }), layer({ stateful: true })]);
    await stateful.setWeights(await whole.getWeights());
    await stateful.predict(half(0));
    expect(closeBy((await stateful.predict(half(4))).data, expected.data, 1e-6)).toBe("");
  });

  test("a row alone gives what it gives among others", async () => {
    const model = sequential([embedding({ inputDim: 9, outputDim: 4, maskZero: true }), layer({ units: 130 })]);
    const x = paddedTokens(5, 9, 9, 6);
    const all = await model.predict(x);
    for (const row of [0, 4, 8]) {
      const alone = await model.predict(rowsOf(x, row, row + 1));
      expect(sameBits(alone.data, all.data.subarray(130 * row, 130 * row + 130))).toBe("");
    }
  });
});

test("the gates of a trace are shares of one", async () => {
  const model = sequential([
    input({ shape: [null, 3] }),
    gru({ units: 5, ...both, returnSequences: true }),
    lstm({ units: 3, ...both, returnSequences: true }),
  ]);
  const x = numbers(1, 4, 6, 3);
  const trace = await model.trace(x);
  const gates = [...Object.entries(trace.gru), ...Object.entries(trace.lstm)].filter(([name]) => !/^[hc]$/.test(name));
  expect(gates.map(([name]) => name).sort()).toEqual(["candidate", "candidate", "f", "i", "o", "r", "z"]);
  for (const [name, { data, shape }] of gates) {
    for (let place = 0; place < data.length; place += shape[2]) {
      const sum = [...data.subarray(place, place + shape[2])].reduce((a, b) => a + b);
      expect(sum, name).toBeCloseTo(1, 5);
    }
  }
  expect(sameBits(trace.lstm.h.data, (await model.predict(x)).data)).toBe("");
});

test("learns: which of two tokens came last", async () => {
  const model = sequential([
    embedding({ inputDim: 3, outputDim: 4 }),
    gru({ units: 6, recurrentActivation: "softmax" }),
    dense({ units: 1, activation: "sigmoid" }),
  ]);
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["accuracy"] });
  const x = tokens(1, 3, 120, 5);
  const y = Array.from({ length: 120 }, (_, row) => (x.at(row, 4) === 2 ? 1 : 0));
  const { history } = await model.fit(x, y, { epochs: 30, batchSize: 20 });
  expect(history.loss[29]).toBeLessThan(history.loss[0] / 2);
});
