// Readers of files of Keras, PyTorch and NumPy.

import { readFileSync } from "node:fs";
import { encodeTorch, loadKeras, loadKerasWeights, loadTorch } from "../../src/interchange/index.ts";
import { dense, gru, input, sequential } from "../../src/model/index.ts";
import { crc32Text } from "../../src/storage/crc32.ts";
import { decodeNpz, decodeZip, encodeZip } from "../../src/storage/foreign.ts";
import { kerasFile } from "../interchange/files.ts";
import { changedBytes, changedJson, type Draw, joined } from "./mutate.ts";

import { type Reader, source, utf8 } from "./reader.ts";

const quiet = { onWarning: () => {}, source };
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

export function keras(): Reader {
  const files = kerasNames.map((name) => kerasFile(`${name}.keras`));
  return {
    name: ".keras",
    share: 4_000,
    files,
    within: (draw) => changedArchive(draw, draw.one(files)),
    read: useKeras,
  };
}

export const kerasOld = (): Reader => ({
  name: ".h5",
  share: 60,
  files: ["keras2-words.h5", "keras3-words.h5"].map(kerasFile),
  read: useKeras,
});

export function kerasWeights(): Reader {
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

export async function torch(): Promise<Reader> {
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

export function numpy(): Reader {
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
