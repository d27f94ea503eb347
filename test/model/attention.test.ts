import { describe, expect, it } from "vitest";
import { GruvyError, Tensor } from "../../src/base/index.ts";
import {
  add,
  additiveAttention,
  attention,
  concatenate,
  conv1d,
  dense,
  embedding,
  globalAveragePooling1d,
  gru,
  input,
  type Layer,
  masking,
  model,
  modelFromConfig,
  repeatVector,
  type SymbolicTensor,
  sequential,
  sgd,
} from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import { numbers } from "./data.ts";
import { layerOf } from "./keras.ts";

/** An input of numbers, or where steps are masked one of tokens, each of which stands for a step; token 0 is masked. */
function entrance(given: Tensor, mask: Tensor | null | undefined, place: number) {
  const [rows, steps, features] = given.shape;
  const name = `input${place}`;
  if (!mask) {
    const x = input({ shape: [null, features], name });
    return { x, sequence: x as SymbolicTensor, data: given, tables: [] };
  }
  const x = input({ shape: [null], name });
  const tokens = Int32Array.from(mask.data, (counts, i) => (counts === 0 ? 0 : i + 1));
  const table = new Float32Array((tokens.length + 1) * features).fill(0.5, 0, features);
  table.set(given.data, features);
  const shape = { inputDim: tokens.length + 1, outputDim: features, maskZero: true };
  return {
    x,
    sequence: embedding({ ...shape, name: `table${place}` }).apply(x),
    data: new Tensor([rows, steps], tokens),
    tables: [{ path: `table${place}/embeddings`, tensor: new Tensor([shape.inputDim, features], table) }],
  };
}

const all = golden("attention");

describe.each(all.map((record) => [record.name, record] as const))("as in Keras: %s", (_, record) => {
  const { layer: described, causal, inputs, masks, weights, output } = record;
  const config = causal ? { ...described.config, use_causal_mask: true } : described.config;
  const made = (behind: (output: SymbolicTensor) => SymbolicTensor) => {
    const entrances = inputs.map((given, place) => entrance(given, masks[place], place));
    const attended = layerOf({ ...described, config }).apply(entrances.map(({ sequence }) => sequence));
    const net = model({ inputs: entrances.map(({ x }) => x), outputs: behind(attended) });
    const known = [...entrances.flatMap(({ tables }) => tables), ...weights];
    const tensors = net.weightPaths.map((path) => known.find((weight) => weight.path === path)!.tensor);
    return { net, tensors, x: entrances.map(({ data }) => data) };
  };

  it("the output, also of the model read back from its config", async () => {
    const { net, tensors, x } = made((attended) => attended);
    expect(tensors).toHaveLength(weights.length + masks.filter((mask) => mask).length);
    const again = modelFromConfig(JSON.parse(JSON.stringify(net.toConfig())));
    expect(again.toConfig()).toEqual(net.toConfig());
    for (const one of [net, again]) {
      await one.setWeights(tensors);
      const found = await one.predict(x);
      expect(found.shape).toEqual(output.shape);
      expect(closeBy(found.data, output.data, 1e-5, 0.1)).toBe("");
      one.dispose();
    }
  });

  it("the mask of the query is handed on", async () => {
    const { net, tensors, x } = made((attended) => globalAveragePooling1d().apply(attended));
    await net.setWeights(tensors);
    const [rows, steps, features] = output.shape;
    const counts = (row: number, step: number) => masks[0]?.data[row * steps + step] !== 0;
    const means = Array.from({ length: rows * features }, (_, i) => {
      const row = Math.floor(i / features);
      const seen = Array.from({ length: steps }, (_, step) => step).filter((step) => counts(row, step));
      const sum = seen.reduce(
        (total, step) => total + output.data[(row * steps + step) * features + (i % features)],
        0,
      );
      return sum / seen.length;
    });
    expect(closeBy((await net.predict(x)).data, Float32Array.from(means), 1e-5, 0.1)).toBe("");
    net.dispose();
  });
});

it("weights start as in Keras", async () => {
  const x = input({ shape: [null, 50] });
  const start = async (layer: Layer) => {
    const net = model({ inputs: x, outputs: layer.apply([x, x]) });
    return { paths: net.weightPaths, weights: await net.getWeights() };
  };
  const concat = await start(attention({ useScale: true, scoreMode: "concat" }));
  expect(concat.paths).toEqual(["attention/scale", "attention/concat_score_weight"]);
  expect(concat.weights.map((weight) => weight.toArray())).toEqual([1, 1]);
  const { paths, weights } = await start(additiveAttention());
  expect(paths).toEqual(["additive_attention/scale"]);
  expect(weights[0].shape).toEqual([50]);
  // Glorot's limit for fifty inputs and outputs.
  const limit = Math.sqrt(6 / 100);
  expect(Math.max(...weights[0].data)).toBeLessThanOrEqual(limit);
  expect(Math.max(...weights[0].data)).toBeGreaterThan(0.8 * limit);
  expect(Math.min(...weights[0].data)).toBeLessThan(-0.8 * limit);
});

it("the seed says what dropout drops; predictions drop nothing", async () => {
  const trained = async (options: { dropout?: number; seed?: number }) => {
    const x = input({ shape: [null, 3] });
    const net = model({ inputs: x, outputs: attention({ useScale: true, ...options }).apply([x, x]) });
    net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "mse" });
    const before = await net.predict(numbers(1, 6, 5, 3));
    const { history } = await net.fit(numbers(1, 6, 5, 3), numbers(2, 6, 5, 3), { epochs: 1 });
    net.dispose();
    return { before: before.data, loss: history.loss[0] };
  };
  const [none, one, again, other] = [
    await trained({}),
    await trained({ dropout: 0.5, seed: 1 }),
    await trained({ dropout: 0.5, seed: 1 }),
    await trained({ dropout: 0.5, seed: 2 }),
  ];
  expect(one.before).toEqual(none.before);
  expect(one.loss).toBe(again.loss);
  expect(new Set([none.loss, one.loss, other.loss]).size).toBe(3);
});

it("one layer attends twice with one set of weights", async () => {
  const [a, b] = [input({ shape: [null, 4], name: "a" }), input({ shape: [null, 4], name: "b" })];
  const shared = additiveAttention();
  const pooled = [shared.apply([a, b]), shared.apply([b, a])].map((x) => globalAveragePooling1d().apply(x));
  const net = model({ inputs: [a, b], outputs: add().apply(pooled) });
  expect(net.countParams()).toBe(4);
  net.compile({ optimizer: "adam", loss: "mse" });
  const x = [numbers(1, 8, 3, 4), numbers(2, 8, 6, 4)];
  const { history } = await net.fit(x, numbers(3, 8, 4), { epochs: 20 });
  expect(history.loss[19]).toBeLessThan(history.loss[0]);
});

describe("value and key", () => {
  const [query, value, key] = ["query", "value", "key"].map((name) => input({ shape: [null, 2], name }));

  it("have equally many steps, which is asked of the data", async () => {
    const net = model({ inputs: [query, value, key], outputs: attention().apply([query, value, key]) });
    const steps = (n: number) => numbers(n, 2, n, 2);
    expect((await net.predict([steps(3), steps(5), steps(5)])).shape).toEqual([2, 3, 2]);
    await expect(net.predict([steps(3), steps(5), steps(4)])).rejects.toMatchObject({ code: "data/shape" });
  });

  it("may come of different sequences where the number of steps is fixed", async () => {
    const fixed = input({ shape: [4, 3], name: "fixed" });
    const repeated = repeatVector(4).apply(dense({ units: 2 }).apply(gru({ units: 2 }).apply(query)));
    const net = model({ inputs: [query, fixed], outputs: attention().apply([query, fixed, repeated]) });
    const x = numbers(3, 1, 4, 3);
    // All keys are alike, so that what comes out is the mean of the values.
    const mean = [0, 1, 2].map((j) => [0, 1, 2, 3].reduce((sum, step) => sum + x.data[3 * step + j] / 4, 0));
    const found = await net.predict([numbers(1, 1, 2, 2), x]);
    expect(closeBy(found.data, Float32Array.from([...mean, ...mean]), 1e-5)).toBe("");
  });

  it("have equally many steps also where one of them comes twice", async () => {
    const [a, b] = [0, 1].map(() => input({ shape: [null, 2] }));
    const net = model({ inputs: [a, b], outputs: add().apply([a, b, b]) });
    const sum = await net.predict([[[[1, 2]]], [[[3, 5]]]]);
    expect(sum.toArray()).toEqual([[[7, 12]]]);
  });

  it("that may differ in their steps are refused", () => {
    const fewer = conv1d({ filters: 2, kernelSize: 3 }).apply(value);
    const outputs = attention().apply([query, value, fewer]);
    expect(() => model({ inputs: [query, value], outputs })).toThrow(expect.objectContaining({ code: "model/shape" }));
  });
});

describe("what does not fit is refused", () => {
  const x = input({ shape: [null, 3], name: "x" });
  const wide = input({ shape: [null, 4], name: "wide" });

  it.each<[string, () => unknown, string, RegExp]>([
    ["one input", () => model({ inputs: x, outputs: attention().apply(x) }), "model/inputs", /found 1 input/],
    ["four inputs", () => model({ inputs: x, outputs: attention().apply([x, x, x, x]) }), "model/inputs", /found 4/],
    ["in a stack", () => sequential([input({ shape: [2, 3] }), attention()]), "model/inputs", /apply\(\[x, x\]\)/],
    [
      "features that differ",
      () => model({ inputs: [x, wide], outputs: attention().apply([x, wide]) }),
      "model/shape",
      /found 3 and 4/,
    ],
    [
      "rows for a sequence",
      () => model({ inputs: x, outputs: attention().apply([gru({ units: 3 }).apply(x), x]) }),
      "model/shape",
      /expects sequences/,
    ],
    ["a score that is none", () => attention({ scoreMode: "cosine" as never }), "model/option", /"cosine"/],
    ["a flag that is text", () => attention({ useScale: "yes" as never }), "model/option", /useScale of attention/],
    ["a share of 1", () => additiveAttention({ dropout: 1 }), "model/option", /dropout of additiveAttention/],
    ["a causal mask that is a number", () => attention({ useCausalMask: 1 as never }), "model/option", /useCausalMask/],
    ["an option of Keras", () => attention({ use_scale: true } as never), "model/option", /useScale/],
    ["an option of the other", () => additiveAttention({ scoreMode: "dot" } as never), "model/option", /scoreMode/],
    ["no object", () => attention("dot" as never), "model/option", /options of attention/],
  ])("%s", (_, make, code, text) => {
    let error: unknown;
    try {
      make();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(GruvyError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(text) });
  });
});

it("masked padding of the value changes no answer", async () => {
  const [query, value] = [input({ shape: [null, 2], name: "query" }), input({ shape: [null, 2], name: "value" })];
  const net = model({
    inputs: [query, value],
    outputs: attention().apply([query, masking().apply(value)]),
  });
  const [x, y] = [numbers(1, 1, 3, 2), numbers(2, 1, 4, 2)];
  const padded = new Tensor([1, 6, 2], Float32Array.of(0, 0, ...y.data, 0, 0));
  expect(closeBy((await net.predict([x, padded])).data, (await net.predict([x, y])).data, 1e-6)).toBe("");
});

it("a decoder learns through attention alone to turn sequences round", async () => {
  const [symbols, length, start] = [5, 4, 6];
  const rows = Array.from({ length: symbols ** length }, (_, i) =>
    Array.from({ length }, (_, step) => 1 + (Math.floor(i / symbols ** step) % symbols)),
  );
  const source = input({ shape: [null], name: "source" });
  const target = input({ shape: [null], name: "target" });
  const embedded = (x: SymbolicTensor) => embedding({ inputDim: 7, outputDim: 8, maskZero: true }).apply(x);
  const encoded = gru({ units: 24, returnSequences: true }).apply(embedded(source));
  const decoded = gru({ units: 24, returnSequences: true }).apply(embedded(target));
  const read = attention({ useScale: true }).apply([decoded, encoded]);
  const outputs = dense({ units: symbols, activation: "softmax" }).apply(concatenate().apply([decoded, read]));
  const net = model({ inputs: [source, target], outputs });
  net.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });

  const turned = rows.map((row) => [...row].reverse());
  const before = turned.map((row) => [start, ...row.slice(0, -1)]);
  // Seven and five have no divisor in common, so that each symbol is seen in each place.
  const held = (i: number) => i % 7 === 2;
  const part = <T>(list: readonly T[], wanted: boolean) => list.filter((_, i) => held(i) === wanted);
  await net.fit(
    [part(rows, false), part(before, false)],
    part(turned, false).map((row) => row.map((symbol) => symbol - 1)),
    { epochs: 40, batchSize: 16 },
  );

  // Sequences that it has never seen, one symbol after another.
  const unseen = part(rows, true);
  const said = unseen.map(() => [start]);
  for (let step = 0; step < length; step++) {
    const chances = await net.predict([unseen, said]);
    said.forEach((row, i) => {
      const at = (i * (step + 1) + step) * symbols;
      const last = chances.data.subarray(at, at + symbols);
      row.push(1 + last.indexOf(Math.max(...last)));
    });
  }
  const right = said.filter((row, i) => row.slice(1).join() === [...unseen[i]].reverse().join()).length;
  expect(right / unseen.length).toBeGreaterThan(0.95);
  net.dispose();
});
