import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/base/index.ts";
import {
  additiveAttention,
  average,
  bidirectional,
  binaryCrossentropy,
  concatenate,
  dense,
  dropout,
  embedding,
  gru,
  input,
  lstm,
  type Model,
  masking,
  model,
  modelFromConfig,
  multiply,
  type SymbolicTensor,
  sequential,
  sgd,
  subtract,
} from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";

type Named = Readonly<Record<string, Tensor>>;

function several() {
  const series = input({ shape: [null, 3], name: "series" });
  const other = input({ shape: [null, 3], name: "other" });
  const shop = input({ shape: [2], name: "shop" });
  const shared = gru({ units: 4, name: "shared" });
  const [left, right] = [shared.apply(series), shared.apply(other)];
  const both = concatenate({ name: "both" }).apply([left, right, shop]);
  const sales = dense({ units: 1, name: "sales" }).apply(both);
  const difference = subtract({ name: "difference" }).apply([left, right]);
  const open = dense({ units: 1, activation: "sigmoid", name: "open" }).apply(difference);
  const net = model({ inputs: [series, other, shop], outputs: { sales, open } });
  net.compile({
    optimizer: sgd({ learningRate: 0.1 }),
    loss: { sales: "mse", open: binaryCrossentropy() },
    lossWeights: { open: 0.5 },
  });
  return net;
}

function masks() {
  const words = input({ shape: [null], name: "words" });
  const marks = input({ shape: [null, 2], name: "marks" });
  const embedded = embedding({ inputDim: 9, outputDim: 3, maskZero: true, name: "table" }).apply(words);
  const projected = dense({ units: 3, name: "projection" }).apply(masking({ name: "marked" }).apply(marks));
  const mean = average({ name: "mean" }).apply([embedded, projected]);
  const side = concatenate({ name: "side" }).apply([mean, embedded]);
  const states = lstm({ units: 3, returnSequences: true, name: "reader" }).apply(side);
  const each = dense({ units: 2, name: "each" }).apply(states);
  const last = dense({ units: 1, name: "last" }).apply(gru({ units: 2, name: "summary" }).apply(states));
  const net = model({ inputs: { words, marks }, outputs: { each, last } });
  net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "mse", lossWeights: { each: 2 } });
  return net;
}

function nested() {
  const piece = input({ shape: [null, 2], name: "piece" });
  const state = gru({ units: 3, name: "state" }).apply(piece);
  const squeezed = dense({ units: 3, activation: "tanh", name: "squeeze" }).apply(state);
  const tower = model({ inputs: piece, outputs: squeezed, name: "tower" });
  const left = input({ shape: [null, 2], name: "left" });
  const right = input({ shape: [null, 2], name: "right" });
  const product = multiply({ name: "product" }).apply([tower.apply(left), tower.apply(right)]);
  const net = model({ inputs: { left, right }, outputs: { like: dense({ units: 1, name: "like" }).apply(product) } });
  net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "mse" });
  return net;
}

function translator() {
  const words = input({ shape: [null], name: "words" });
  const before = input({ shape: [null], name: "before" });
  const reader = lstm({ units: 2, returnSequences: true, returnState: true, name: "reader" });
  const source = embedding({ inputDim: 9, outputDim: 3, maskZero: true, name: "source" }).apply(words);
  const [read, ...states] = bidirectional(reader, { name: "encoder" }).apply<SymbolicTensor[]>(source);
  const hidden = concatenate({ name: "hidden" }).apply([states[0], states[2]]);
  const carry = concatenate({ name: "carry" }).apply([states[1], states[3]]);
  const target = embedding({ inputDim: 7, outputDim: 3, maskZero: true, name: "target" }).apply(before);
  const written = lstm({ units: 4, returnSequences: true, name: "decoder" }).apply([target, hidden, carry]);
  const looked = additiveAttention({ name: "attention" }).apply([written, read]);
  const side = concatenate({ name: "side" }).apply([written, looked]);
  const next = dense({ units: 7, activation: "softmax", name: "next" }).apply(side);
  const net = model({ inputs: { words, before }, outputs: { next } });
  net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "sparseCategoricalCrossentropy" });
  return net;
}

const made: Readonly<Record<string, () => Model<Named>>> = {
  "several inputs and outputs, a shared layer": several,
  "masks that meet": masks,
  "a model twice in a model": nested,
  "an encoder and a decoder that attends": translator,
};

describe.each(golden("functional"))("$name", ({ name, x, y, weights, outputs, losses, after }) => {
  const start = async () => {
    const net = made[name]();
    await net.setWeights(weights.map(({ tensor }) => tensor));
    return net;
  };

  it("has Keras's weights in its order, and its outputs", async () => {
    const net = await start();
    const last = (path: string) => path.split("/").slice(-3).join("/");
    expect(net.weightPaths.map((path) => last(path).replace(/^tower\//, ""))).toEqual(
      weights.map(({ path }) => last(path)),
    );
    const found = await net.predict(x);
    for (const [output, expected] of Object.entries(outputs)) {
      expect(found[output].shape).toEqual(expected.shape);
      expect(closeBy(found[output].data, expected.data, 1e-5), output).toBe("");
    }
  });

  it("learns as in Keras", async () => {
    const net = await start();
    const { history } = await net.fit(x, y, { epochs: 3, batchSize: 100, shuffle: false });
    expect(closeBy(history.loss, losses, 1e-5)).toBe("");
    (await net.getWeights()).forEach((tensor, i) => {
      expect(closeBy(tensor.data, after[i].data, 5e-5), weights[i].path).toBe("");
    });
  });

  it("comes back from its config with the same answers", async () => {
    const net = await start();
    const again = modelFromConfig<Named>(JSON.parse(JSON.stringify(net.toConfig())));
    await again.setWeights(await net.getWeights());
    const [first, second] = [await net.predict(x), await again.predict(x)];
    for (const output of Object.keys(outputs)) expect(second[output].data).toEqual(first[output].data);
    expect(again.toConfig()).toEqual(net.toConfig());
    await again.fit(x, y, { epochs: 1, batchSize: 100, shuffle: false });
  });
});

describe("data and options by name", () => {
  const [record] = golden("functional");

  it("are given as lists too; the history names each output's loss", async () => {
    const net = several();
    const { history } = await net.fit(Object.values(record.x), [record.y.sales, record.y.open], { epochs: 2 });
    expect(Object.keys(history)).toEqual(["loss", "salesLoss", "openLoss", "learningRate"]);
    expect(history.loss[0]).toBeCloseTo(history.salesLoss[0] + 0.5 * history.openLoss[0], 6);
    const scores = await net.evaluate(record.x, record.y);
    expect(scores.loss).toBeCloseTo(scores.salesLoss + 0.5 * scores.openLoss, 6);
  });

  it("weigh rows for one output or for all", async () => {
    const zeros = new Float32Array(5);
    const net = several();
    const { salesLoss, openLoss } = await net.evaluate(record.x, record.y, { sampleWeight: { sales: zeros } });
    expect(salesLoss).toBe(0);
    expect(openLoss).toBeGreaterThan(0);
    const all = await net.evaluate(record.x, record.y, { sampleWeight: zeros });
    expect(all.openLoss).toBe(0);
  });

  it.each([
    [{ series: [[[1, 2, 3]]], other: [[[1, 2, 3]]] }, "data/input"],
    [{ ...record.x, more: [[1]] }, "data/input"],
    [[record.x.series, record.x.other], "data/type"],
    [{ ...record.x, shop: [[1, 2]] }, "data/shape"],
  ])("inputs that do not fit are refused", async (x, code) => {
    await expect(several().predict(x as never)).rejects.toMatchObject({ code });
  });

  it("losses for outputs that are not there are refused", () => {
    expect(() => several().compile({ loss: { sales: "mse", closed: "mse" } })).toThrow(
      expect.objectContaining({ code: "model/outputs" }),
    );
    expect(() => several().compile({ loss: { sales: "mse" } })).toThrow(
      expect.objectContaining({ code: "model/outputs" }),
    );
  });
});

describe("wiring", () => {
  const x = input({ shape: [null, 2] });

  it("inputs that lead nowhere, or are not named, are refused", () => {
    const unused = input({ shape: [3], name: "unused" });
    const output = dense({ units: 1 }).apply(gru({ units: 2 }).apply(x));
    for (const inputs of [[x, unused], [unused]]) {
      expect(() => model({ inputs, outputs: output })).toThrow(expect.objectContaining({ code: "model/inputs" }));
    }
  });

  it("sequences that need the same steps share them, and data with others are refused", async () => {
    const other = input({ shape: [null, 2], name: "other" });
    const net = model({ inputs: [x, other], outputs: average().apply([x, other]) });
    const rows = (steps: number) => [Array.from({ length: steps }, () => [1, 2])];
    expect((await net.predict([rows(3), rows(3)])).shape).toEqual([1, 3, 2]);
    await expect(net.predict([rows(3), rows(4)])).rejects.toMatchObject({ code: "data/shape" });
  });

  it("a layer applied to inputs of different sizes is refused", () => {
    const shared = dense({ units: 2 });
    const wide = input({ shape: [null, 5], name: "wide" });
    const both = [gru({ units: 1 }).apply(shared.apply(x)), gru({ units: 1 }).apply(shared.apply(wide))];
    expect(() => model({ inputs: [x, wide], outputs: concatenate().apply(both) })).toThrow(
      expect.objectContaining({ code: "model/shape" }),
    );
  });

  it("what Keras says in a call is not passed over; a layer may be mapped over inputs", () => {
    const [x, state] = [input({ shape: [5, 2] }), input({ shape: [3] })];
    const apply = gru({ units: 3 }).apply as (...given: unknown[]) => SymbolicTensor;
    expect(() => apply(x, { initialState: state })).toThrow(/gru\.apply, found a second one, initialState\. States/);
    expect(() => apply(x, state)).toThrow(/found a second one\. States to start from stand behind the input/);
    expect(apply([x, state]).call.inputs).toEqual([x, state]);
    const both = [x, input({ shape: [5, 2] })].map(gru({ units: 3 }).apply<SymbolicTensor>);
    expect(model({ inputs: [both[0].call.inputs[0], both[1].call.inputs[0]], outputs: both }).countParams()).toBe(63);
  });

  it("a decoder starts from the states of an encoder, and goes on where it ended", async () => {
    const [source, target] = [input({ shape: [null, 2], name: "source" }), input({ shape: [null, 2], name: "target" })];
    const reader = lstm({ units: 3, returnState: true, returnSequences: true });
    const [, h, c] = reader.apply<SymbolicTensor[]>(source);
    const [outputs] = reader.apply<SymbolicTensor[]>([target, h, c]);
    const net = model({ inputs: [source, target], outputs });
    const alone = sequential([input({ shape: [null, 2] }), lstm({ units: 3, returnSequences: true })]);
    await alone.setWeights(await net.getWeights());
    const numbers = (steps: number, from: number) => [Array.from({ length: steps }, (_, i) => [i + from, from - i])];
    const [first, second] = [numbers(3, 0.1), numbers(2, 0.4)];
    const whole = await alone.predict([[...first[0], ...second[0]]]);
    const found = await net.predict([first, second]);
    expect(closeBy(found.data, whole.data.subarray(9), 1e-6)).toBe("");
    net.compile({ optimizer: "adam", loss: "mse" });
    const { history } = await net.fit(
      [first, second],
      [
        [
          [1, 1, 1],
          [0, 0, 0],
        ],
      ],
      { epochs: 30 },
    );
    expect(history.loss[29]).toBeLessThan(history.loss[0]);
  });

  it("a stack of layers may hold a model, and each use of a dropout draws for itself", async () => {
    const inner = sequential([dense({ units: 3 }), dropout({ rate: 0.5 })]);
    const net = sequential([input({ shape: [4, 2] }), gru({ units: 2 }), inner, dense({ units: 1 })]);
    expect(net.countParams()).toBe(2 * 6 + 2 * 6 + 12 + 9 + 4);
    net.compile({ loss: "mse" });
    await net.fit(
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ],
      ],
      [[1]],
    );
  });
});
