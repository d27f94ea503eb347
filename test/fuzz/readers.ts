// Every reader of files, with good files to start from, and what becomes of what it read.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Tensor } from "../../src/base/index.ts";
import { gunzip } from "../../src/data/gzip.ts";
import { parseCsv, parseJsonLines } from "../../src/data/index.ts";
import { tarEntries } from "../../src/data/tar.ts";
import { encodeTorch, loadKeras, loadKerasWeights, loadTorch } from "../../src/interchange/index.ts";
import { adam, dense, embedding, gru, input, lstm, sequential } from "../../src/model/index.ts";
import { crc32Text } from "../../src/storage/crc32.ts";
import { decodeNpz, decodeZip, encodeZip } from "../../src/storage/foreign.ts";
import { decodeModelFile, encodeModelFile, memoryStore, type StoredModel } from "../../src/storage/index.ts";
import {
  checkpointTo,
  decodeModel,
  encodeModel,
  forecast,
  modelBytes,
  modelFromBytes,
  type Pipeline,
  predictSequences,
  textPredictor,
} from "../../src/tasks/index.ts";
import { studyResult, studyText } from "../../src/tuning/index.ts";
import { readStudy } from "../../src/tuning/node.ts";
import { makeTar, pax } from "../data/make-tar.ts";
import { kerasFile } from "../interchange/files.ts";
import { changedBytes, changedJson, type Draw, joined } from "./mutate.ts";

/** A reader of files. */
export interface Reader {
  readonly name: string;
  /** How many of a hundred thousand cases it gets: fewer where one takes long. */
  readonly share: number;
  readonly files: readonly Uint8Array[];
  /** A file that is changed within: what is written over it (checksums, lengths) is right again. */
  readonly within?: (draw: Draw) => Uint8Array | Promise<Uint8Array>;
  /** Reads, and uses what was read; gives what can be told of it. */
  read(file: Uint8Array): Promise<unknown>;
  /** Whether a changed file that is still read must give what one of the good files gives. */
  readonly guarded?: boolean;
  close?(): void;
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const source = "the file";
const quiet = { onWarning: () => {}, source };

// Models of Gruvy, with what they do before and after.

const series: Pipeline = {
  kind: "series",
  target: "sales",
  window: 4,
  horizon: 2,
  transform: "difference",
  magnitude: 8,
  input: { kind: "standard", mean: [0.5], deviation: [2] },
  output: { kind: "standard", mean: [0.5], deviation: [2] },
  tail: [1, 3, 2, 5, 4, 6, 5, 8, 7, 9],
  tailDates: Array.from({ length: 10 }, (_, i) => `2020-${String(i + 1).padStart(2, "0")}`),
};
const texts: Pipeline = {
  kind: "texts",
  text: "review",
  label: "mood",
  words: ["good", "bad", "__proto__"],
  script: "ascii",
  maxLength: 5,
  truncate: "post",
  labels: ["no", "yes"],
};
const sequences: Pipeline = {
  kind: "sequences",
  task: "classification",
  features: 0,
  tokens: 4,
  alphabet: ["B", "T", "E"],
  labels: ["a", "b", "toString"],
};

function modelOf(kind: Pipeline["kind"]) {
  const front = {
    series: [input({ shape: [null, 1] }), gru({ units: 3 }), dense({ units: 1 })],
    texts: [
      embedding({ inputDim: 6, outputDim: 3, maskZero: true }),
      lstm({ units: 2 }),
      dense({ units: 1, activation: "sigmoid" }),
    ],
    sequences: [
      embedding({ inputDim: 4, outputDim: 2 }),
      gru({ units: 2 }),
      dense({ units: 3, activation: "softmax" }),
    ],
  } as const;
  const model = sequential(front[kind], { seed: 3 });
  model.compile({
    optimizer: adam(),
    loss: kind === "sequences" ? "sparseCategoricalCrossentropy" : "meanSquaredError",
  });
  return model;
}

const training = {
  history: { loss: [0.5, 0.25] },
  epochs: 2,
  data: { name: "d", source: "s", rows: 10 },
  settings: { testSize: 0.2 },
};

async function useFitted(file: Uint8Array): Promise<unknown> {
  const fitted = await modelFromBytes(file, source);
  try {
    const { kind } = fitted.pipeline;
    if (kind === "series") return await forecast(fitted, { horizon: 3 });
    if (kind === "texts") return await textPredictor(fitted)(["a good, good film", "bad", ""]);
    const { tokens, features } = fitted.pipeline;
    const x =
      tokens > 0
        ? new Tensor([1, 3], Int32Array.of(1, 2, 1))
        : new Tensor([1, 3, features], new Float32Array(3 * Math.min(features, 99)));
    return await predictSequences(fitted, x);
  } finally {
    fitted.model.dispose();
  }
}

/** The parts of a model file with one record changed, and all checksums right. */
function changedRecord(draw: Draw, file: Uint8Array): Uint8Array {
  const { warnings: _, ...parts } = decodeModelFile(file);
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
  const records: Record<string, unknown> = {
    architecture: plain(parts.architecture),
    preprocessing: plain(parts.preprocessing),
    training: plain(parts.training),
  };
  const { checkpoint } = parts;
  const run = checkpoint && { run: plain(checkpoint.run), arrays: checkpoint.arrays };
  const names = ["architecture", ...(parts.preprocessing === null ? [] : ["preprocessing", "training"])];
  const name = draw.one(run ? [...names, "run", "run", "run", "arrays"] : [...names, "optimizer"]);
  const dropped = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].filter((_, i, all) => i !== draw.below(all.length)));
  const arrays = (map: ReadonlyMap<string, Tensor>) => {
    const [at, kind] = [draw.below(map.size), draw.below(3)];
    if (kind === 0) return dropped(map);
    return new Map(
      Array.from(map, ([key, tensor], i) => {
        if (i !== at) return [key, tensor];
        const data = tensor.data.slice();
        if (kind === 2) return [key, new Tensor([data.length, 1], data)];
        data.fill(draw.one([0, -1, 1e30, Number.NaN, 2 ** 31 - 1, 0.5]), 0, 1 + draw.below(data.length));
        return [key, new Tensor(tensor.shape, data)];
      }),
    );
  };
  if (name === "run" && run) run.run = plain(changedJson(draw, run.run));
  else if (name === "arrays" && run) run.arrays = arrays(run.arrays);
  else if (name in records) records[name] = plain(changedJson(draw, records[name]));
  const optimizer = parts.optimizer && (name === "optimizer" ? arrays(parts.optimizer) : parts.optimizer);
  return encodeModelFile({ ...parts, ...records, optimizer, checkpoint: run } as StoredModel);
}

async function models(): Promise<Reader> {
  const files: Uint8Array[] = [];
  for (const pipeline of [series, texts, sequences]) {
    const model = modelOf(pipeline.kind);
    files.push(await modelBytes({ model, pipeline, training: training as never }));
    model.dispose();
  }
  return {
    name: "models",
    share: 12_000,
    files,
    within: (draw) => changedRecord(draw, draw.one(files)),
    read: useFitted,
    guarded: true,
  };
}

async function plainModels(): Promise<Reader> {
  const model = modelOf("series");
  const files = [await encodeModel(model)];
  model.dispose();
  const read = async (file: Uint8Array) => {
    const found = await decodeModel(file, source);
    try {
      return (await found.predict([[[1], [2], [3]]])).toArray();
    } finally {
      found.dispose();
    }
  };
  return {
    name: "models without preprocessing",
    share: 6_000,
    files,
    within: (draw) => changedRecord(draw, files[0]),
    read,
    guarded: true,
  };
}

// The folder of a run: of its checkpoints the newest that is whole.

const CHECKPOINT = "checkpoint-000001.gruvy";

async function checkpoints(): Promise<Reader> {
  const x = Array.from({ length: 6 }, (_, i) => [i / 6]);
  const trained = async (store: ReturnType<typeof memoryStore>, epochs: number) => {
    const model = sequential([input({ shape: [1] }), dense({ units: 1 })], { seed: 2 });
    model.compile({ optimizer: adam(), loss: "meanSquaredError" });
    const saving = checkpointTo(store, { warn: () => {} });
    try {
      const { history } = await model.fit(x, x, { epochs, batchSize: 2, callbacks: [saving], resumeFrom: saving });
      return [history, (await model.getWeights()).map((weight) => weight.toArray())];
    } finally {
      model.dispose();
    }
  };
  const first = memoryStore();
  await trained(first, 2);
  const names = await first.list();
  const files = [(await first.read(names.at(-1)!))!];
  const read = async (file: Uint8Array) => {
    const store = memoryStore();
    await store.write(CHECKPOINT, file);
    return trained(store, 3);
  };
  return {
    name: "checkpoints",
    share: 8_000,
    files,
    within: (draw) => changedRecord(draw, files[0]),
    read,
    guarded: true,
  };
}

// Files of Keras, PyTorch, NumPy.

const kerasNames = ["keras3-words", "keras3-branches", "keras3-windows", "keras2-cells"];

async function changedArchive(draw: Draw, file: Uint8Array): Promise<Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  for (const [name, entry] of decodeZip(file)) entries.set(name, await entry.read());
  if (draw.below(4) > 0) {
    const name = draw.below(8) === 0 ? "metadata.json" : "config.json";
    const config = changedJson(draw, JSON.parse(new TextDecoder().decode(entries.get(name))));
    entries.set(name, utf8(JSON.stringify(config)));
  } else {
    const name = draw.one([...entries.keys()]);
    entries.set(name, changedBytes(draw, [entries.get(name)!]));
  }
  return encodeZip(entries);
}

const useKeras = async (file: Uint8Array) => {
  const model = await loadKeras(file, quiet);
  try {
    return (await model.getWeights()).map(({ shape }) => shape);
  } finally {
    model.dispose();
  }
};

function keras(): Reader {
  const files = kerasNames.map((name) => kerasFile(`${name}.keras`));
  return {
    name: ".keras",
    share: 4_000,
    files,
    within: (draw) => changedArchive(draw, draw.one(files)),
    read: useKeras,
  };
}

const kerasOld = (): Reader => ({
  name: ".h5",
  share: 60,
  files: ["keras2-words.h5", "keras3-words.h5"].map(kerasFile),
  read: useKeras,
});

function kerasWeights(): Reader {
  const files = ["keras3-words.weights.h5", "hostile-big-endian.weights.h5", "hostile-half.weights.h5"].map(kerasFile);
  const read = async (file: Uint8Array) => {
    const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
    try {
      await loadKerasWeights(model, file, { source });
      return (await model.getWeights()).map((weight) => weight.toArray());
    } finally {
      model.dispose();
    }
  };
  return { name: ".weights.h5", share: 60, files, read };
}

async function torch(): Promise<Reader> {
  const made = () =>
    sequential([input({ shape: [null, 2] }), gru({ units: 3, name: "rnn" }), dense({ units: 1, name: "fc" })]);
  const model = made();
  const files = [await encodeTorch(model)];
  model.dispose();
  const within = (draw: Draw) => {
    const length = Number(new DataView(files[0].buffer, files[0].byteOffset).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(files[0].subarray(8, 8 + length)));
    const text = utf8(JSON.stringify(changedJson(draw, header)));
    const size = new Uint8Array(8);
    new DataView(size.buffer).setBigUint64(0, BigInt(text.length), true);
    return joined(size, text, files[0].subarray(8 + length));
  };
  const read = async (file: Uint8Array) => {
    const found = made();
    try {
      await loadTorch(found, file, { source });
      return (await found.getWeights()).map(({ shape }) => shape);
    } finally {
      found.dispose();
    }
  };
  return { name: "safetensors of PyTorch", share: 14_000, files, within, read };
}

function numpy(): Reader {
  const golden = (name: string) =>
    new Uint8Array(readFileSync(new URL(`../../src/storage/formats/golden/${name}`, import.meta.url)));
  const files = [golden("numpy.npz"), kerasFile("keras3-cells.npz")];
  const read = async (file: Uint8Array) => {
    const arrays = await decodeNpz(file, { source });
    return [...arrays.values()].map(({ dtype, shape, bytes }) => [dtype, shape, crc32Text(bytes)]);
  };
  const within = async (draw: Draw) => {
    const entries = new Map<string, Uint8Array>();
    for (const [name, entry] of decodeZip(draw.one(files))) entries.set(name, await entry.read());
    const name = draw.one([...entries.keys()]);
    const array = entries.get(name)!;
    // The header is a text of Python.
    const text = new TextDecoder("latin1").decode(array.subarray(10, 128));
    const was = draw.one(["True", "False", "(", ")", ", ", "<f4", "<", "'", "shape", "descr", "0", "1", "2", "3"]);
    const is = draw.one([
      "True",
      "False",
      "",
      "-1",
      "9007199254740993",
      "99999999",
      "1e3",
      "|O",
      ">f8",
      ",",
      "(",
      "1_0",
      "__proto__",
    ]);
    const changed = Uint8Array.from(text.replace(was, is), (letter) => letter.charCodeAt(0));
    entries.set(
      name,
      draw.below(2) === 0 ? changedBytes(draw, [array]) : joined(array.subarray(0, 10), changed, array.subarray(128)),
    );
    return encodeZip(entries);
  };
  return { name: ".npz", share: 14_000, files, within, read };
}

// Tables and archives of texts.

const tables = [
  'text,label\r\n"a, ""b""\r\nc",1\r\n\r\nplain,0\r\n"",x\r\n',
  "\ufeffmonth\tvalue\n1949-01\t112\n1949-02\t1,5\n1949-03\t€ü𝄞\n",
  `a;b\n${Array.from({ length: 200 }, (_, i) => `${i};${i * i}.5`).join("\n")}\n`,
  "__proto__,constructor,__proto__\n1,2,3\n1e999,0x10,-0\n",
];

async function told(table: Awaited<ReturnType<typeof parseCsv>>): Promise<unknown> {
  return [table.names, table.columns.map(({ kind, values }) => [kind, Array.from(values)])];
}

const csv = (): Reader => ({
  name: ".csv",
  share: 20_000,
  files: tables.map(utf8),
  read: async (file) => told(await parseCsv(file, { source })),
});

function csvGz(): Reader {
  const files = [...tables.map((text) => gzipSync(text)), joined(gzipSync(tables[2]), gzipSync("300;9\n"))].map(
    (file) => new Uint8Array(file),
  );
  return {
    name: ".csv.gz",
    share: 10_000,
    files,
    within: (draw) => new Uint8Array(gzipSync(changedBytes(draw, tables.map(utf8)))),
    read: async (file) => told(await parseCsv(gunzip([file], source), { source })),
  };
}

function jsonLines(): Reader {
  const rows = [
    { text: "a good film", label: "yes", stars: 4.5, seen: true },
    { text: "né\u2028", label: "no", stars: null, seen: false },
    { text: "", label: "__proto__", stars: 1e300, seen: null },
  ];
  const files = [utf8(rows.map((row) => `${JSON.stringify(row)}\n`).join(""))];
  const within = (draw: Draw) => utf8(rows.map((row) => `${JSON.stringify(changedJson(draw, row))}\n`).join(""));
  return {
    name: ".jsonl",
    share: 10_000,
    files,
    within,
    read: async (file) => told(await parseJsonLines(file, { source })),
  };
}

function tar(): Reader {
  const within = (draw: Draw) => {
    const parts = [
      { name: "a/pos/1_9.txt", content: "good" },
      pax({ path: "a/neg/long.txt", size: "3" }),
      { name: "x", size: "00000000003\0", content: "bad" },
    ];
    const changed = changedJson(draw, JSON.parse(JSON.stringify(parts)));
    try {
      return makeTar(changed as never);
    } catch {
      return files[0];
    }
  };
  const files = [
    makeTar([
      { name: "a/pos/1_9.txt", content: "good" },
      pax({ path: "a/neg/long.txt", size: "3" }),
      { name: "x", content: "bad" },
    ]),
    makeTar([
      { name: "././@LongLink", type: "L", content: "a/pos/2_8.txt\0" },
      { name: "short", content: "fine" },
      { name: "l", type: "2" },
    ]),
  ];
  const read = async (file: Uint8Array) => {
    const found: unknown[] = [];
    async function* chunks() {
      for (let at = 0; at < file.length; at += 700) yield file.subarray(at, at + 700);
    }
    for await (const entry of tarEntries(chunks(), { source, wanted: () => true })) found.push(entry);
    return found;
  };
  return { name: ".tar", share: 10_000, files, within, read };
}

// The ledger of a study.

function ledgers(): Reader {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-fuzz-"));
  const path = join(folder, "study.ledger");
  const trial = (id: number) => ({
    type: "trial",
    id,
    values: { units: 8 + id, cell: "gru" },
    initialEpoch: 0,
    epochs: 2,
    rung: { bracket: 0, round: 0 },
  });
  const epoch = (id: number, lease: number, number: number, more: object = {}) => ({
    type: "epoch",
    id,
    lease,
    at: 2 * number,
    epoch: number,
    logs: { loss: 0.5, valLoss: 0.6 / (id + number + 1) },
    seconds: 1.5,
    ...more,
  });
  const records: unknown[] = [
    {
      type: "study",
      format: 1,
      space: [
        { name: "units", kind: "int", default: 8, minValue: 2, maxValue: 64, sampling: "linear", conditions: [] },
        { name: "cell", kind: "choice", default: "gru", values: ["gru", "lstm"], conditions: [] },
      ],
      objective: { name: "valLoss", direction: "min" },
      searcher: { name: "random", trials: 3 },
      seed: 1,
      epochs: 2,
      about: { data: "sine" },
      date: "2026-01-01T00:00:00.000Z",
    },
    trial(0),
    { type: "lease", id: 0, worker: "w" },
    epoch(0, 2, 0),
    epoch(0, 2, 1),
    { type: "completed", id: 0, lease: 2, at: 5, score: 0.3, bestEpoch: 1 },
    trial(1),
    { type: "lease", id: 1, worker: "w" },
    { type: "lost", id: 1, lease: 7, at: 6, reason: "gone" },
    { type: "lease", id: 1, worker: "v" },
    epoch(1, 9, 1, { earlier: [{ epoch: 0, logs: { loss: 1, valLoss: 1 }, seconds: 1 }] }),
    { type: "failed", id: 1, lease: 9, at: 9, code: "training/not-finite", reason: "NaN", again: false },
    { type: "ended", reason: "done" },
    {
      type: "final",
      name: "trial 0",
      values: { units: 8, cell: "gru" },
      seed: 5,
      score: 0.31,
      seconds: 3,
      bestEpoch: 2,
      epochs: 2,
    },
    {
      type: "final",
      name: "default",
      values: { units: 32, cell: "gru" },
      seed: 5,
      score: 0.4,
      seconds: 3,
      bestEpoch: 1,
      epochs: 2,
    },
    { type: "test", name: "trial 0", seed: 5 },
    {
      type: "test",
      name: "trial 0",
      seed: 5,
      scores: { rmse: 1 },
      beside: { baseline: "Linear", scores: { rmse: 2 }, verdict: "better" },
    },
  ];
  const written = (all: readonly unknown[]) =>
    utf8(
      all
        .map((record, i) => `${i} ${JSON.stringify(record)}`)
        .map((text) => `${crc32Text(utf8(text))} ${text}\n`)
        .join(""),
    );
  const read = async (file: Uint8Array) => {
    writeFileSync(path, file);
    const found = await readStudy(folder);
    return [found, studyText(found), found.length > 0 && studyResult(found)];
  };
  return {
    name: "study.ledger",
    share: 12_000,
    files: [written(records)],
    within: (draw) => written([changedJson(draw, records)].flat()),
    read,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function allReaders(): Promise<Reader[]> {
  return [
    await models(),
    await plainModels(),
    await checkpoints(),
    keras(),
    kerasOld(),
    kerasWeights(),
    await torch(),
    numpy(),
    csv(),
    csvGz(),
    jsonLines(),
    tar(),
    ledgers(),
  ];
}
