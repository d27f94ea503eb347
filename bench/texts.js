// npm run bench:texts: from the compressed training reviews to rows of indices, each stage's time, and what all take.
// GRUVY_DATA names the folder with imdb-train.csv.gz; another file with a column "review" may be given instead.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { padSequences, wordIndex } from "../dist/index.js";
import { openTable } from "../dist/node.js";

const file = process.argv[2] ?? join(process.env.GRUVY_DATA ?? "", "imdb-train.csv.gz");
if (!existsSync(file)) {
  console.error(`${file} is missing. Set GRUVY_DATA to the folder that holds it, or name a file.`);
  process.exit(2);
}

let seconds = 0;

/** @template T @param {string} name @param {() => T | Promise<T>} work @param {(result: T) => string} told */
async function stage(name, work, told) {
  const used = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  seconds += wall;
  console.log(
    `${name.padEnd(24)}${wall.toFixed(2).padStart(6)} s${((user + system) / 1e6).toFixed(2).padStart(8)} s processor   ${told(result)}`,
  );
  return result;
}

const megabytes = (/** @type {number} */ bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
const table = await stage(
  "read, decompress, parse",
  () => openTable(file),
  ({ rows }) => `${rows} rows from ${megabytes(statSync(file).size)}`,
);
const texts = await stage(
  "texts of the column",
  () => table.column("review").values,
  (values) => megabytes(values.reduce((sum, text) => sum + text.length, 0)),
);
const words = await stage(
  "index the words",
  () => wordIndex(texts, { numWords: 10_000 }),
  ({ index }) => `${index.size} words`,
);
const rows = await stage(
  "to indices",
  () => texts.map((text) => words.encode(text)),
  (all) => `${all.reduce((sum, row) => sum + row.length, 0)} words`,
);
await stage(
  "cut and pad to 200",
  () => padSequences(rows, { maxLength: 200, padding: "post", truncating: "post" }),
  ({ shape }) => shape.join(" x "),
);
console.log(
  `${"all".padEnd(24)}${seconds.toFixed(2).padStart(6)} s, at most ${megabytes(process.resourceUsage().maxRSS * 1024)} resident`,
);
