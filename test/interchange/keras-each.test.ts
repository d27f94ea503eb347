// Models that are applied to each step, in files of Keras and back.

import { describe, expect, test } from "vitest";
import { encodeKeras, loadKeras, loadKerasWeights } from "../../src/interchange/index.ts";
import {
  dense,
  dropout,
  gru,
  input,
  masking,
  model,
  multiply,
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
