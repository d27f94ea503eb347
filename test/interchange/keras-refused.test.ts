// What a file of Keras says and Gruvy lacks: refused by its name, or told where it matters for training alone.

import { describe, expect, test } from "vitest";
import { loadKeras } from "../../src/interchange/index.ts";
import { decodeZip, encodeZip } from "../../src/storage/foreign.ts";
import { errorOf, expectClose, kerasFile, samples } from "./files.ts";

/** A file of Keras 3 with some of its config changed. */
interface Config {
  class_name: string;
  config: { layers: { class_name: string; module: string; config: Record<string, unknown> }[] };
  compile_config: { optimizer: { class_name: string } };
}

async function edited(change: (config: Config) => void) {
  const entries = decodeZip(kerasFile("keras3-words.keras"));
  const files = new Map<string, Uint8Array>();
  for (const [name, entry] of entries) files.set(name, await entry.read());
  const config = JSON.parse(new TextDecoder().decode(files.get("config.json")));
  change(config);
  files.set("config.json", new TextEncoder().encode(JSON.stringify(config)));
  return encodeZip(files);
}

describe("what Gruvy lacks is refused by name", () => {
  type Edit = [layer: number, key: string, value: unknown];
  test.each<[string, Edit, string, string]>([
    ["a layer", [3, "class_name", "ConvLSTM2D"], "model/keras-layer", 'layer "lstm" (ConvLSTM2D)'],
    ["a name of every object", [3, "class_name", "toString"], "model/keras-layer", "(toString)"],
    ["a module", [3, "module", "os"], "model/keras-layer", 'its class "LSTM" is of "os"'],
    ["a custom layer", [3, "module", "my.layers"], "model/keras-layer", 'is of "my.layers"'],
    [
      "a state",
      [3, "return_state", true],
      "model/layer",
      "Expected a layer with one output at place 3, found lstm with 3",
    ],
    ["time first", [3, "time_major", true], "model/keras-option", "time_major true"],
    ["an unknown option", [3, "magic", 7], "model/keras-option", "magic 7"],
    ["whole numbers", [3, "dtype", "int8"], "model/keras-option", 'dtype "int8"'],
    ["another axis", [5, "axis", [1]], "model/keras-option", 'axis "1"'],
    ["an activation", [8, "activation", "sparsemax"], "model/activation", "sparsemax"],
    ["units", [3, "units", 1e9], "model/option", "units of lstm"],
    ["units below zero", [3, "units", -1], "model/option", "units of lstm"],
    ["a rate", [3, "dropout", "NaN"], "model/option", "dropout of lstm"],
    ["two layers of a name", [4, "name", "lstm"], "model/name", 'Two layers are named "lstm"'],
  ])("%s", async (_, [index, key, value], code, message) => {
    const file = await edited(({ config: { layers } }) => {
      const layer = layers[index];
      if (key === "class_name" || key === "module") Object.assign(layer, { [key]: value });
      else layer.config[key] = value;
    });
    const error = await errorOf(loadKeras(file));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  test("another kind of model", async () => {
    const error = await errorOf(loadKeras(await edited((config) => Object.assign(config, { class_name: "MyModel" }))));
    expect([error.code, error.message]).toEqual(["model/keras-layer", expect.stringContaining('"MyModel"')]);
  });

  test("hard_sigmoid of Keras 2, which is another function", async () => {
    const entries = decodeZip(kerasFile("keras2-words.keras"));
    const files = new Map<string, Uint8Array>();
    for (const [name, entry] of entries) files.set(name, await entry.read());
    const text = new TextDecoder().decode(files.get("config.json"));
    files.set("config.json", new TextEncoder().encode(text.replaceAll('"sigmoid"', '"hard_sigmoid"')));
    const error = await errorOf(loadKeras(await encodeZip(files)));
    expect(error.message).toContain("Keras 2 has another function of that name");
  });

  test("what matters for training alone is told, and the model predicts", async () => {
    const { x, y } = await samples("keras3-words.npz");
    for (const [optimizer, told] of [
      ["Lion", 'The model is not compiled: Gruvy has nothing for the optimizer "Lion"'],
      ["Adam", ""],
    ]) {
      const warnings: string[] = [];
      const file = await edited(({ compile_config }) =>
        Object.assign(compile_config.optimizer, { class_name: optimizer }),
      );
      const model = await loadKeras(file, { onWarning: (text) => warnings.push(text) });
      expectClose(await model.predict(x), y);
      expect([model.isCompiled, warnings.join()]).toEqual([told === "", told]);
    }
  });
});
