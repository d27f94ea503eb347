// GRUVY_DATA=<folder with eng-fra.txt> node bench/translation.js [--epochs n] [--seed n] [--rows n]: what the network of
// examples/translation.js reaches in Keras, trained on the same pairs for as many epochs. Needs `npm run build`, and Python
// with Keras as bench/peers/README.md says. On TensorFlow the chrF is some six points lower than with KERAS_BACKEND=jax; why
// has not been looked into.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chrf } from "../dist/evaluation/index.js";
import { begin, end, longest, prepared, sentenceOf } from "../examples/support/sentence-pairs.js";
import { findPython } from "./found.js";

const { values } = parseArgs({
  options: {
    epochs: { type: "string", default: "10" },
    seed: { type: "string", default: "0" },
    rows: { type: "string", default: "Infinity" },
  },
});
const file = join(process.env.GRUVY_DATA ?? ".", "eng-fra.txt");
const { train, validation, asked, english, french, longestEnglish } = prepared(
  await readFile(file, "utf8"),
  Number(values.rows),
);
const part = (/** @type {string[][][]} */ pairs) => ({
  source: pairs.map(([words]) => words.map(english.number)),
  target: pairs.map(([, words]) => words.map(french.number)),
});

const started = performance.now();
const peer = fileURLToPath(new URL("peers/keras_translation.py", import.meta.url));
const child = spawn(findPython().python, [peer], { stdio: ["pipe", "pipe", "inherit"] });
child.stdin.end(
  JSON.stringify({
    ...{ seed: Number(values.seed), epochs: Number(values.epochs), begin, end, longest, longestEnglish },
    english: english.words.length,
    french: french.words.length,
    train: part(train),
    validation: part(validation),
    test: asked.sources.map((words) => words.map(english.number)),
  }),
);
const [out, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
if (status !== 0) process.exit(1); // Python has said why
const { keras, written } = JSON.parse(out.trim().split("\n").at(-1) ?? "");
const texts = written.map((/** @type {number[]} */ numbers) =>
  sentenceOf(numbers.filter((number) => number > end).map((number) => french.words[number])),
);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`Keras ${keras}: chrF ${chrf(texts, asked.references).toFixed(2)}, ${seconds} s`);
