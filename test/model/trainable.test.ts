import { describe, expect, it } from "vitest";
import {
  additiveAttention,
  attention,
  batchNormalization,
  bidirectional,
  customLayer,
  dense,
  flatten,
  gru,
  gruCell,
  input,
  type Layer,
  type Model,
  model,
  modelFromConfig,
  ops,
  rnn,
  sequential,
  sequentialFromConfig,
  timeDistributed,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";

const [x, y] = [numbers(1, 12, 4, 2), numbers(2, 12, 1)];

/** Which weights a training moves. */
async function moved(of: Model<unknown>): Promise<string[]> {
  const before = await of.getWeights();
  await of.fit(x, y, { epochs: 1, batchSize: 4 });
  const after = await of.getWeights();
  return of.weightPaths.filter((_, i) => sameBits(after[i].data, before[i].data) !== "");
}

const stack = () => sequential([input({ shape: [4, 2] }), gru({ units: 3 }), dense({ units: 2 }), dense({ units: 1 })]);

describe("layer.trainable", () => {
  it("freezes a layer of a trained model from the next compile on, which goes on from its weights", async () => {
    const net = stack();
    net.compile({ loss: "mse", optimizer: "adam" });
    expect(await moved(net)).toEqual(net.weightPaths);
    const [predicted, weights] = [await net.predict(x), await net.getWeights()];

    net.layers[1].trainable = false;
    expect(net.layers[1].trainable).toBe(false);
    expect(net.trainablePaths).toEqual(net.weightPaths);
    net.compile({ loss: "mse", optimizer: "adam" });
    expect(net.trainablePaths).toEqual(["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]);
    expect((await net.getWeights()).map(({ data }, i) => sameBits(data, weights[i].data))).toEqual(Array(7).fill(""));
    expect(sameBits((await net.predict(x)).data, predicted.data)).toBe("");
    expect(await moved(net)).toEqual(net.trainablePaths);

    net.layers[1].trainable = true;
    net.compile({ loss: "mse", optimizer: "adam" });
    expect(await moved(net)).toEqual(net.weightPaths);
  });

  it("trains to the bits of the option, and is kept like it", async () => {
    const [set, told] = [
      stack(),
      sequential([
        input({ shape: [4, 2] }),
        gru({ units: 3, trainable: false }),
        dense({ units: 2 }),
        dense({ units: 1 }),
      ]),
    ];
    const before = set.toConfig();
    set.layers[1].trainable = false;
    expect(set.toConfig()).toEqual(told.toConfig());
    expect(before).toEqual(stack().toConfig());
    for (const net of [set, told]) net.compile({ loss: "mse", optimizer: "adam" });
    for (const net of [set, told]) await net.fit(x, y, { epochs: 2 });
    const [a, b] = [await set.getWeights(), await told.getWeights()];
    expect(a.map(({ data }, i) => sameBits(data, b[i].data))).toEqual(Array(7).fill(""));
    expect(sequentialFromConfig(set.toConfig()).trainablePaths).toEqual(told.trainablePaths);
    // A layer that was frozen when it was made can be freed.
    const { layers } = sequentialFromConfig(told.toConfig());
    layers[1].trainable = true;
    expect(sequential(layers).trainablePaths).toHaveLength(7);
  });

  it("of wrappers and models within is that of all layers within", async () => {
    const own = customLayer("frozenScale", () => ({
      weights: (features) => ({
        by: { shape: [features], initializer: "ones" },
        fixed: { shape: [features], trainable: false },
      }),
      call: (value, { by, fixed }) => ops.add(ops.multiply(value, by), fixed),
    }));
    const held = {
      both: bidirectional(gru({ units: 2, returnSequences: true }), { name: "both" }),
      other: bidirectional(gru({ units: 2, returnSequences: true }), {
        name: "other",
        backwardLayer: gru({ units: 2, returnSequences: true, goBackwards: true }),
      }),
      steps: timeDistributed(dense({ units: 3 }), { name: "steps" }),
      cells: rnn([gruCell({ units: 2 }), gruCell({ units: 2 })], { returnSequences: true, name: "cells" }),
      own: own({ name: "own" }),
      norm: batchNormalization({ name: "norm" }),
    };
    const inner = sequential([input({ shape: [4, 2] }), ...Object.values(held)], { name: "inner" });
    const from = input({ shape: [4, 2] });
    const last = dense({ units: 1, name: "last" }).apply(flatten().apply(inner.apply(from)));
    const net = model({ inputs: from, outputs: last });
    const all = net.trainablePaths;
    const trained = () => {
      net.compile({ loss: "mse", optimizer: "adam" });
      return net.trainablePaths;
    };
    for (const [name, layer] of Object.entries(held)) {
      layer.trainable = false;
      expect(layer.trainable).toBe(false);
      expect(trained()).toEqual(all.filter((path) => !path.startsWith(`inner/${name}/`)));
      expect(modelFromConfig(net.toConfig()).trainablePaths).toEqual(net.trainablePaths);
      layer.trainable = true;
      expect(trained()).toEqual(all);
    }
    inner.trainable = false;
    expect(inner.trainable).toBe(false);
    expect(trained()).toEqual(["last/kernel", "last/bias"]);
    // Those of batch normalization stay, too.
    expect(await moved(net)).toEqual(["last/kernel", "last/bias"]);
    expect(modelFromConfig(net.toConfig()).trainablePaths).toEqual(["last/kernel", "last/bias"]);
    inner.trainable = true;
    expect(trained()).toEqual(all);
  });

  it("keeps the states of stateful layers", async () => {
    const net = sequential([
      input({ shape: [4, 2], batchSize: 3 }),
      gru({ units: 2, stateful: true }),
      dense({ units: 1 }),
    ]);
    const same = sequential([
      input({ shape: [4, 2], batchSize: 3 }),
      gru({ units: 2, stateful: true }),
      dense({ units: 1 }),
    ]);
    for (const one of [net, same]) await one.predict(x);
    net.layers[2].trainable = false;
    net.compile({ loss: "mse" });
    expect(sameBits((await net.predict(x)).data, (await same.predict(x)).data)).toBe("");
  });

  it("of attention, too, as an option and set", () => {
    const made = (layer: Layer) => {
      const from = input({ shape: [4, 2] });
      return model({ inputs: from, outputs: layer.apply([from, from]) });
    };
    const told = made(additiveAttention({ trainable: false }));
    expect(told.trainablePaths).toEqual([]);
    expect(modelFromConfig(told.toConfig()).trainablePaths).toEqual([]);
    const layer = attention({ useScale: true });
    layer.trainable = false;
    expect(made(layer).trainablePaths).toEqual([]);
  });

  it("takes true and false alone", () => {
    const layer = dense({ units: 1 });
    expect(() => Object.assign(layer, { trainable: "no" })).toThrow(
      expect.objectContaining({ code: "model/option", message: expect.stringContaining("trainable of dense") }),
    );
    flatten().trainable = false;
  });
});
