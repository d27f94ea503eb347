// Models that are applied to each step, in files of Keras and back.

import { describe, expect, test } from "vitest";
import { encodeKeras, loadKeras, loadKerasWeights } from "../../src/interchange/index.ts";
import {
  customLayer,
  dense,
  dropout,
  gru,
  input,
  masking,
  model,
  multiply,
  ops,
  type SymbolicTensor,
  sequential,
  timeDistributed,
} from "../../src/model/index.ts";
import { decodeZip } from "../../src/storage/foreign.ts";
import { expectClose, kerasFile, samples } from "./files.ts";

describe("models at each step", () => {
  test.each([".keras", ".h5"])("a file of Keras answers as in Keras and comes back: %s", async (kind) => {
    const { x, y } = await samples("keras3-each.npz");
    const net = await loadKeras(kerasFile(`keras3-each${kind}`));
    expectClose(await net.predict(x), y);
    const file = await encodeKeras(net);
    const again = await loadKeras(file);
    expect(await again.predict(x)).toEqual(await net.predict(x));
    expect(Buffer.from(await encodeKeras(again)).equals(Buffer.from(file))).toBe(true);
  });

  test("ours come back with their weights, written as in Keras", async () => {
    const row = input({ shape: [2] });
    const joined = model({ inputs: row, outputs: multiply().apply([dense({ units: 2 }).apply(row), row]) });
    const stack = sequential([dense({ units: 3, activation: "tanh" }), dropout({ rate: 0.1 }), dense({ units: 2 })]);
    const make = () =>
      sequential([
        input({ shape: [null, 2] }),
        masking(),
        timeDistributed(stack),
        timeDistributed(joined, { name: "met" }),
        gru({ units: 2 }),
      ]);
    const net = make();
    net.compile({ optimizer: "adam", loss: "mse" });
    const { x, y } = await samples("keras3-each.npz");
    await net.fit(x, y, { epochs: 2 });
    const bytes = await encodeKeras(net);
    const config = JSON.parse(new TextDecoder().decode(await decodeZip(bytes).get("config.json")!.read()));
    const classes = config.config.layers.map(({ config: { layer } }: { config: { layer?: { class_name: string } } }) =>
      layer ? layer.class_name : null,
    );
    expect(classes).toEqual([null, null, "Sequential", "Functional", null]);
    const again = await loadKeras(bytes);
    expect(again.weightPaths).toEqual(net.weightPaths);
    expect(await again.predict(x)).toEqual(await net.predict(x));
    for (const one of [net, again]) await one.fit(x, y, { epochs: 2, shuffle: false });
    expect(await again.getWeights()).toEqual(await net.getWeights());
    const other = make();
    await loadKerasWeights(other, bytes);
    expectClose(await other.predict(x), await (await loadKeras(bytes)).predict(x), 0);
  });
});

describe("a model of rows that is applied to sequences", () => {
  const row = input({ shape: [2] });
  const joined = model({ inputs: row, outputs: multiply().apply([dense({ units: 2 }).apply(row), row]) });
  const around = sequential([input({ shape: [2] }), joined, dense({ units: 2 })]);
  const series = input({ shape: [null, 2], name: "series" });

  test("is written with the steps, without which Keras refuses it, also within another", async () => {
    const net = model({ inputs: series, outputs: gru({ units: 2 }).apply(around.apply(masking().apply(series))) });
    const bytes = await encodeKeras(net);
    const text = new TextDecoder().decode(await decodeZip(bytes).get("config.json")!.read());
    const shapes = [...text.matchAll(/"batch_shape":(\[[^\]]*\])/g)].map(([, shape]) => JSON.parse(shape));
    expect(shapes).toEqual(Array(3).fill([null, null, 2]));
    const { x } = await samples("keras3-each.npz");
    const again = await loadKeras(bytes);
    expect(await again.predict(x)).toEqual(await net.predict(x));
    expect(await encodeKeras(again)).toEqual(bytes);
  });

  test("a layer of one's own is refused with what to do", async () => {
    const own = customLayer("ownOfEach", () => ({ weights: () => ({}), call: (x) => ops.relu(x) }));
    await expect(encodeKeras(sequential([input({ shape: [2] }), own(), dense({ units: 1 })]))).rejects.toMatchObject({
      code: "model/keras-layer",
      message: expect.stringMatching(
        /^Keras has no layer for "own_of_each", which is a ownOfEach\. Build .* write this one/,
      ),
    });
  });

  test("and to rows, too, is refused by its name", async () => {
    const inner = sequential([input({ shape: [2] }), dense({ units: 2 })], { name: "both" });
    const state = gru({ units: 2 }).apply(inner.apply(series));
    const net = model({ inputs: series, outputs: inner.apply(state) });
    await expect(encodeKeras(net)).rejects.toMatchObject({
      code: "model/keras-layer",
      message: expect.stringContaining('Cannot write the model "both": it is applied to rows and to the steps'),
    });
  });

  test("behind states and layers of other ranks it stays one of rows", async () => {
    const inner = sequential([input({ shape: [2] }), dense({ units: 2 })]);
    const [, state] = gru({ units: 2, returnSequences: true, returnState: true }).apply<SymbolicTensor[]>(series);
    const net = model({ inputs: series, outputs: inner.apply(state) });
    const text = new TextDecoder().decode(
      await decodeZip(await encodeKeras(net))
        .get("config.json")!
        .read(),
    );
    expect(text).toContain('"batch_shape":[null,2]');
  });
});
