import { afterAll, expect, test } from "vitest";
import { sigmoid, type Tensor, tanh } from "../../src/base/index.ts";
import { closeTeam } from "../../src/engine/index.ts";
import {
  bidirectional,
  dense,
  embedding,
  gru,
  gruCell,
  input,
  layerNormLstmCell,
  lstm,
  rnn,
  type Sequential,
  sequential,
  simpleRnn,
  type Trace,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import { numbers, paddedTokens } from "./data.ts";
import { sourceOf } from "./gradients.ts";
import { layerOf } from "./keras.ts";

afterAll(closeTeam);

test.each(golden("traces").map((record) => [record.name, record] as const))(
  "%s: gates and states are those of Keras's cell",
  async (_, { layers, input: x, mask, weights, values }) => {
    const source = sourceOf(x, mask);
    const model = sequential([source.layer, ...layers.map(layerOf)]);
    await model.prepare(source.x, undefined, false);
    await model.setWeights([source.weight, ...weights.map(({ tensor }) => tensor)]);
    const [, found] = Object.entries(await model.trace(source.x))[0];
    expect(Object.keys(found).sort()).toEqual(Object.keys(values).sort());
    for (const [name, value] of Object.entries(values)) {
      expect(found[name].shape).toEqual(value.shape);
      expect(closeBy(found[name].data, value.data, 1e-6), name).toBe("");
    }
    model.dispose();
  },
);

const cells = { gru, lstm, simpleRnn };

test.each([
  ["gru", 17, 33, 19],
  ["lstm", 35, 5, 40],
  ["simpleRnn", 1, 8, 70],
  ["gru", 3, 1, 1],
  ["gru", 2, 9, 12, { activation: "gelu", recurrentActivation: "swish" }],
] as const)(
  "%s of any size: the states are what predict gives, and follow from the gates",
  async (cell, rows, units, steps, functions: { activation?: "gelu"; recurrentActivation?: "swish" } = {}) => {
    const layer = cells[cell]({ units, returnSequences: true, seed: 4, ...functions });
    const model = sequential([input({ shape: [null, 3] }), layer]);
    const x = numbers(5, rows, steps, 3);
    const trace = (await model.trace(x))[cell === "simpleRnn" ? "simple_rnn" : cell];
    expect(sameBits(trace.h.data, (await model.predict(x)).data)).toBe("");
    holdEquations(cell, trace, { rows, steps, units });
    model.dispose();
  },
);

/** Each step's states from those before and the gates, in float64. */
function holdEquations(
  cell: keyof typeof cells,
  trace: Trace[string],
  { rows, steps, units }: { rows: number; steps: number; units: number },
): void {
  const value = (name: string, row: number, step: number, unit: number): number =>
    step < 0 ? 0 : trace[name].data[(row * steps + step) * units + unit];
  const expected = new Float64Array(rows * steps * units);
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step < steps; step++) {
      for (let unit = 0; unit < units; unit++) {
        const at = (name: string, of = step) => value(name, row, of, unit);
        const to = (row * steps + step) * units + unit;
        if (cell === "gru") expected[to] = at("z") * at("h", step - 1) + (1 - at("z")) * at("candidate");
        else if (cell === "lstm") {
          const c = at("f") * at("c", step - 1) + at("i") * at("candidate");
          expect(Math.abs(c - at("c"))).toBeLessThan(1e-6);
          expected[to] = at("o") * tanh(at("c"));
        } else expected[to] = at("h");
      }
    }
  }
  expect(closeBy(trace.h.data, expected, 1e-6)).toBe("");
}

test("the gates of a GRU from its weights, in float64", async () => {
  const [units, steps] = [5, 9];
  const model = sequential([input({ shape: [null, 2] }), gru({ units, biasInitializer: "randomNormal" })]);
  const [kernel, recurrent, bias] = await model.getWeights();
  const x = numbers(8, 1, steps, 2);
  const { z, r, h } = (await model.trace(x)).gru;
  for (let t = 0; t < steps; t++) {
    for (let gate = 0; gate < 2; gate++) {
      for (let j = 0; j < units; j++) {
        const column = gate * units + j;
        let sum = bias.at(0, column) + bias.at(1, column);
        for (let i = 0; i < 2; i++) sum += x.at(0, t, i) * kernel.at(i, column);
        for (let i = 0; i < units; i++) sum += (t === 0 ? 0 : h.at(0, t - 1, i)) * recurrent.at(i, column);
        expect(Math.abs([z, r][gate].at(0, t, j) - sigmoid(sum))).toBeLessThan(1e-6);
      }
    }
  }
});

async function states(model: Sequential, x: Tensor): Promise<[string, string[], readonly number[]][]> {
  const trace = await model.trace(x);
  return Object.entries(trace).map(([name, values]) => [name, Object.keys(values), values.h.shape]);
}

test("every recurrent layer of a model is there, in both directions, in the order of the data", async () => {
  const model = sequential([
    embedding({ inputDim: 20, outputDim: 6, maskZero: true }),
    bidirectional(lstm({ units: 3, returnSequences: true })),
    gru({ units: 4, returnSequences: true }),
    gru({ units: 2 }),
    dense({ units: 1 }),
  ]);
  const x = paddedTokens(3, 20, 21, 7);
  const names = ["i", "f", "o", "candidate", "c", "h"];
  expect(await states(model, x)).toEqual([
    ["bidirectional/forward_lstm", expect.arrayContaining(names), [21, 7, 3]],
    ["bidirectional/backward_lstm", expect.arrayContaining(names), [21, 7, 3]],
    ["gru", expect.arrayContaining(["z", "r", "candidate", "h"]), [21, 7, 4]],
    ["gru_1", expect.arrayContaining(["z", "r", "candidate", "h"]), [21, 7, 2]],
  ]);
  const trace = await model.trace(x);
  // The way back ends at the first step, and the last state of the top layer is what the dense layer reads.
  const alone = sequential([
    embedding({ inputDim: 20, outputDim: 6, maskZero: true }),
    lstm({ units: 3, goBackwards: true }),
  ]);
  const weights = await model.getWeights();
  await alone.setWeights([weights[0], ...weights.slice(4, 7)]);
  const end = await alone.predict(x);
  const { h } = trace["bidirectional/backward_lstm"];
  for (let row = 0; row < 21; row++) {
    for (let unit = 0; unit < 3; unit++) expect(h.at(row, 0, unit)).toBe(end.at(row, unit));
  }
  const top = trace.gru_1.h;
  const [kernel, bias] = weights.slice(-2);
  const output = await model.predict(x);
  for (let row = 0; row < 21; row++) {
    const sum = [0, 1].reduce((all, unit) => all + top.at(row, 6, unit) * kernel.at(unit, 0), bias.at(0));
    expect(Math.abs(output.at(row, 0) - sum)).toBeLessThan(1e-6);
  }
});

test("cells that are formulas show their states", async () => {
  const cell = layerNormLstmCell({ units: 5 });
  const stack = rnn([cell, gruCell({ units: 3 })], { returnSequences: true });
  const model = sequential([embedding({ inputDim: 9, outputDim: 4, maskZero: true }), stack]);
  const x = paddedTokens(3, 9, 18, 6);
  const trace = await model.trace(x);
  expect(Object.values(trace).map(Object.keys)).toEqual([
    ["state0", "state1"],
    ["z", "r", "candidate", "h"],
  ]);
  const [first, second] = Object.values(trace);
  expect([first.state1.shape, second.h.shape]).toEqual([
    [18, 6, 5],
    [18, 6, 3],
  ]);
  expect(sameBits(second.h.data, (await model.predict(x)).data)).toBe("");
  const alone = sequential([
    embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
    rnn(cell, { returnSequences: true }),
  ]);
  await alone.setWeights((await model.getWeights()).slice(0, (await alone.getWeights()).length));
  expect(sameBits(first.state0.data, (await alone.predict(x)).data)).toBe("");
});

test("masked steps have gates of 0 and carry the state on", async () => {
  const model = sequential([embedding({ inputDim: 9, outputDim: 4, maskZero: true }), gru({ units: 3 })]);
  const { z, candidate, h } = (await model.trace([[5, 0, 3, 0]])).gru;
  const step = (tensor: Tensor, t: number) => [0, 1, 2].map((unit) => tensor.at(0, t, unit));
  expect([step(z, 1), step(candidate, 3)]).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(step(h, 1)).toEqual(step(h, 0));
  expect(step(h, 3)).toEqual(step(h, 2));
  expect(step(h, 2)).not.toEqual(step(h, 1));
  expect(sameBits(Float32Array.from(step(h, 3)), (await model.predict([[5, 0, 3, 0]])).data)).toBe("");
});

test("a trace leaves the model as it was, is refused bad rows, and is empty without recurrent layers", async () => {
  const model = sequential([input({ shape: [null, 1] }), gru({ units: 3 }), dense({ units: 1 })]);
  const before = await model.predict([[[1], [2]]]);
  const first = await model.trace([[[1], [2]]]);
  expect(await model.trace([[[1], [2]]])).toEqual(first);
  expect(await model.predict([[[1], [2]]])).toEqual(before);
  await expect(model.trace([[[Number.NaN]]])).rejects.toMatchObject({ code: "data/not-finite" });
  await expect(model.trace([[1, 2]])).rejects.toMatchObject({ code: "data/shape" });
  expect(await sequential([input({ shape: [2] }), dense({ units: 1 })]).trace([[1, 2]])).toEqual({});
});
