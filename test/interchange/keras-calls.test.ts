import { describe, expect, test } from "vitest";
import { checkParity, encodeKeras, loadKeras, loadKerasWeights, readSamples } from "../../src/interchange/index.ts";
import {
  attention,
  concatenate,
  dense,
  embedding,
  gru,
  input,
  masking,
  model,
  modelFromConfig,
  reshape,
  sequential,
} from "../../src/model/index.ts";
import { decodeZip, encodeZip } from "../../src/storage/foreign.ts";
import { errorOf, kerasFile } from "./files.ts";

describe("calls that are told more than their inputs", () => {
  test("a translator answers as in Keras and comes back", async () => {
    const stored = await readSamples(kerasFile("keras3-translator.npz"));
    const warnings: string[] = [];
    const translator = await loadKeras(kerasFile("keras3-translator.keras"), {
      onWarning: (text) => warnings.push(text),
    });
    expect(warnings).toEqual([]);
    expect(await checkParity(translator, stored, { absolute: 1e-6 })).toMatchObject({ agrees: true, compared: 16 });
    const file = await encodeKeras(translator);
    const again = await loadKeras(file);
    expect(await again.predict(stored.x)).toEqual(await translator.predict(stored.x));
    expect(Buffer.from(await encodeKeras(again)).equals(Buffer.from(file))).toBe(true);
  });

  const words = input({ shape: [null], name: "words" });
  const table = embedding({ inputDim: 9, outputDim: 2, maskZero: true }).apply(words);
  const start = gru({ units: 3, name: "first" }).apply(table);
  const decoder = gru({ units: 3, name: "decoder" });

  type Node = { args: unknown[]; kwargs: Record<string, unknown> };
  type Layer = { name: string; class_name: string; config: Record<string, unknown>; inbound_nodes: Node[] };
  async function edited(file: Uint8Array, change: (config: { layers: Layer[] }) => void): Promise<Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const [name, entry] of decodeZip(file)) files.set(name, await entry.read());
    const config = JSON.parse(new TextDecoder().decode(files.get("config.json")));
    change(config.config);
    return encodeZip(files.set("config.json", new TextEncoder().encode(JSON.stringify(config))));
  }
  const editedCall = (file: Uint8Array, layer: string, change: (nodes: Node[]) => void) =>
    edited(file, ({ layers }) => change(layers.find(({ name }) => name === layer)!.inbound_nodes));

  test("Keras is told the mask of a sequence beside states, and a file without it is warned of", async () => {
    const file = await encodeKeras(model({ inputs: words, outputs: decoder.apply([table, start]) }));
    const warnings: string[] = [];
    const onWarning = (text: string) => warnings.push(text);
    await loadKeras(file, { onWarning });
    expect(warnings).toEqual([]);
    const bare = await editedCall(file, "decoder", ([{ kwargs }]) => {
      expect(kwargs.mask).toBeDefined();
      delete kwargs.mask;
    });
    await loadKeras(bare, { onWarning });
    expect(warnings).toEqual([expect.stringContaining('Layer "decoder" is called with states to start from')]);
  });

  test("a layer that there is not here is named before its calls are read", async () => {
    const file = await encodeKeras(model({ inputs: words, outputs: decoder.apply([table, start]) }));
    const unknown = await edited(file, ({ layers }) => {
      const heads = layers.find(({ name }) => name === "decoder")!;
      heads.class_name = "MultiHeadAttention";
      // As MultiHeadAttention()(x, x) is written.
      heads.inbound_nodes[0] = { args: [heads.inbound_nodes[0].args[0], heads.inbound_nodes[0].args[0]], kwargs: {} };
    });
    expect(await errorOf(loadKeras(unknown))).toMatchObject({
      code: "model/keras-layer",
      message: expect.stringContaining(
        'Cannot read layer "decoder" (MultiHeadAttention): Gruvy has no layer of that kind',
      ),
    });
  });

  test("rows of more than two dimensions are refused with the layer's name", async () => {
    const file = await encodeKeras(
      sequential([input({ shape: [24] }), reshape({ targetShape: [12, 2], name: "blocks" })]),
    );
    const blocks = await edited(file, ({ layers }) => {
      layers[1].config.target_shape = [2, 4, 3];
    });
    expect(await errorOf(loadKeras(blocks))).toMatchObject({
      code: "model/keras-option",
      message: expect.stringContaining('Cannot read layer "blocks" (Reshape): Gruvy has nothing for target_shape'),
    });
  });

  test("masks of several layers beside states answer as in Keras and come back", async () => {
    const stored = await readSamples(kerasFile("keras3-masks.npz"));
    const net = await loadKeras(kerasFile("keras3-masks.keras"), { onWarning: expect.unreachable });
    expect(await checkParity(net, stored, { absolute: 1e-6 })).toMatchObject({ agrees: true, compared: 6 });
    const file = await encodeKeras(net);
    const again = await loadKeras(file, { onWarning: expect.unreachable });
    expect(await again.predict(stored.x)).toEqual(await net.predict(stored.x));
    expect(Buffer.from(await encodeKeras(again)).equals(Buffer.from(file))).toBe(true);
    // Keras computes them by the same operations, and its layers lie in the order of these.
    const operations = async (bytes: Uint8Array) => {
      const config = JSON.parse(new TextDecoder().decode(await decodeZip(bytes).get("config.json")!.read()));
      return (config.config.layers as { class_name: string; module: string }[]).flatMap(({ class_name, module }) =>
        module.includes(".ops.") ? class_name : [],
      );
    };
    expect((await operations(file)).sort()).toEqual((await operations(kerasFile("keras3-masks.keras"))).sort());
    for (const name of ["keras3-masks.weights.h5", "keras3-masks.h5", "keras3-masks.keras"]) {
      const { seed: _, ...config } = net.toConfig();
      const other = modelFromConfig({ ...config, seed: 5 });
      await loadKerasWeights(other, kerasFile(name));
      expect(await other.predict(stored.x as never)).toEqual(await net.predict(stored.x));
    }
  });

  test("a mask that is not that of the sequence is refused", async () => {
    const other = embedding({ inputDim: 5, outputDim: 2, maskZero: true }).apply(
      input({ shape: [null], name: "more" }),
    );
    const both = concatenate().apply([table, other]);
    const inputs = [words, other.call.inputs[0]];
    const file = await encodeKeras(model({ inputs, outputs: decoder.apply([both, start]) }));
    const odd = await editedCall(file, "decoder", ([{ kwargs }]) => {
      const tensor = kwargs.mask as { config: { keras_history: unknown[] } };
      tensor.config.keras_history = ["not_equal", 0, 0];
    });
    const error = await errorOf(loadKeras(odd));
    expect([error.code, error.message]).toEqual(["model/keras-option", expect.stringContaining('layer "decoder"')]);
  });

  test("a mask from within another model, or from around it, cannot be told", async () => {
    const x = input({ shape: [null, 2], name: "x" });
    const within = input({ shape: [null, 2] });
    const hides = model({
      inputs: within,
      outputs: masking({ name: "hidden" }).apply(dense({ units: 2 }).apply(within)),
    });
    const from = dense({ units: 3 }).apply(gru({ units: 2 }).apply(x));
    const hidden = await errorOf(encodeKeras(model({ inputs: x, outputs: decoder.apply([hides.apply(x), from]) })));
    expect([hidden.code, hidden.message]).toEqual([
      "model/keras-layer",
      expect.stringMatching(/layer "decoder".*made by layer "functional\/hidden", in another model/),
    ]);
    const h = input({ shape: [3] });
    const takes = model({ inputs: [within, h], outputs: decoder.apply([within, h]) });
    const around = await errorOf(
      encodeKeras(model({ inputs: x, outputs: takes.apply([masking({ name: "outer" }).apply(x), from]) })),
    );
    expect(around.message).toMatch(/layer "decoder".*made by layer "outer", in another model/);
    // Right behind the input of the inner model it can.
    const shows = model({ inputs: within, outputs: masking().apply(within) });
    const net = model({ inputs: x, outputs: decoder.apply([shows.apply(x), from]) });
    const again = await loadKeras(await encodeKeras(net), { onWarning: expect.unreachable });
    const data = [
      [
        [1, 2],
        [0, 0],
        [3, 1],
      ],
    ];
    expect(await again.predict(data as never)).toEqual(await net.predict(data));
  });

  test("a causal mask holds for all calls of a layer", async () => {
    const seen = attention({ useCausalMask: true, name: "seen" });
    const x = input({ shape: [4, 2] });
    const twice = seen.apply([seen.apply([x, x]), x]);
    const file = await encodeKeras(model({ inputs: x, outputs: twice }));
    const { layers } = (await loadKeras(file)).toConfig() as { layers: { config: Record<string, unknown> }[] };
    expect(layers[1].config.useCausalMask).toBe(true);
    const differs = await editedCall(file, "seen", (nodes) => {
      nodes[1].kwargs = {};
    });
    const error = await errorOf(loadKeras(differs));
    expect([error.code, error.message]).toEqual([
      "model/keras-option",
      expect.stringContaining('call of layer "seen"'),
    ]);
    const odd = await editedCall(file, "seen", (nodes) => {
      nodes[0].kwargs = { return_attention_scores: true };
    });
    expect((await errorOf(loadKeras(odd))).message).toContain("return_attention_scores true");
  });
});
