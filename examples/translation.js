// English to French: one GRU reads, another writes and looks back at what was read (attention).
//
//     GRUVY_DATA=<folder with eng-fra.txt> npm run example translation
//     npm run example translation -- --epochs 2 --rows 4000
//
// The file has a pair of sentences on each line, with a tab between them. In training the network always sees how the
// right translation began and guesses the next word (teacher forcing); in the test it goes on from its own words, and
// always takes the likeliest. Scored is chrF: the share of common runs of letters, from 0 to 100, beside the closest of
// the translations that people gave.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  adam,
  attention,
  bidirectional,
  concatenate,
  cosineDecay,
  dense,
  dropout,
  earlyStopping,
  embedding,
  gru,
  input,
  masking,
  model,
  tensor,
} from "gruvy";
import { chrf } from "gruvy/evaluation";
import { program, secondsSince } from "./support/program.js";
import { begin, end, longest, prepared, sentenceOf } from "./support/sentence-pairs.js";
import { wordForWord } from "./support/word-for-word.js";

const { seed, epochs, rows, json, say, report, finish } = program({
  name: "translation",
  epochs: 10,
  options: ["rows"],
  models: {
    gru: { chrf: "50.5 in Keras on JAX, 44.0 on TensorFlow (the same network, trained alike: bench/translation.js)" },
  },
});

const file = join(process.env.GRUVY_DATA ?? ".", "eng-fra.txt");
if (!existsSync(file)) {
  console.error(`translation: ${file} is missing. Set GRUVY_DATA to the folder that holds eng-fra.txt.`);
  process.exit(2);
}
const { train, validation, asked, english, french, longestEnglish } = prepared(readFileSync(file, "utf8"), rows);
if (asked.sources.length === 0) {
  console.error(`translation: expected at least ten pairs of sentences in ${file}, each with a tab between.`);
  process.exit(2);
}
say(
  `${train.length} pairs to train on, ${asked.sources.length} sentences to test; ${english.words.length} English words, ${french.words.length} French\n`,
);

/** The numbers of words, a row for each sentence, with zeros behind. */
function numbered(sentences, width) {
  const numbers = new Int32Array(sentences.length * width);
  sentences.forEach((sentence, row) => {
    numbers.set(sentence, row * width);
  });
  return tensor(numbers, [sentences.length, width]);
}
const englishOf = (sentences) =>
  numbered(
    sentences.map((words) => words.map(english.number)),
    longestEnglish,
  );
function data(part) {
  const written = part.map(([, words]) => words.map(french.number));
  const before = written.map((words) => [begin, ...words]);
  const after = written.map((words) => [...words, end]);
  return {
    x: { source: englishOf(part.map(([words]) => words)), target: numbered(before, longest + 1) },
    y: numbered(after, longest + 1),
  };
}

const units = 64;
const [source, target] = [input({ shape: [null], name: "source" }), input({ shape: [null], name: "target" })];
const known = embedding({ inputDim: english.words.length, outputDim: 128, maskZero: true }).apply(source);
const reader = bidirectional(gru({ units, returnSequences: true, returnState: true }));
const [read, forwards, backwards] = reader.apply(dropout({ rate: 0.2 }).apply(known));
const state = concatenate().apply([forwards, backwards]);

// What writes is applied twice: to whole sentences for training, and below to one word at a time.
const embedded = embedding({ inputDim: french.words.length, outputDim: 128, maskZero: true });
const writer = gru({ units: 2 * units, returnSequences: true, returnState: true });
const [attend, both, some] = [attention({ useScale: true }), concatenate(), dropout({ rate: 0.2 })];
const mixed = dense({ units: 2 * units, activation: "tanh" });
const guess = dense({ units: french.words.length, activation: "softmax" });
function write(words, from, memory) {
  const [written, next] = writer.apply([some.apply(embedded.apply(words)), from]);
  const found = attend.apply([written, memory]);
  return { scores: guess.apply(some.apply(mixed.apply(both.apply([written, found])))), state: next };
}
const net = model({ inputs: { source, target }, outputs: write(target, state, read).scores, seed });

const started = performance.now();
const batchSize = 32;
const decaySteps = epochs * Math.ceil(train.length / batchSize);
net.compile({
  optimizer: adam({ learningRate: cosineDecay({ initialLearningRate: 0.003, decaySteps }), clipnorm: 1 }),
  loss: "sparseCategoricalCrossentropy",
  metrics: ["accuracy"],
});
const best = earlyStopping({ monitor: "valLoss", patience: epochs }); // keeps the best epoch's weights
const held = data(validation);
const { history } = await net.fit(data(train), {
  epochs,
  batchSize,
  validationData: [held.x, held.y],
  callbacks: [best],
  verbose: json ? 0 : 1,
});

// Of the same layers: one model that reads a sentence once, and one that writes the next word.
const encoder = model({ inputs: source, outputs: { read, state } });
const last = input({ shape: [null], name: "last" });
const before = input({ shape: [2 * units], name: "before" });
const memory = input({ shape: [null, 2 * units], name: "memory" });
const step = model({ inputs: { last, before, memory }, outputs: write(last, before, masking().apply(memory)) });
for (const part of [encoder, step]) await part.setWeightsFrom(net);

/** French words for English ones, each time the likeliest. */
async function translated(sentences) {
  const { read: memory, state: start } = await encoder.predict(englishOf(sentences), { batchSize: 256 });
  const written = sentences.map(() => [begin]);
  let before = start;
  for (let place = 0; place < 2 * longest; place++) {
    const last = numbered(
      written.map((words) => words.slice(-1)),
      1,
    );
    const next = await step.predict({ last, before, memory }, { batchSize: 256 });
    before = next.state;
    for (const [row, words] of written.entries()) {
      if (words.at(-1) !== end) words.push(likeliest(next.scores, row));
    }
  }
  return written.map((words) => words.filter((word) => word > end).map((word) => french.words[word]));
}

/** The best scored of the words and the end; nothing is gained by writing that a word is unknown. */
function likeliest({ data: scores }, row) {
  const own = scores.subarray(row * french.words.length + end, (row + 1) * french.words.length);
  return end + own.indexOf(Math.max(...own));
}

const written = (await translated(asked.sources)).map(sentenceOf);
report("gru", {
  chrf: chrf(written, asked.references),
  validationLoss: history.valLoss[best.bestEpoch],
  bestEpoch: best.bestEpoch + 1,
  seconds: secondsSince(started),
});
const byWord = asked.sources.map(wordForWord(train)).map(sentenceOf);
const baseline = chrf(byWord, asked.references);
say(`Word for word, each by the one it most likely means (IBM's model 1): chrF ${baseline.toFixed(1)}`);

// Different English may well mean the same French; what training never wrote is the harder part of the test.
const trained = new Set(train.map(([, words]) => sentenceOf(words)));
const fresh = [...asked.sources.keys()].filter((row) => !asked.references[row].some((one) => trained.has(one)));
const freshScore = (texts) => chrf(...[texts, asked.references].map((all) => fresh.map((row) => all[row])));
const harder = fresh.length > 0 ? { gru: freshScore(written), wordForWord: freshScore(byWord) } : undefined;
if (harder) {
  const [ours, theirs] = [harder.gru, harder.wordForWord].map((score) => score.toFixed(1));
  say(`On the ${fresh.length} sentences of which no translation was trained on: ${ours}, word for word ${theirs}`);
}
for (let part = 0; part < 8; part++) {
  const row = Math.floor(((part + 0.5) * written.length) / 8);
  const people = asked.references[row].join(" / ");
  say(`\n  ${sentenceOf(asked.sources[row])}\n    network: ${written[row]}\n    people:  ${people}`);
}
finish({ harder, baselines: { wordForWord: { chrf: baseline } } });
