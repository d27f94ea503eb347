// What changed files were once taken for: each case ended in an error of JavaScript, or steered the terminal.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeTorch, loadKeras, loadTorch } from "../../src/interchange/index.ts";
import { adam, dense, input, sequential } from "../../src/model/index.ts";
import { crc32Text } from "../../src/storage/crc32.ts";
import { decodeZip, encodeZip } from "../../src/storage/foreign.ts";
import { decodeModelFile, encodeModelFile, memoryStore, type StoredModel } from "../../src/storage/index.ts";
import { checkpointTo, decodeModel, encodeModel } from "../../src/tasks/index.ts";
import { readStudy } from "../../src/tuning/node.ts";
import { errorOf, kerasFile } from "../interchange/files.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const folder = mkdtempSync(join(tmpdir(), "gruvy-found-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a study whose checksums are right", () => {
  const head = {
    type: "study",
    format: 1,
    space: [{ name: "units", kind: "int", default: 2, minValue: 2, maxValue: 4, conditions: [] }],
    objective: { name: "valLoss", direction: "min" },
    searcher: { name: "random" },
    seed: 1,
    epochs: 2,
    about: {},
    date: "",
  };
  const trial = { type: "trial", id: 0, values: { units: 2 }, initialEpoch: 0, epochs: 2 };

  const study = (...records: unknown[]) => {
    const lines = records.map((record, i) => `${i} ${JSON.stringify(record)}`);
    writeFileSync(join(folder, "study.ledger"), lines.map((line) => `${crc32Text(utf8(line))} ${line}\n`).join(""));
    return readStudy(folder);
  };

  test("and whose records are whole is read, with fields of later versions", async () => {
    expect(await study({ ...head, later: [1] }, trial, { type: "missing" })).toHaveLength(3);
  });

  test.each<[string, unknown[], string]>([
    ["another format", [{ ...head, format: 2 }], "expected format 1 as format, found 2"],
    ["no objective", [{ ...head, objective: undefined }], "a name and a direction as objective, found undefined"],
    ["a hyperparameter of no kind", [{ ...head, space: [{ ...head.space[0], kind: "x" }] }], "Record 1"],
    ["a number that is a text", [head, { ...trial, epochs: "2" }], 'a whole number from 0 as epochs, found "2"'],
    ["values that are lists", [head, { ...trial, values: { units: [] } }], "by name as values, found an object"],
    [
      "a lease that is none",
      [head, trial, { type: "lost", id: 0, lease: {}, reason: "" }],
      "as lease, found an object",
    ],
    ["a type of every object", [head, { type: "toString" }], "Record 2"],
    [
      "a name that is none",
      [head, { type: "final", name: null, values: {}, seed: 1, score: 1, seconds: 1 }],
      "as name",
    ],
    ["no head", [trial], "Record 1"],
  ])("and %s", async (_, records, said) => {
    const error = await errorOf(study(...records));
    expect([error.code, error.message]).toEqual(["file/format", expect.stringContaining(said)]);
  });
});

describe("objects where names belong", () => {
  const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
  model.compile({ optimizer: adam(), loss: "meanSquaredError" });

  test("in the architecture of a model", async () => {
    const { architecture, ...parts } = decodeModelFile(await encodeModel(model));
    const changed = JSON.parse(JSON.stringify(architecture));
    changed.layers[1].kind = {};
    const file = encodeModelFile({ ...parts, architecture: changed } as StoredModel);
    expect((await errorOf(decodeModel(file, "m.gruvy"))).code).toBe("model/layer");
  });

  test.each<[string, (run: { history: { names: unknown[] }; position: { stopped: unknown } }) => void, string]>([
    ["history", (run) => run.history.names.push({}), "history/an object"],
    ["terminal", (run) => run.history.names.push("\u001b[31m"), "history/\\u001b[31m"],
  ])("in a checkpoint: %s", async (_, change, said) => {
    const store = memoryStore();
    const fitted = async (epochs: number) => {
      const saving = checkpointTo(store);
      return model.fit([[1]], [[1]], { epochs, callbacks: [saving], resumeFrom: saving });
    };
    await fitted(1);
    const [name] = await store.list();
    const { checkpoint, ...parts } = decodeModelFile((await store.read(name))!);
    const run = JSON.parse(JSON.stringify(checkpoint!.run));
    change(run);
    await store.write(name, encodeModelFile({ ...parts, checkpoint: { ...checkpoint!, run } } as StoredModel));
    const error = await errorOf(fitted(2));
    expect([error.code, error.message]).toEqual(["training/state", expect.stringContaining(said)]);
  });

  test.each<[string, (layer: { class_name: unknown; module: unknown; config: Record<string, unknown> }) => void]>([
    [
      "class",
      (layer) => {
        layer.class_name = {};
      },
    ],
    [
      "module",
      (layer) => {
        layer.module = {};
      },
    ],
    [
      "list for a layer within",
      (layer) => {
        layer.class_name = "Bidirectional";
        layer.config = { name: "b", layer: [] };
      },
    ],
  ])("in a file of Keras: %s", async (_, change) => {
    const entries = new Map<string, Uint8Array>();
    for (const [name, entry] of decodeZip(kerasFile("keras3-words.keras"))) entries.set(name, await entry.read());
    const config = JSON.parse(new TextDecoder().decode(entries.get("config.json")));
    change(config.config.layers.at(-1));
    entries.set("config.json", utf8(JSON.stringify(config)));
    expect((await errorOf(loadKeras(await encodeZip(entries)))).kind).toBe("model");
  });

  test("names of PyTorch's parameters cannot steer the terminal", async () => {
    const file = await encodeTorch(model);
    const text = new TextDecoder("latin1").decode(file).replace("dense.weight", "\\u001b[31m_");
    const error = await errorOf(
      loadTorch(
        model,
        Uint8Array.from(text, (c) => c.charCodeAt(0)),
      ),
    );
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });
});
