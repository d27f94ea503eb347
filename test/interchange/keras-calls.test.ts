import { describe, expect, test } from "vitest";
import { checkParity, encodeKeras, loadKeras, readSamples } from "../../src/interchange/index.ts";
import { attention, concatenate, embedding, gru, input, model } from "../../src/model/index.ts";
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

  type Node = { kwargs: Record<string, unknown> };
  async function editedCall(file: Uint8Array, layer: string, change: (nodes: Node[]) => void): Promise<Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const [name, entry] of decodeZip(file)) files.set(name, await entry.read());
    const config = JSON.parse(new TextDecoder().decode(files.get("config.json")));
    change(config.config.layers.find(({ name }: { name: string }) => name === layer).inbound_nodes);
    return encodeZip(files.set("config.json", new TextEncoder().encode(JSON.stringify(config))));
  }

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

  test("a mask of several layers beside states cannot be told", async () => {
    const other = embedding({ inputDim: 5, outputDim: 2, maskZero: true }).apply(words);
    const both = concatenate().apply([table, other]);
    const error = await errorOf(encodeKeras(model({ inputs: words, outputs: decoder.apply([both, start]) })));
    expect([error.code, error.message]).toEqual(["model/keras-layer", expect.stringContaining('layer "decoder"')]);
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
