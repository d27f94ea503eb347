// Readers of our own files of models, with what they do before and after.

import { Tensor } from "../../src/base/index.ts";
import { adam, dense, embedding, gru, input, lstm, sequential } from "../../src/model/index.ts";
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
import { changedJson, type Draw } from "./mutate.ts";

import { type Reader, source } from "./reader.ts";

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

export async function models(): Promise<Reader> {
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

export async function plainModels(): Promise<Reader> {
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

export async function checkpoints(): Promise<Reader> {
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
