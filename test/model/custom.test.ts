import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { setThreads } from "../../src/engine/index.ts";
import {
  bidirectional,
  customCell,
  customLayer,
  dense,
  embedding,
  gru,
  input,
  type Layer,
  l2,
  lstm,
  nonNeg,
  ops,
  type RecurrentCell,
  rnn,
  sequential,
  sequentialFromConfig,
  sgd,
  type Term,
  timeDistributed,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { numbers, paddedTokens } from "./data.ts";

const {
  abs,
  add,
  divide,
  exp,
  layerNorm,
  log,
  matmul,
  multiply,
  negate,
  sigmoid,
  softplus,
  sqrt,
  square,
  subtract,
  tanh,
} = ops;

/** The GRU of Keras with a kernel for each gate. */
const ownGru = customCell("ownGru", ({ units }: { units: number }) => ({
  states: units,
  weights: (features) => ({
    wz: { shape: [features, units] },
    wr: { shape: [features, units] },
    wc: { shape: [features, units] },
    uz: { shape: [units, units] },
    ur: { shape: [units, units] },
    uc: { shape: [units, units] },
    bz: { shape: [units] },
    br: { shape: [units] },
    bc: { shape: [units] },
    sz: { shape: [units] },
    sr: { shape: [units] },
    sc: { shape: [units] },
  }),
  step: (x, [h], w) => {
    const z = sigmoid(add(matmul(x, w.wz), w.bz, matmul(h, w.uz), w.sz));
    const r = sigmoid(add(matmul(x, w.wr), w.br, matmul(h, w.ur), w.sr));
    const c = tanh(add(matmul(x, w.wc), w.bc, multiply(r, add(matmul(h, w.uc), w.sc))));
    return add(multiply(z, h), multiply(subtract(1, z), c));
  },
}));

const ownLstm = customCell("ownLstm", ({ units }: { units: number }) => ({
  states: [units, units],
  weights: (features) => ({
    wi: { shape: [features, units] },
    wf: { shape: [features, units] },
    wg: { shape: [features, units] },
    wo: { shape: [features, units] },
    ui: { shape: [units, units] },
    uf: { shape: [units, units] },
    ug: { shape: [units, units] },
    uo: { shape: [units, units] },
    bi: { shape: [units] },
    bf: { shape: [units], initializer: "ones" },
    bg: { shape: [units] },
    bo: { shape: [units] },
  }),
  step: (x, [h, c], w) => {
    const i = sigmoid(add(matmul(x, w.wi), matmul(h, w.ui), w.bi));
    const f = sigmoid(add(matmul(x, w.wf), matmul(h, w.uf), w.bf));
    const g = tanh(add(matmul(x, w.wg), matmul(h, w.ug), w.bg));
    const o = sigmoid(add(matmul(x, w.wo), matmul(h, w.uo), w.bo));
    const next = add(multiply(f, c), multiply(i, g));
    return [multiply(o, tanh(next)), next];
  },
}));

/** Columns of a matrix by blocks of units. */
const blocks = (data: ArrayLike<number>, rows: number, count: number): Float32Array[] => {
  const width = data.length / rows;
  const units = width / count;
  return Array.from({ length: count }, (_, block) =>
    Float32Array.from(
      { length: rows * units },
      (_, i) => data[Math.floor(i / units) * width + block * units + (i % units)],
    ),
  );
};

const UNITS = 7;
const kinds: [string, (options: object) => Layer, RecurrentCell, number, number][] = [
  ["a GRU", (options) => gru({ units: UNITS, ...options }), ownGru({ units: UNITS }), 3, 2],
  ["an LSTM", (options) => lstm({ units: UNITS, ...options }), ownLstm({ units: UNITS }), 4, 1],
];

describe.each(kinds)("%s written as a cell is the one built in", (_, builtIn, cell, gates, biasRows) => {
  test.each([{}, { returnSequences: true }, { goBackwards: true }])("after training, %o", async (options) => {
    const x = paddedTokens(3, 9, 21, 6);
    const y = numbers(2, 21, 1);
    const head = "returnSequences" in options ? [gru({ units: 2 })] : [];
    const layers = [builtIn(options), rnn(cell, options)];
    const models = layers.map((layer) => {
      const first = embedding({ inputDim: 9, outputDim: 4, maskZero: true });
      const model = sequential([first, layer, ...head, dense({ units: 1 })]);
      model.compile({ loss: "mse", optimizer: "adam" });
      return model;
    });
    const [theirs, own] = models;
    const [table, kernel, recurrent, bias, ...rest] = await theirs.getWeights();
    const parts = [
      ...blocks(kernel.data, 4, gates),
      ...blocks(recurrent.data, UNITS, gates),
      ...Array.from({ length: biasRows }, (_, row) =>
        blocks(
          bias.data.subarray((row * bias.data.length) / biasRows, ((row + 1) * bias.data.length) / biasRows),
          1,
          gates,
        ),
      ).flat(),
    ];
    const shapes = (await own.getWeights()).map(({ shape }) => shape);
    const values = [table.data, ...parts, ...rest.map(({ data }) => data)];
    await own.setWeights(values.map((data, i) => new Tensor(shapes[i], Float32Array.from(data))));
    const losses: (readonly number[])[] = [];
    for (const model of models) losses.push((await model.fit(x, y, { epochs: 4, batchSize: 8 })).history.loss);
    expect(closeBy(losses[1], losses[0], 1e-5)).toBe("");
    const [a, b] = [await theirs.predict(x), await own.predict(x)];
    expect(closeBy(b.data, a.data, 1e-4)).toBe("");
    for (const model of models) model.dispose();
  });
});

test("a custom cell stacks, turns, drops and keeps its states, with the same bits on one thread and two", async () => {
  const found: Float32Array[] = [];
  for (const threads of [1, 2]) {
    setThreads(threads);
    const model = sequential([
      input({ shape: [5, 2], batchSize: 20 }),
      bidirectional(
        rnn([ownGru({ units: 3, dropout: 0.2 }), ownLstm({ units: 9 })], { stateful: true, returnSequences: true }),
      ),
      rnn(ownLstm({ units: 4, recurrentDropout: 0.3 })),
      dense({ units: 1 }),
    ]);
    model.compile({ loss: "mse" });
    await model.fit(numbers(1, 40, 5, 2), numbers(2, 40, 1), { epochs: 2 });
    const first = (await model.predict(numbers(1, 40, 5, 2))).data;
    const second = (await model.predict(numbers(1, 40, 5, 2))).data;
    expect(closeBy(second, first, 1e-7)).not.toBe("");
    await model.resetState();
    await model.predict(numbers(1, 40, 5, 2));
    found.push(Float32Array.from([...first, ...second]));
    model.dispose();
  }
  setThreads(undefined);
  expect(sameBits(found[1], found[0])).toBe("");
});

const scaled = customLayer("scaled", ({ by = 2 }: { by?: number }) => ({
  weights: (features) => ({ gain: { shape: [features], initializer: "ones" } }),
  call: (x, { gain }) => multiply(x, gain, by),
}));

test("a custom layer computes what it says, on rows and on steps", async () => {
  const odd = customLayer("oddFunctions", () => ({
    call: (x) => {
      const positive = add(square(x), exp(negate(abs(x))));
      return divide(log(positive), add(sqrt(positive), softplus(layerNorm(x, { epsilon: 0.5 }))));
    },
  }));
  const value = (row: readonly number[]) => {
    const mean = row.reduce((a, b) => a + b) / row.length;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
    return row.map((v) => {
      const positive = v * v + Math.exp(-Math.abs(v));
      return Math.log(positive) / (Math.sqrt(positive) + Math.log1p(Math.exp((v - mean) / Math.sqrt(variance + 0.5))));
    });
  };
  for (const shape of [
    [300, 5],
    [3, 7, 5],
  ]) {
    const x = numbers(4, ...shape);
    const model = sequential([input({ shape: shape.slice(1) }), odd()]);
    const rows = Array.from({ length: x.data.length / 5 }, (_, i) => value([...x.data.subarray(5 * i, 5 * i + 5)]));
    expect(closeBy((await model.predict(x)).data, rows.flat(), 1e-5)).toBe("");
    model.dispose();
  }
});

test("a custom layer learns, passes masks on and stands in timeDistributed", async () => {
  const model = sequential([
    embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
    timeDistributed(scaled({ by: 0.5 })),
    gru({ units: 3 }),
    scaled({}),
    dense({ units: 1 }),
  ]);
  model.compile({ loss: "mse", optimizer: "sgd" });
  const { history } = await model.fit(paddedTokens(3, 9, 40, 6), numbers(2, 40, 1), { epochs: 5 });
  expect(history.loss[4]).toBeLessThan(history.loss[0]);
  const gains = (await model.getWeights()).filter((_, i) => model.weightPaths[i].endsWith("gain"));
  expect(gains.map(({ shape }) => shape)).toEqual([[4], [3]]);
  for (const { data } of gains) expect(Array.from(data)).not.toContain(1);
});

test("weights that are not trained stay, and what is asked of the others is kept", async () => {
  const bounded = customCell("bounded", () => ({
    states: 2,
    weights: (features) => ({
      w: { shape: [features, 2], trainable: false },
      u: { shape: [2, 2], initializer: "ones", constraint: nonNeg() },
      b: { shape: [2], initializer: "ones", regularizer: l2({ l2: 5 }) },
    }),
    step: (x, [h], { w, u, b }) => tanh(add(matmul(x, w), matmul(h, u), b)),
  }));
  const model = sequential([
    input({ shape: [4, 2] }),
    rnn([bounded({}), ownGru({ units: 3, trainable: false })]),
    dense({ units: 1 }),
  ]);
  model.compile({ loss: "mse", optimizer: sgd({ learningRate: 0.1 }) });
  const before = await model.getWeights();
  await model.fit(numbers(1, 32, 4, 2), numbers(2, 32, 1), { epochs: 10 });
  const after = await model.getWeights();
  model.weightPaths.forEach((path, i) => {
    const stays = path.endsWith("bounded/w") || path.includes("own_gru");
    expect(sameBits(after[i].data, before[i].data) === "", path).toBe(stays);
  });
  expect(Math.min(...after[1].data)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...after[2].data)).toBeLessThan(0.1);
  expect(sequentialFromConfig(model.toConfig()).toConfig().layers).toEqual(model.toConfig().layers);
});

test("cells and layers come back by their names, with their options", () => {
  const model = sequential([
    input({ shape: [4, 2] }),
    rnn(ownGru({ units: 3, name: "inner", seed: 4 })),
    scaled({ by: 3 }),
  ]);
  const config = JSON.parse(JSON.stringify(model.toConfig()));
  const again = sequentialFromConfig(config);
  expect(again.toConfig()).toEqual(model.toConfig());
  expect(again.weightPaths).toEqual(model.weightPaths);
  expect(model.weightPaths[0]).toBe("rnn/inner/wz");
  const strange = JSON.stringify(config).replace("ownGru", "notOurs");
  expect(() => sequentialFromConfig(JSON.parse(strange))).toThrow(/Unknown cell "notOurs"/);
});

describe("what cannot be is refused where it is written down", () => {
  const build = (cell: RecurrentCell) => sequential([input({ shape: [4, 2] }), rnn(cell)]);
  const cell = (step: (x: Term, states: readonly Term[], w: Record<string, Term>) => unknown, states: unknown = 3) =>
    customCell("wrong", () => ({
      states: states as number,
      weights: (features) => ({ w: { shape: [features, 3] }, u: { shape: [3, 3] }, b: { shape: [3] } }),
      step: step as () => Term,
    }))({});
  const cases: [string, () => unknown, RegExp][] = [
    ["features that differ", () => build(cell((x, [h]) => add(x, h))), /both sides of add, found 2 and 3/],
    [
      "a product that does not fit",
      () => build(cell((x, _, { u }) => matmul(x, u))),
      /Expected 3 features for matmul with "rnn\/wrong\/u" of shape \[3, 3\], found 2/,
    ],
    [
      "a matrix element by element",
      () => build(cell((_, [h], { u }) => multiply(h, u))),
      /found a weight of two axes.*second argument/,
    ],
    ["a vector in matmul", () => build(cell((_, [h], { b }) => matmul(h, b))), /two axes as the second argument/],
    ["too few states", () => build(cell((x, _, { w }) => matmul(x, w), [3, 3])), /return 2 states, found 1/],
    [
      "a state of another size",
      () => build(cell((x) => tanh(x))),
      /Expected 3 features from step of wrong, state 0, found 2/,
    ],
    ["no term", () => build(cell(() => 5)), /to return a term, found 5/],
    ["states that are none", () => build(cell((x) => x, [])), /states of wrong/],
    [
      "a number that is none",
      () => build(cell((_, [h]) => multiply(h, Number.NaN))),
      /finite number in multiply, found NaN/,
    ],
    ["a comparison", () => build(cell((x) => ((x as never) > 0 ? x : x))), /A term is no number/],
    ["a product with a number", () => build(cell((x) => matmul(x, 3 as never))), /two axes as the second argument/],
    ["no function", () => customCell("none", 5 as never), /Expected a function for the definition of "none", found 5/],
    [
      "no step",
      () => customCell("none", () => ({ states: 1, weights: () => ({}) }) as never)({}),
      /Expected a function for step of none, found undefined/,
    ],
    ["a name that is taken", () => customLayer("dense", () => ({ call: (x) => x })), /belongs to what is built in/],
    ["a name like a path", () => customCell("a/b", () => ({}) as never), /letters and digits/],
    ["options that are no JSON", () => scaled({ by: (() => 1) as never }), /that JSON can hold/],
    [
      "a shape of three axes",
      () => {
        const layer = customLayer("deep", () => ({ weights: () => ({ w: { shape: [1, 2, 3] } }), call: (x) => x }));
        return sequential([input({ shape: [2] }), layer({})]);
      },
      /weight "w" of deep to be \[features\] or \[rows, columns\]/,
    ],
    [
      "tokens",
      () => sequential([input({ shape: [4] }), scaled({}), embedding({ inputDim: 3, outputDim: 2 })]),
      /tokens|embedding/,
    ],
  ];
  test.each(cases)("%s", (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
  });
});
