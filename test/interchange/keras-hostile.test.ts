// Every published hole of Keras's loaders that concerns files we read, by its number, and what else a stranger's file may
// hold. Nothing is run and nothing opened: the functions get bytes, and what they refuse they name.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GruvyError } from "../../src/base/index.ts";
import { loadKeras, loadKerasWeights } from "../../src/interchange/index.ts";
import { readModel } from "../../src/interchange/keras/read-model.ts";
import { readTraining } from "../../src/interchange/keras/training.ts";
import { dense, input, type Json, sequential, sequentialFromConfig } from "../../src/model/index.ts";
import { decodeZip, encodeHdf5, encodeZip } from "../../src/storage/foreign.ts";
import { errorOf, kerasFile } from "./files.ts";

// What must hold after each of them, whatever it was.
let before: { memory: number; start: number };
const memory = () => {
  const { arrayBuffers, external } = process.memoryUsage();
  return arrayBuffers + external;
};
beforeEach(() => {
  before = { memory: memory(), start: process.cpuUsage().user };
});
afterEach(() => {
  expect((process.cpuUsage().user - before.start) / 1e6).toBeLessThan(2);
  expect(memory() - before.memory).toBeLessThan(2 ** 26);
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
});

const utf8 = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

/** An archive with this config, and weights that nobody gets to. */
const archive = (config: unknown, more: [string, Uint8Array][] = []) =>
  encodeZip(new Map([["config.json", utf8(config)], ["model.weights.h5", new Uint8Array(9)], ...more]));

const layer = (name: string, config: object = {}, module = "keras.layers") => ({
  module,
  class_name: name,
  config: { name: "it", ...config },
  registered_name: null,
});
const stack = (...layers: unknown[]) => ({
  module: "keras",
  class_name: "Sequential",
  config: { name: "s", layers: [layer("InputLayer", { batch_shape: [null, 4] }), ...layers] },
});
const marshalled = { class_name: "__lambda__", config: { code: "4wEAAAAAAAAA", defaults: null, closure: null } };

describe("published holes", () => {
  test.each<[string, unknown, string, string]>([
    [
      "CVE-2024-3660: a Lambda layer holds code",
      stack(layer("Lambda", { function: marshalled })),
      "model/keras-layer",
      "code of Python",
    ],
    [
      "CVE-2025-1550: a module of Python is named",
      stack(layer("system", { command: "id" }, "os")),
      "model/keras-layer",
      'of "os"',
    ],
    [
      "CVE-2025-1550: as the model itself",
      { module: "builtins", class_name: "exec", config: { code: "1" } },
      "model/keras-layer",
      'of "builtins"',
    ],
    [
      "CVE-2025-8747: a function of Keras fetches a file",
      stack(layer("get_file", { origin: "https://example.com/x" }, "keras.utils")),
      "model/keras-layer",
      "(get_file)",
    ],
    [
      "CVE-2025-8747: as an activation",
      stack(
        layer("Dense", { units: 1, activation: { module: "keras.utils", class_name: "function", config: "get_file" } }),
      ),
      "model/activation",
      "getFile",
    ],
    [
      "CVE-2025-9906: a function that lifts the guard",
      stack(layer("enable_unsafe_deserialization", {}, "keras.config")),
      "model/keras-layer",
      "(enable_unsafe_deserialization)",
    ],
    [
      "CVE-2025-12058: a vocabulary that is a file",
      stack(layer("StringLookup", { vocabulary: "/etc/passwd" })),
      "model/keras-layer",
      "(StringLookup)",
    ],
    [
      "CVE-2025-12058: a vocabulary that is an address",
      stack(layer("TextVectorization", { vocabulary: "https://example.com/v" })),
      "model/keras-layer",
      "(TextVectorization)",
    ],
    [
      "CVE-2026-1462: a layer that loads another model",
      stack(layer("TFSMLayer", { filepath: "/tmp/evil" })),
      "model/keras-layer",
      "(TFSMLayer)",
    ],
    [
      "CVE-2026-12481: a Lambda within another layer",
      stack(layer("TimeDistributed", { layer: layer("Lambda", { function: marshalled }) })),
      "model/keras-layer",
      "code of Python",
    ],
  ])("%s", async (_, config, code, message) => {
    const error = await errorOf(loadKeras(await archive(config)));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  test("CVE-2025-9905: a Lambda layer in an HDF5 file of old", async () => {
    const { class_name, config } = stack(layer("Lambda", { function: ["4wEAAAAAAAAA", null, null] }));
    const texts = { model_config: JSON.stringify({ class_name, config }), keras_version: "2.15.0" };
    const bytes = await encodeHdf5({ groups: [{ path: "/", texts }], tensors: [] });
    const error = await errorOf(loadKeras(bytes));
    expect([error.code, error.message]).toEqual(["model/keras-layer", expect.stringContaining("code of Python")]);
  });

  test("CVE-2025-12060: names that lead out of the archive are names, and nothing is unpacked", async () => {
    const names = ["../../evil", "/etc/evil", "C:\\evil", "..%2fevil", "assets/../../evil"];
    const file = await archive(
      stack(layer("Lambda")),
      names.map((name) => [name, utf8("x")]),
    );
    expect([...decodeZip(file).keys()].slice(2)).toEqual(names);
    expect((await errorOf(loadKeras(file))).code).toBe("model/keras-layer");
  });

  test.each([
    ["CVE-2026-0897: 4 KB that declare 360 GB", "huge", "file/too-large", "declares 360000000000 bytes"],
    ["CVE-2026-0897: 33 KB of zeros that unpack to 25 MB", "zeros", "file/too-large", "declares 25000000 bytes"],
    ["CVE-2026-1669: an array kept in another file", "external-storage", "file/hdf5", "lies in another file"],
    ["CVE-2026-1669: an array kept in the file that is read", "own-storage", "file/hdf5", "lies in another file"],
    ["CVE-2026-1669: a link to another file", "external-link", "file/link", "a link to another file"],
    ["CVE-2026-1669: an array put together from other files", "virtual", "file/link", "put together from other files"],
    ["CVE-2026-1669: a soft link to a link to another file", "soft-to-external", "file/link", "a soft link"],
    ["a circle of links", "cycle", "file/link", "a soft link"],
    ["a soft link", "soft-link", "file/link", "a soft link"],
    [
      "a group that holds one above it",
      "hard-cycle",
      "file/keras",
      'Expected the array "/layers/dense/vars/2", found none',
    ],
    ["texts for weights", "texts", "file/element-type", "holds no numbers"],
  ])("%s", async (_, name, code, message) => {
    const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
    const error = await errorOf(loadKerasWeights(model, kerasFile(`hostile-${name}.weights.h5`)));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });
});

test.each(["big-endian", "half"])("%s numbers are no attack", async (name) => {
  const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
  await loadKerasWeights(model, kerasFile(`hostile-${name}.weights.h5`));
  expect((await model.getWeights())[0].toArray()).toEqual([[1], [2]]);
});

describe("a config", () => {
  test.each<[string, unknown, string]>([
    ["nested 100,000 deep", `${'{"config":'.repeat(100_000)}1${"}".repeat(100_000)}`, "file/json-depth"],
    ["with a key twice", '{"class_name":"Sequential","class_name":"Lambda","config":{}}', "file/json-duplicate"],
    ["cut", '{"class_name":', "file/json"],
    ["that is a list", [], "model/config"],
    ["that is null", null, "model/config"],
    ["with NaN", '{"class_name":"Sequential","config":{"layers":[{"dropout":NaN}]}}', "file/json"],
    ["without layers", { class_name: "Sequential", config: {} }, "model/config"],
    ["with no layers", { class_name: "Sequential", config: { layers: [] } }, "model/empty"],
    ["that is a function of every object", { class_name: "constructor", config: {} }, "model/keras-layer"],
    ["with a layer of class toString", stack(layer("toString")), "model/keras-layer"],
    ["with an op nobody knows", stack(layer("Levitate")), "model/keras-layer"],
    [
      "with a layer within itself 100 times",
      Array.from({ length: 80 }).reduce((held: unknown) => layer("TimeDistributed", { layer: held }), 1),
      "file/json-depth",
    ],
    ["with 10^9 units", stack(layer("Dense", { units: 1e9 })), "model/option"],
    ["with negative units", stack(layer("GRU", { units: -3 })), "model/option"],
    [
      "with a shape of texts",
      {
        class_name: "Sequential",
        config: { layers: [layer("InputLayer", { batch_shape: [null, "4"] }), layer("Dense", { units: 1 })] },
      },
      "model/option",
    ],
  ])("%s", async (_, config, code) => {
    expect((await errorOf(loadKeras(await archive(config)))).code).toBe(code);
  });

  const bad: unknown[] = [
    null,
    -1,
    1e308,
    "toString",
    [null],
    { class_name: "__proto__", config: {} },
    JSON.parse('{"__proto__": {"polluted": true}}'),
  ];

  test("with any one value replaced, ends with a model or one of our errors", async () => {
    const bytes = await decodeZip(kerasFile("keras3-words.keras")).get("config.json")!.read();
    const good = JSON.parse(new TextDecoder().decode(bytes)) as Json;
    let accepted = 0;
    for (const [holder, key] of places(good)) {
      const kept = holder[key];
      for (const value of bad) {
        holder[key] = value;
        accepted += tame(good);
      }
      delete holder[key];
      tame(good);
      holder[key] = kept;
    }
    expect(accepted).toBeGreaterThan(50);
    before.start = process.cpuUsage().user; // many cases, not one
  });
});

describe("a graph", () => {
  const from = (name: string, node = 0, index = 0) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, 4], dtype: "float32", keras_history: [name, node, index] },
  });
  const x = { ...layer("InputLayer", { name: "x", batch_shape: [null, 4] }), name: "x", inbound_nodes: [] };
  const called = (name: string, argument: unknown, made = layer("Dense", { units: 4 })) => ({
    ...made,
    name,
    config: { ...made.config, name },
    inbound_nodes: [{ args: [argument], kwargs: {} }],
  });
  const graph = (layers: unknown, outputs: unknown = [["d", 0, 0]]) => ({
    module: "keras",
    class_name: "Functional",
    config: { name: "f", layers, input_layers: [["x", 0, 0]], output_layers: outputs },
  });
  /** Graphs within each other. */
  const nested = (depth: number): object =>
    depth === 0
      ? called("d", from("x"))
      : called("d", from("x"), { ...graph([x, nested(depth - 1)]), registered_name: null });

  test.each<[string, unknown, string, string]>([
    [
      "that goes round in a circle",
      graph([x, called("a", [from("x"), from("d")], layer("Add")), called("d", from("a"))]),
      "model/config",
      "go round in a circle",
    ],
    ["with a layer that feeds itself", graph([x, called("d", from("d"))]), "model/config", "go round in a circle"],
    ["with an input that is missing", graph([called("d", from("x"))]), "model/config", 'of "x", which there is not'],
    ["with a name twice", graph([x, called("d", from("x")), called("d", from("x"))]), "model/config", "the same name"],
    ["with a name of every object", graph([x, called("d", from("toString"))]), "model/config", "which there is not"],
    ["that takes a call 10^9", graph([x, called("d", from("x", 1e9))]), "model/config", "which there is not"],
    ["that takes an output 10^9", graph([x, called("d", from("x", 0, 1e9))]), "model/config", "found 1000000000"],
    ["that takes a call -1", graph([x, called("d", from("x", -1))]), "model/config", 'a call of layer "d"'],
    ["without outputs", graph([x, called("d", from("x"))], []), "model/empty", "found none"],
    ["without layers", graph(null), "model/config", "a list for the layers"],
    ["with code", graph([x, called("d", from("x"), layer("Lambda"))]), "model/keras-layer", "code of Python"],
    [
      "with a module of Python",
      graph([x, called("d", from("x"), layer("system", {}, "os"))]),
      "model/keras-layer",
      '"os"',
    ],
    ["with dropout NaN", graph([x, called("d", from("x"), layer("Dropout", { rate: null }))]), "model/option", "rate"],
    ["within itself 60 times", graph([x, nested(60)]), "file/json-depth", "128 nested levels"],
  ])("%s", async (_, config, code, message) => {
    const error = await errorOf(loadKeras(await archive(config)));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });
});

/** Every place in a tree where a value stands, but for those that only say how weights start. */
function places(value: unknown): [holder: Record<string, unknown>, key: string][] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => {
    if (/_initializer$|^shared_object_id$|^registered_name$/.test(key)) return [];
    return [[holder, key] as [Record<string, unknown>, string], ...places(holder[key])];
  });
}

function tame(config: Json): 0 | 1 {
  try {
    const { architecture, outputs } = readModel(config, { version: 3, warn: () => {} });
    const model = sequentialFromConfig(architecture);
    model.dispose();
    const names = { keras: outputs, own: model.outputNames };
    readTraining((config as { compile_config: Json }).compile_config, names, () => {});
    return 1;
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    expect(error.message.length).toBeLessThan(800);
    return 0;
  }
}

test("archives within archives, and files whose entries are others", async () => {
  const inner = await archive(stack(layer("Dense", { units: 1 })));
  const cases: [Map<string, Uint8Array>, string][] = [
    [new Map([["model.keras", inner]]), "file/keras"],
    [new Map([["config.json", inner]]), "file/keras"],
    [
      new Map([
        ["config.json", utf8(stack(layer("Dense", { units: 1 })))],
        ["model.weights.h5", inner],
      ]),
      "file/hdf5",
    ],
  ];
  for (const [entries, code] of cases) expect((await errorOf(loadKeras(await encodeZip(entries)))).code).toBe(code);
});

test("files of other kinds, and nothing at all", async () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(7), utf8("PK"), utf8("{}"), utf8("\u0089HDF\r\n\u001a\n")]) {
    expect((await errorOf(loadKeras(bytes))).code).toMatch(/^file\/(keras|zip|hdf5)$/);
  }
  const pickled = new Map([
    ["config.json", utf8(stack())],
    ["model.weights.npz", new Uint8Array(3)],
  ]);
  expect((await errorOf(loadKeras(await encodeZip(pickled)))).message).toContain(
    "pickles of NumPy, which could run code",
  );
});

test("HDF5 files with bytes changed end with weights or one of our errors", async () => {
  const good = kerasFile("hostile-big-endian.weights.h5");
  const cases = Number(process.env.GRUVY_FUZZ_HDF5 ?? 12);
  let seed = 7;
  const below = (n: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % n;
  };
  for (let i = 0; i < cases; i++) {
    const bytes = good.slice(0, i % 6 === 5 ? below(good.length) : good.length);
    for (let k = 0; k < 1 + (i % 4) && bytes.length > 0; k++)
      bytes[below(Math.min(bytes.length, 1500))] ^= 1 << below(8);
    const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
    try {
      await loadKerasWeights(model, bytes);
    } catch (error) {
      if (!(error instanceof GruvyError)) throw error;
    }
    before.start = process.cpuUsage().user;
  }
});
