import { afterAll, describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { closeTeam } from "../../src/engine/index.ts";
import {
  add,
  concatenate,
  dense,
  embedding,
  type FunctionalModel,
  flatten,
  gru,
  input,
  lstm,
  model,
  modelFromConfig,
  multiply,
  type SymbolicTensor,
  sequential,
  sgd,
  subtract,
  timeDistributed,
} from "../../src/model/index.ts";
import { closeBy, sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";

afterAll(() => closeTeam());

/** Two sequences and a row go in; a shared GRU reads both sequences; two outputs come out. */
function twoAndTwo(seed = 3) {
  const [a, b, c] = [
    input({ shape: [null, 3], name: "a" }),
    input({ shape: [null, 3], name: "b" }),
    input({ shape: [2], name: "c" }),
  ];
  const reader = gru({ units: 5 });
  const both = concatenate().apply([reader.apply(a), reader.apply(b), c]);
  const value = dense({ units: 1, name: "value" }).apply(both);
  const kind = dense({ units: 3, activation: "softmax", name: "kind" }).apply(both);
  const net = model({ inputs: [a, b, c], outputs: { value, kind }, seed });
  net.compile({
    optimizer: sgd({ learningRate: 0.1 }),
    loss: { value: "meanSquaredError", kind: "sparseCategoricalCrossentropy" },
    lossWeights: { kind: 0.5 },
    metrics: { kind: "accuracy", value: ["mae"] },
  });
  return net;
}

const rows = 20;
const x = { a: numbers(1, rows, 4, 3), b: numbers(2, rows, 6, 3), c: numbers(3, rows, 2) };
const y = {
  value: numbers(4, rows, 1),
  kind: new Tensor(
    [rows],
    Int32Array.from({ length: rows }, (_, i) => i % 3),
  ),
};

describe("a model of two outputs", () => {
  it("has losses and metrics by the outputs' names, the loss being their weighed sum", async () => {
    const net = twoAndTwo();
    const { history } = await net.fit(x, y, { epochs: 2, batchSize: 8, validationSplit: 0.25 });
    const names = ["loss", "valueLoss", "valueMae", "kindLoss", "kindAccuracy"];
    const val = names.map((name) => `val${name[0].toUpperCase()}${name.slice(1)}`);
    expect(Object.keys(history)).toEqual([...names, ...val, "learningRate"]);
    for (const [i, loss] of history.loss.entries()) {
      expect(Math.abs(history.valueLoss[i] + 0.5 * history.kindLoss[i] - loss)).toBeLessThan(1e-6);
    }
    const { value, kind } = await net.predict(x);
    expect([value.shape, kind.shape]).toEqual([
      [rows, 1],
      [rows, 3],
    ]);
    net.dispose();
  });

  it("takes lists in the order of inputs and outputs, and streams, with the same bits", async () => {
    const [byName, byPlace, byStream] = [twoAndTwo(), twoAndTwo(), twoAndTwo()];
    await byName.fit(x, y, { batchSize: rows, shuffle: false });
    await byPlace.fit([x.a, x.b, x.c], [y.value, y.kind], { batchSize: rows, shuffle: false });
    await byStream.fit([{ x, y }].values(), {});
    const expected = await byName.getWeights();
    for (const net of [byPlace, byStream]) {
      (await net.getWeights()).forEach(({ data }, i) => {
        expect(sameBits(data, expected[i].data)).toBe("");
      });
    }
    for (const net of [byName, byPlace, byStream]) net.dispose();
  });

  it("is the same model from its config", async () => {
    const net = twoAndTwo();
    const again = modelFromConfig<{ value: Tensor; kind: Tensor }>(JSON.parse(JSON.stringify(net.toConfig())));
    expect(again.toConfig()).toEqual(net.toConfig());
    expect(again.weightPaths).toEqual(net.weightPaths);
    for (const each of [net, again]) await each.fit(x, y, { batchSize: 7 });
    expect(sameBits((await again.predict(x)).kind.data, (await net.predict(x)).kind.data)).toBe("");
    net.dispose();
    again.dispose();
  });
});

describe("a shared layer", () => {
  it("has one set of weights, whose gradients add up", async () => {
    // Twice the same input through one layer is twice the layer: the gradient of a sum is twice that of one.
    const one = (times: number) => {
      const a = input({ shape: [null, 3] });
      const read = lstm({ units: 4 });
      const outputs = times === 1 ? read.apply(a) : add().apply([read.apply(a), read.apply(a)]);
      const net = model({ inputs: a, outputs });
      net.compile({ optimizer: sgd({ learningRate: 1, momentum: 0.5 }), loss: "meanSquaredError" });
      return net;
    };
    const [single, twice] = [one(1), one(2)];
    expect(twice.countParams()).toBe(single.countParams());
    const target = numbers(5, rows, 4);
    const doubled = new Tensor(
      [rows, 4],
      Float32Array.from(target.data, (v) => 2 * v),
    );
    await single.fit(x.a, target, { batchSize: rows });
    await twice.fit(x.a, doubled, { batchSize: rows });
    const of = async (net: FunctionalModel<Tensor>) => [...(await net.getOptimizerState()).tensors.values()];
    const [expected, found] = [await of(single), await of(twice)];
    // (2 p - 2 y)^2 has four times the slope of (p - y)^2.
    expected.forEach(({ data }, i) => {
      const four = Float32Array.from(data, (v) => 4 * v);
      expect(closeBy(found[i].data, four, 1e-5)).toBe("");
    });
    single.dispose();
    twice.dispose();
  });

  it("may be an embedding, of which each application has its own mask", async () => {
    const [a, b] = [input({ shape: [null], name: "a" }), input({ shape: [null], name: "b" })];
    const words = embedding({ inputDim: 9, outputDim: 4, maskZero: true });
    const read = gru({ units: 3 });
    const out = dense({ units: 1 }).apply(
      concatenate().apply([read.apply(words.apply(a)), read.apply(words.apply(b))]),
    );
    const net = model({ inputs: { a, b }, outputs: out });
    net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "mse" });
    const short = Int32Array.of(1, 2, 3, 4);
    const tokens = { a: new Tensor([2, 2], short), b: new Tensor([2, 2], short) };
    const padded = { a: tokens.a, b: new Tensor([2, 4], Int32Array.of(1, 2, 0, 0, 3, 4, 0, 0)) };
    const [plain, behind] = [await net.predict(tokens), await net.predict(padded)];
    expect(sameBits(behind.data, plain.data)).toBe("");
    await net.fit(padded, [[1], [0]]);
    net.dispose();
  });
});

describe("a model as a layer", () => {
  it("computes what its layers compute, in a model, a stack and at each step", async () => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [3] })];
    const inner = model({
      inputs: [a, b],
      outputs: dense({ units: 2 }).apply(subtract().apply([a, b])),
      name: "inner",
    });
    const [p, q] = [input({ shape: [3], name: "p" }), input({ shape: [3], name: "q" })];
    const outer = model({ inputs: [p, q], outputs: multiply().apply([inner.apply([p, q]), inner.apply([q, p])]) });
    expect(outer.weightPaths).toEqual(["inner/dense/kernel", "inner/dense/bias"]);
    await inner.setWeights(await outer.getWeights());
    const [u, v] = [numbers(7, 4, 3), numbers(8, 4, 3)];
    const [there, back] = [await inner.predict([u, v]), await inner.predict([v, u])];
    const expected = there.data.map((value, i) => value * back.data[i]);
    expect(closeBy((await outer.predict([u, v])).data, expected, 1e-6)).toBe("");
    const rowsOf = sequential([dense({ units: 4, activation: "tanh" }), dense({ units: 2 })], { name: "rows" });
    const stacks = [
      sequential([input({ shape: [5, 3] }), timeDistributed(rowsOf), flatten()]),
      sequential([input({ shape: [5, 3] }), rowsOf, flatten()]),
    ];
    const config = JSON.parse(JSON.stringify(stacks[0].toConfig()));
    const again = modelFromConfig(config);
    await stacks[1].setWeights(await stacks[0].getWeights());
    const sequence = numbers(9, 2, 5, 3);
    const [first, second] = [await stacks[0].predict(sequence), await stacks[1].predict(sequence)];
    expect(sameBits(first.data, second.data)).toBe("");
    expect(sameBits((await again.predict(sequence)).data, first.data)).toBe("");
    for (const net of [inner, outer, ...stacks, again]) net.dispose();
  });
});

describe("a model in front of a stack says what comes in", () => {
  const steps = input({ shape: [5, 2] });
  it.each([
    ["a stack", () => sequential([input({ shape: [5, 2] }), gru({ units: 3 })]), numbers(3, 4, 5, 2)],
    ["a stack in a stack", () => sequential([sequential([input({ shape: [5, 2] }), flatten()])]), numbers(3, 4, 5, 2)],
    [
      "a functional model",
      () => model({ inputs: steps, outputs: gru({ units: 3 }).apply(steps) }),
      numbers(3, 4, 5, 2),
    ],
    ["rows", () => sequential([input({ shape: [3] }), dense({ units: 2 })]), numbers(3, 4, 3)],
    [
      "tokens",
      () => sequential([input({ shape: [3] }), embedding({ inputDim: 9, outputDim: 2 }), flatten()]),
      new Tensor([4, 3], Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3)),
    ],
  ])("%s", async (_, front, data) => {
    const net = sequential([front(), dense({ units: 1 })]);
    expect(net.isBuilt).toBe(true);
    expect(net.summary()).toContain("dense");
    expect(net.outputShape).toEqual([1]);
    net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "mse" });
    await net.fit(data, numbers(4, 4, 1), { epochs: 2 });
    const again = modelFromConfig(JSON.parse(JSON.stringify(net.toConfig())));
    await again.setWeights(await net.getWeights());
    expect(sameBits((await again.predict(data)).data, (await net.predict(data)).data)).toBe("");
    await expect(net.predict([[[1, 2, 3, 4]]])).rejects.toMatchObject({ code: "data/shape" });
    for (const one of [net, again]) one.dispose();
  });

  it("its batches, too", async () => {
    const front = sequential([input({ shape: [5, 2], batchSize: 2 }), gru({ units: 3, stateful: true })]);
    const net = sequential([front, dense({ units: 1 })]);
    const again = modelFromConfig(JSON.parse(JSON.stringify(net.toConfig())));
    expect([net.fixedBatch, again.fixedBatch]).toEqual([2, 2]);
    for (const one of [net, again]) one.dispose();
  });

  it("and steps that it leaves open are those of the first data where a layer needs them", async () => {
    const front = sequential([input({ shape: [null, 2] }), gru({ units: 3, returnSequences: true })]);
    const net = sequential([front, flatten(), dense({ units: 1 })]);
    expect((await net.predict(numbers(3, 4, 5, 2))).shape).toEqual([4, 1]);
    expect(net.inputs[0].steps).toBe(5);
    net.dispose();
  });
});

it("sequences that meet step by step must be equally long", async () => {
  const [a, b] = [input({ shape: [null, 3], name: "a" }), input({ shape: [null, 3], name: "b" })];
  const net = model({ inputs: [a, b], outputs: gru({ units: 2 }).apply(add().apply([a, b])) });
  expect((await net.predict([x.a, x.a])).shape).toEqual([rows, 2]);
  await expect(net.predict([x.a, x.b])).rejects.toThrow('to have 4 steps like that of "a", found 6');
  net.dispose();
});

it("branches that meet again and again cost no more than their number", async () => {
  const root = input({ shape: [3] });
  let x: SymbolicTensor = root;
  for (let i = 0; i < 60; i++) x = add().apply([x, x]);
  const net = model({ inputs: root, outputs: dense({ units: 1, kernelInitializer: "ones" }).apply(x) });
  expect((await net.predict([[1, 0, 0]])).data[0]).toBe(2 ** 60);
  net.dispose();
});

describe("what does not fit is refused", () => {
  const [a, b] = [input({ shape: [3], name: "a" }), input({ shape: [3], name: "b" })];
  const out = dense({ units: 1 }).apply(a);
  it.each<[string, () => unknown, string]>([
    ["an unused input", () => model({ inputs: [a, b], outputs: out }), 'No output depends on the input "b"'],
    ["a missing input", () => model({ inputs: a, outputs: add().apply([a, b]) }), 'depend on the input "b" too'],
    ["an input twice", () => model({ inputs: [a, a], outputs: out }), "are the same one"],
    ["an output as input", () => model({ inputs: out, outputs: out }), "Expected what input() gave"],
    ["data in apply", () => dense({ units: 1 }).apply([[1, 2, 3]] as never), "found an array"],
    ["no output", () => model({ inputs: a, outputs: [] }), "at least one tensor in outputs"],
    [
      "rows and sequences",
      () => model({ inputs: { a, s: series }, outputs: add().apply([a, series]) }),
      "rows with rows",
    ],
    ["other sizes", () => model({ inputs: { a, w: wide }, outputs: add().apply([a, wide]) }), "inputs of one shape"],
    [
      "one layer for two sizes",
      () => {
        const layer = dense({ units: 2 });
        return model({ inputs: { a, w: wide }, outputs: [layer.apply(a), layer.apply(wide)] });
      },
      "applied to inputs of different sizes",
    ],
    [
      "two layers of one name",
      () => model({ inputs: a, outputs: dense({ units: 1, name: "a" }).apply(a) }),
      'Two layers are named "a"',
    ],
  ])("%s", (_, make, text) => expect(make).toThrow(text));

  const series = input({ shape: [4, 3], name: "s" });
  const wide = input({ shape: [4], name: "w" });

  it("losses, targets and data of names that are not there", async () => {
    const net = twoAndTwo();
    expect(() => net.compile({ loss: { value: "mse" } })).toThrow('a loss for the output "kind"');
    expect(() => net.compile({ loss: { value: "mse", kin: "mse" } })).toThrow('no output "kin"');
    expect(() => net.compile({ loss: ["mse"] })).toThrow("for each of 2 outputs");
    await expect(net.predict({ a: x.a, b: x.b })).rejects.toThrow('x of the input "c"');
    await expect(net.predict([x.a, x.b] as never)).rejects.toThrow("a list of 3");
    await expect(net.fit(x, { value: y.value })).rejects.toThrow('y of the output "kind"');
    await expect(net.fit({ ...x, c: numbers(1, 3, 2) }, y)).rejects.toThrow("to have 20 rows");
    net.dispose();
  });
});
