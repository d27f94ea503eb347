// Exported programs against predict: the same bits, whatever the shape of the call.

import { afterAll, describe, expect, test } from "vitest";
import {
  activation,
  averagePooling1d,
  bidirectional,
  closeThreads,
  conv1d,
  customCell,
  customLayer,
  dense,
  dropout,
  embedding,
  enableExperimentalSimd,
  flatten,
  globalAveragePooling1d,
  globalMaxPooling1d,
  gru,
  input,
  type Layer,
  layerNormalization,
  layerNormGruCell,
  layerNormLstmCell,
  lstm,
  lstmCell,
  masking,
  ops,
  repeatVector,
  rnn,
  type Sequential,
  sequential,
  simpleRnn,
  spatialDropout1d,
  type Tensor,
  tensor,
  timeDistributed,
} from "../../src/index.ts";
import { load, type Model } from "../../src/run/index.ts";
import { flat, rowsOf } from "./wasm-rows.ts";

afterAll(closeThreads);

/** Numbers that are the same each time, some of them zero. */
function* draw(seed: number): Generator<number> {
  for (let i = seed * 7919 + 1; ; i = (i * 48271) % 2147483647) yield (i % 1000) / 500 - 1;
}

function rowsFor(model: Sequential, rows: number, steps: number, tokens: number): Tensor {
  const numbers = draw(rows + steps);
  const next = () => numbers.next().value as number;
  const { kind, features } = (model.toConfig() as { input: { kind: string; features: number } }).input;
  if (kind === "tokens") {
    const data = Int32Array.from({ length: rows * steps }, () => Math.floor(((next() + 1) / 2) * tokens));
    for (let row = 0; row < rows; row++) {
      // Padding in front of some rows and behind others, and one row of nothing else.
      const padded = row === 2 ? steps : row % (steps + 1);
      for (let t = 0; t < padded; t++) data[row * steps + (row % 2 === 0 ? t : steps - 1 - t)] = 0;
    }
    return tensor(data, [rows, steps]);
  }
  const shape = kind === "vector" ? [rows, features] : [rows, steps, features];
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, next);
  if (kind === "sequence")
    for (let row = 1; row < rows; row += 3) data.fill(0, row * steps * features, (row * steps + steps / 2) * features);
  return tensor(data, shape);
}

const projected = customCell("projectedCell", ({ units }: { units: number }) => ({
  states: [units, units + 2],
  weights: (features) => ({
    w: { shape: [features, units + 2] },
    u: { shape: [units, units + 2] },
    b: { shape: [units + 2], initializer: "ones" },
    p: { shape: [units + 2, units] },
  }),
  step: (x, [h, c], { w, u, b, p }) => {
    const f = ops.sigmoid(ops.add(ops.matmul(x, w), ops.matmul(h, u), b));
    const next = ops.add(ops.multiply(f, c), ops.subtract(1, f));
    return [ops.matmul(ops.tanh(next), p), next];
  },
}));
const squared = customLayer("squaredLayer", () => ({ call: (x) => ops.layerNorm(ops.square(x)) }));

const models: Record<
  string,
  { layers: () => Layer[]; tokens?: number; streams?: false; steps?: number; least?: number }
> = {
  gru: { layers: () => [input({ shape: [null, 3] }), gru({ units: 5 }), dense({ units: 1 })] },
  "gru, reset before": { layers: () => [input({ shape: [null, 1] }), gru({ units: 17, resetAfter: false })] },
  "lstm over lstm": {
    layers: () => [
      input({ shape: [null, 9] }),
      lstm({ units: 7, returnSequences: true, dropout: 0.3, recurrentDropout: 0.2 }),
      lstm({ units: 1, unitForgetBias: false }),
      dense({ units: 3, activation: "softmax" }),
    ],
  },
  "every step of three cells": {
    layers: () => [
      input({ shape: [null, 2] }),
      simpleRnn({ units: 3, returnSequences: true, useBias: false }),
      layerNormalization(),
      spatialDropout1d({ rate: 0.2 }),
      gru({ units: 4, returnSequences: true, activation: "swish", recurrentActivation: "hardSigmoid" }),
      dropout({ rate: 0.5 }),
      lstm({ units: 33, returnSequences: true, activation: "relu" }),
      timeDistributed(dense({ units: 6 })),
      activation("gelu"),
    ],
  },
  "cells whose functions are softmax": {
    layers: () => [
      input({ shape: [null, 3] }),
      masking(),
      gru({ units: 9, returnSequences: true, activation: "softmax", recurrentActivation: "softmax" }),
      lstm({ units: 5, returnSequences: true, activation: "softmax" }),
      gru({ units: 3, recurrentActivation: "softmax", resetAfter: false, returnSequences: true }),
      simpleRnn({ units: 4, activation: "softmax" }),
    ],
  },
  "cells, and cells and layers of one's own": {
    layers: () => [
      input({ shape: [null, 3] }),
      rnn([lstmCell({ units: 4 }), layerNormGruCell({ units: 9 })], { returnSequences: true }),
      rnn(projected({ units: 5 }), { returnSequences: true }),
      squared({}),
      rnn(layerNormLstmCell({ units: 3 })),
    ],
  },
  "cells of one's own, masked": {
    tokens: 30,
    layers: () => [embedding({ inputDim: 30, outputDim: 4, maskZero: true }), rnn(projected({ units: 6 }))],
  },
  "masked numbers": {
    layers: () => [
      input({ shape: [null, 3] }),
      masking(),
      gru({ units: 6, returnSequences: true }),
      gru({ units: 5 }),
      dense({ units: 2 }),
    ],
  },
  "masked tokens": {
    tokens: 40,
    layers: () => [
      embedding({ inputDim: 40, outputDim: 10, maskZero: true }),
      lstm({ units: 9, returnSequences: true, activation: "gelu" }),
      gru({ units: 5, recurrentActivation: "silu", resetAfter: false }),
      dense({ units: 1, activation: "sigmoid" }),
    ],
  },
  "tokens whose padding counts": {
    tokens: 12,
    layers: () => [embedding({ inputDim: 12, outputDim: 3 }), gru({ units: 8 }), dense({ units: 2 })],
  },
  "tokens, input dropout": {
    tokens: 12,
    layers: () => [embedding({ inputDim: 12, outputDim: 3, maskZero: true }), gru({ units: 4, dropout: 0.4 })],
  },
  "cells in a stack, one of formulas": {
    layers: () => [
      input({ shape: [null, 2] }),
      masking(),
      rnn([layerNormGruCell({ units: 5 }), lstmCell({ units: 3 })], { returnSequences: true }),
      rnn(layerNormLstmCell({ units: 9 })),
      dense({ units: 1 }),
    ],
  },
  bidirectional: {
    streams: false,
    layers: () => [
      input({ shape: [null, 3] }),
      masking(),
      bidirectional(lstm({ units: 5, returnSequences: true }), { mergeMode: "sum" }),
      bidirectional(gru({ units: 4 })),
      dense({ units: 2 }),
    ],
  },
  backwards: { streams: false, layers: () => [input({ shape: [null, 2] }), gru({ units: 5, goBackwards: true })] },
  pooled: {
    tokens: 30,
    streams: false,
    layers: () => [
      embedding({ inputDim: 30, outputDim: 8, maskZero: true }),
      gru({ units: 5, returnSequences: true }),
      globalAveragePooling1d(),
    ],
  },
  "pooled, the greatest": { streams: false, layers: () => [input({ shape: [null, 4] }), globalMaxPooling1d()] },
  flattened: {
    streams: false,
    steps: 4,
    layers: () => [
      input({ shape: [4, 3] }),
      simpleRnn({ units: 3, returnSequences: true }),
      flatten(),
      dense({ units: 2 }),
    ],
  },
  "convolved to fewer steps and repeated": {
    streams: false,
    least: 5,
    layers: () => [
      input({ shape: [null, 3] }),
      conv1d({ filters: 5, kernelSize: 4, strides: 2 }),
      averagePooling1d({ poolSize: 2, padding: "same" }),
      lstm({ units: 3 }),
      repeatVector(3),
      gru({ units: 2, returnSequences: true }),
    ],
  },
  "every step by itself": {
    layers: () => [input({ shape: [null, 2] }), timeDistributed(dense({ units: 3 })), activation("tanh")],
  },
  "without steps": { streams: false, steps: 1, layers: () => [input({ shape: [5] }), dense({ units: 3 })] },
};

const shapes = [
  [1, 1],
  [3, 5],
  [16, 2],
  [17, 9],
  [35, 64],
  [5, 1],
];

async function sameBits(
  model: Sequential,
  small: Model,
  tokens: number,
  { steps, least = 1 }: { steps?: number; least?: number } = {},
): Promise<void> {
  for (const [rows, some] of shapes) {
    if (some < least) continue;
    const x = rowsFor(model, rows, steps ?? some, tokens);
    const expected = await model.predict(x);
    expect(flat(small.predict(rowsOf(x))), `${rows} rows of ${steps ?? some} steps`).toEqual([...expected.data]);
    expect(expected.data.every(Number.isFinite)).toBe(true);
  }
}

describe.each(Object.entries(models))("%s", (_, { layers, tokens = 0, streams = true, steps, least }) => {
  const make = () => {
    const model = sequential(layers(), { seed: 3 });
    model.compile({ loss: "meanSquaredError", numerics: "exact" });
    return model;
  };

  test("gives the bits of predict for any rows and steps", async () => {
    const model = make();
    await sameBits(model, await load(await model.toWasm()), tokens, { steps, least });
  });

  test("goes step by step to the same bits, or says why not", async () => {
    const model = make();
    const small = await load(await model.toWasm());
    const x = rowsFor(model, 4, steps ?? 11, tokens);
    const width = x.data.length / (4 * (steps ?? 11));
    if (!streams) {
      expect(() => small.step(undefined, rowsOf(x)[0])).toThrow(/step by step/);
      return;
    }
    const expected = await model.predict(x);
    const states: (Float32Array | undefined)[] = [undefined, undefined, undefined, undefined];
    const found: number[][] = [[], [], [], []];
    for (let t = 0; t < 11; t++) {
      // Streams side by side, and calls of another shape between their steps.
      rowsOf(x).forEach((row, i) => {
        const before = states[i]?.slice();
        const { output, state } = small.step(states[i], row.slice(t * width, (t + 1) * width));
        expect(states[i]).toEqual(before);
        states[i] = state;
        found[i].push(...flat([output]));
      });
      if (t === 5) small.predict(rowsOf(x).slice(0, 3));
    }
    const last = expected.shape.length === 2 ? expected.shape[1] : expected.data.length / 4;
    expect(found.flatMap((all) => all.slice(-last))).toEqual([...expected.data]);
  });
});

test("a layer that keeps its state from batch to batch does so in streams", async () => {
  const model = sequential([
    input({ shape: [null, 2], batchSize: 3 }),
    gru({ units: 4, stateful: true }),
    dense({ units: 1 }),
  ]);
  model.compile({ loss: "meanSquaredError", numerics: "exact" });
  const small = await load(await model.toWasm());
  const x = rowsFor(model, 3, 4, 0);
  const first = await model.predict(x);
  expect(flat(small.predict(rowsOf(x)))).toEqual([...first.data]);
  const second = await model.predict(x);
  expect([...second.data]).not.toEqual([...first.data]);
  expect(flat(small.predict(rowsOf(x)))).toEqual([...first.data]);
  rowsOf(x).forEach((row, i) => {
    let state: Float32Array | undefined;
    let output: unknown;
    for (let t = 0; t < 8; t++) ({ state, output } = small.step(state, row.slice((2 * t) % 8, ((2 * t) % 8) + 2)));
    expect(flat([output])).toEqual([second.data[i]]);
  });
});

test("rows too short for a layer are refused", async () => {
  const model = sequential(models["convolved to fewer steps and repeated"].layers());
  const small = await load(await model.toWasm());
  expect(() => small.predict([[1, 2, 3, 4, 5, 6, 7, 8, 9]])).toThrow(/Expected 4 or more x 3 numbers, found 9/);
  expect(flat(small.predict([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]])).length).toBe(6);
});

test("rows of different lengths are answered as if alone", async () => {
  const model = sequential([input({ shape: [null, 2] }), gru({ units: 3 }), dense({ units: 1 })]);
  model.compile({ loss: "meanSquaredError", numerics: "exact" });
  const small = await load(await model.toWasm());
  const rows = [3, 3, 1, 40, 40, 40, 2].map((steps, i) => rowsOf(rowsFor(model, i + 1, steps, 0))[i]);
  const alone = await Promise.all(rows.map((row) => model.predict(tensor(row, [1, row.length / 2, 2]))));
  expect(flat(small.predict(rows))).toEqual(alone.flatMap((one) => [...one.data]));
  expect(small.predict([])).toEqual([]);
});

test("numbers come flat, in typed arrays, or step by step in arrays", async () => {
  const model = sequential([input({ shape: [null, 2] }), gru({ units: 3 })]);
  const small = await load(await model.toWasm());
  const [flatly] = small.predict([[1, 2, 3, 4]]);
  expect(small.predict([Float32Array.of(1, 2, 3, 4)])).toEqual([flatly]);
  expect(
    small.predict([
      [
        [1, 2],
        [3, 4],
      ],
    ]),
  ).toEqual([flatly]);
  expect(small.predict([[Float32Array.of(1, 2), [3, 4]]])).toEqual([flatly]);
});

test("with relaxed SIMD the bits are those of fast numerics", async () => {
  enableExperimentalSimd();
  const model = sequential(models["lstm over lstm"].layers(), { seed: 5 });
  model.compile({ loss: "meanSquaredError", numerics: "fast" });
  await sameBits(model, await load(await model.toWasm({ relaxedSimd: true })), 0);
  const exactly = await load(await model.toWasm());
  const x = rowsFor(model, 9, 30, 0);
  expect(flat(exactly.predict(rowsOf(x)))).not.toEqual([...(await model.predict(x)).data]);
});

test("the module brings all it needs, and is small", async () => {
  const model = sequential([embedding({ inputDim: 1000, outputDim: 16 }), gru({ units: 32 }), dense({ units: 1 })]);
  const bytes = await model.toWasm();
  const module = new WebAssembly.Module(bytes);
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(["memory", "run", "step", "lay"]);
  expect(bytes.length).toBeLessThan(4 * model.countParams() + 16_000);
  // Without relaxed SIMD nothing but plain SIMD is asked of the engine.
  expect(Buffer.from(bytes).includes(Buffer.from([0xfd, 0x85, 0x02]))).toBe(false);
});
