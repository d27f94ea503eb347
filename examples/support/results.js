// Keeps the numbers of the long runs in docs/results.json, and writes docs/results.md from them.

import { readFile, rename, writeFile } from "node:fs/promises";
import { arch, cpus, platform, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { keyOf, plan } from "./plan.js";
import { readable, titles } from "./program.js";

const docs = new URL("../../docs/", import.meta.url);

/** All runs that were kept: `{ run, seed, result, node, machine, date }`. */
export async function readRuns(folder = docs) {
  try {
    return JSON.parse(await readFile(new URL("results.json", folder), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

/** Keeps the numbers of a run, in place of an earlier one from the same seed. */
export async function addRun(entry, seed, result, folder = docs) {
  const run = keyOf(entry);
  const kept = Object.fromEntries(
    [entry.metric, ...(entry.also ?? []), "seconds"].filter((key) => key in result).map((key) => [key, result[key]]),
  );
  const runs = (await readRuns(folder)).filter((one) => one.run !== run || one.seed !== seed);
  const date = new Date().toISOString().slice(0, 10);
  runs.push({ run, seed, result: kept, node: process.version, machine: machine(), date });
  const order = (one) => plan.findIndex((candidate) => keyOf(candidate) === one.run);
  runs.sort((a, b) => order(a) - order(b) || a.seed - b.seed);
  await replace("results.json", `${JSON.stringify(runs, null, 2)}\n`, folder);
}

export async function writeResults(runs, folder = docs) {
  await replace("results.md", page(runs), folder);
}

/** docs/results.md as text. */
export function page(runs) {
  const lines = plan.map((entry) => ({ entry, done: runs.filter(({ run }) => run === keyOf(entry)) }));
  return [
    "# Results of the published examples",
    "",
    "Written by `npm run examples` from `results.json`, which holds every run with its machine, Node version and date.",
    "The published numbers are Keras 3.15's on the same data. A line without runs has not been run yet. Seconds are those",
    "that passed, whatever else the machine had to do.",
    "",
    row(["example", "compared", "published", "median", "seeds", "held to"]),
    row(Array(6).fill("---")),
    ...lines.map(({ entry, done }) => row(summary(entry, done))),
    "",
    ...lines.filter(({ done }) => done.length > 0).flatMap(({ entry, done }) => section(entry, done)),
  ].join("\n");
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function summary(entry, done) {
  const { title, metric, published, held, holds, seeds } = entry;
  const start = [title, titles[metric], published];
  if (done.length === 0) return [...start, "", `0 of ${seeds}`, held ?? ""];
  const values = done.map(({ result }) => result[metric]);
  const middle = median(values);
  const so = holds?.(middle, values) ? (done.length < seeds ? "yes so far" : "yes") : "no";
  const verdict = held === undefined ? "" : `${held}: ${so}`;
  return [...start, readable(middle), `${done.length} of ${seeds}`, verdict];
}

function section(entry, done) {
  const { title, example, args, metric, also = [] } = entry;
  const keys = [metric, ...also, "seconds"].filter((key) => done.some(({ result }) => key in result));
  const command = `npm run example ${[example, "--", ...args, "--seed n"].join(" ")}`;
  const number = (value) => (value === undefined ? "" : readable(value));
  return [
    `## ${title}`,
    "",
    `\`${command}\``,
    "",
    row(["seed", ...keys.map((key) => titles[key]), "machine", "Node", "date"]),
    row(Array(keys.length + 4).fill("---")),
    ...done.map(({ seed, result, machine, node, date }) =>
      row([seed, ...keys.map((key) => number(result[key])), machine, node, date]),
    ),
    row([
      "median",
      ...keys.map((key) => number(median(done.filter(({ result }) => key in result).map(({ result }) => result[key])))),
      "",
      "",
      "",
    ]),
    "",
  ];
}

const row = (cells) => `| ${cells.join(" | ")} |`;

/** In words, such as "AMD EPYC, 2 threads, 24 GB, linux x64". */
function machine() {
  const model = cpus()[0]?.model.replace(/\s+/g, " ").trim() || "unknown processor";
  return `${model}, ${cpus().length} threads, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}`;
}

/** Written beside and renamed: a run that is interrupted leaves what was there. */
async function replace(name, text, folder) {
  const fresh = new URL(`${name}.new`, folder);
  await writeFile(fresh, text);
  await rename(fileURLToPath(fresh), fileURLToPath(new URL(name, folder)));
}
