// The numbers that a workload trains on, the same ones for every library: written to files once, read by each.
// node bench/data.js WORKLOAD FOLDER writes them.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { workloads } from "./workloads.js";

/** @typedef {{ shape: number[], data: Int32Array | Float32Array }} Numbers */

/** What a workload's data need and this machine lacks; undefined when nothing. */
export function missing(/** @type {import("./workloads.js").Workload} */ work) {
  return work.data === "reviews" && !process.env.GRUVY_DATA
    ? "GRUVY_DATA does not name a folder with imdb-train.csv.gz"
    : undefined;
}

/** @returns {Promise<{ x: Numbers, y: Numbers }>} */
export async function makeData(/** @type {import("./workloads.js").Workload} */ work) {
  const { rows, steps, inputs } = work;
  switch (work.data) {
    case "tokens":
      return { x: randomTokens(work), y: randomLabels(rows) };
    case "vectors": {
      const random = generator(2);
      const x = Float32Array.from({ length: rows * steps * inputs }, () => random() - 0.5);
      return { x: { shape: [rows, steps, inputs], data: x }, y: randomLabels(rows) };
    }
    case "reviews":
      return reviews(work);
    case "sine":
      return windows(
        Array.from({ length: rows + steps }, (_, t) => Math.sin(t / 10)),
        work,
      );
    case "airline": {
      const { airlinePassengers } = await import("../dist/index.js");
      return windows([...airlinePassengers().values], work);
    }
  }
}

export function writeData(
  /** @type {string} */ folder,
  /** @type {string} */ name,
  /** @type {{ x: Numbers, y: Numbers }} */ data,
) {
  mkdirSync(folder, { recursive: true });
  for (const key of /** @type {const} */ (["x", "y"])) {
    const { shape, data: numbers } = data[key];
    const type = numbers instanceof Int32Array ? "int32" : "float32";
    writeFileSync(join(folder, `${name}.${key}.json`), JSON.stringify({ type, shape }));
    writeFileSync(join(folder, `${name}.${key}.bin`), new Uint8Array(numbers.buffer));
  }
}

/** @returns {{ x: Numbers, y: Numbers }} */
export function readData(/** @type {string} */ folder, /** @type {string} */ name) {
  const read = (/** @type {string} */ key) => {
    const { type, shape } = JSON.parse(readFileSync(join(folder, `${name}.${key}.json`), "utf8"));
    const { buffer } = new Uint8Array(readFileSync(join(folder, `${name}.${key}.bin`)));
    return { shape, data: type === "int32" ? new Int32Array(buffer) : new Float32Array(buffer) };
  };
  return { x: read("x"), y: read("y") };
}

/** Uniform numbers from 0 up to 1: the mixing function of MurmurHash3 over a counter. */
function generator(/** @type {number} */ seed) {
  let counter = Math.imul(seed, 0x9e3779b9);
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    let h = counter;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
  };
}

/** One row in three ends early and is padded after its end. */
function randomTokens(/** @type {import("./workloads.js").Workload} */ { rows, steps, vocabulary }) {
  const random = generator(0);
  const below = (/** @type {number} */ limit) => Math.floor(random() * limit);
  const data = Int32Array.from({ length: rows * steps }, () => 1 + below(/** @type {number} */ (vocabulary) - 1));
  const least = Math.floor(steps / 4);
  for (let row = 0; row < rows; row += 3) data.fill(0, row * steps + least + below(steps - least), (row + 1) * steps);
  return { shape: [rows, steps], data };
}

function randomLabels(/** @type {number} */ rows) {
  const random = generator(1);
  return { shape: [rows, 1], data: Float32Array.from({ length: rows }, () => Math.round(random())) };
}

/** Windows of a series scaled to [0, 1], and the value after each. */
function windows(/** @type {number[]} */ values, /** @type {import("./workloads.js").Workload} */ { rows, steps }) {
  const low = Math.min(...values);
  const scaled = values.map((value) => (value - low) / (Math.max(...values) - low));
  const x = Float32Array.from({ length: rows * steps }, (_, i) => scaled[Math.floor(i / steps) + (i % steps)]);
  const y = Float32Array.from({ length: rows }, (_, i) => scaled[i + steps]);
  return { x: { shape: [rows, steps, 1], data: x }, y: { shape: [rows, 1], data: y } };
}

/** The first training reviews, their words numbered by frequency over all of them: 0 padding, 1 start, 2 unknown. */
function reviews(/** @type {import("./workloads.js").Workload} */ work) {
  const file = join(/** @type {string} */ (process.env.GRUVY_DATA), "imdb-train.csv.gz");
  const table = parse(gunzipSync(readFileSync(file)), { columns: true });
  const texts = table.map((/** @type {{ review: string }} */ row) => wordsOf(row.review));
  const index = wordNumbers(texts, /** @type {number} */ (work.vocabulary));
  const { rows, steps } = work;
  const data = new Int32Array(rows * steps);
  for (let row = 0; row < rows; row++) {
    const ids = [1, ...texts[row].map((/** @type {string} */ word) => index.get(word) ?? 2)].slice(-steps);
    data.set(ids, row * steps + (work.padding === "pre" ? steps - ids.length : 0));
  }
  const y = Float32Array.from({ length: rows }, (_, row) => Number(table[row].label));
  return { x: { shape: [rows, steps], data }, y: { shape: [rows, 1], data: y } };
}

export function wordsOf(/** @type {string} */ text) {
  const plain = text
    .toLowerCase()
    .replaceAll("<br />", " ")
    .replace(/[^a-z0-9' ]+/g, " ");
  return plain.split(" ").filter((word) => word !== "");
}

export function wordNumbers(/** @type {string[][]} */ texts, /** @type {number} */ vocabulary) {
  const counts = /** @type {Map<string, number>} */ (new Map());
  for (const words of texts) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, vocabulary - 3);
  return new Map(frequent.map(([word], rank) => [word, rank + 3]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [name, folder] = process.argv.slice(2);
  const work = workloads[name];
  if (!work || !folder)
    throw new Error(`Usage: node bench/data.js WORKLOAD FOLDER, with one of ${Object.keys(workloads)}`);
  const problem = missing(work);
  if (problem) throw new Error(`${name}: ${problem}`);
  writeData(folder, name, await makeData(work));
}
