// A GRU learns to write like Shakespeare, one character after another.
//
//     GRUVY_DATA=<folder with tinyshakespeare.txt> npm run example shakespeare
//     npm run example shakespeare -- --epochs 2 --out shakespeare.gruvy
//
// At every place of a text the network guesses the character that comes next. How good it is says the cross-entropy: the
// surprise at what really comes, in nats; 0 would be to know it always, and with the 65 characters equally likely it
// would be 4.17. The last tenth of the text is never trained on.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { adam, cosineDecay, dense, embedding, gru, input, sequential, tensor } from "gruvy";
import { program, secondsSince } from "./support/program.js";

const {
  seed,
  epochs,
  rows = Number.POSITIVE_INFINITY,
  json,
  say,
  report,
  finish,
} = program({
  name: "shakespeare",
  epochs: 12,
  options: ["rows"],
  models: { gru: { testLoss: "1.47 (an LSTM of three layers of 512 units, by Karpathy's char-rnn)" } },
});

const file = join(process.env.GRUVY_DATA ?? ".", "tinyshakespeare.txt");
if (!existsSync(file)) {
  console.error(`shakespeare: ${file} is missing. Set GRUVY_DATA to the folder that holds tinyshakespeare.txt.`);
  process.exit(2);
}
const text = readFileSync(file, "utf8");
const characters = [...new Set(text)].sort();
const number = new Map(characters.map((character, index) => [character, index]));
const codes = Int32Array.from(text, (character) => number.get(character));
const firstTest = Math.floor(0.9 * codes.length);
const batchSize = 64;
say(`${codes.length} characters, ${characters.length} different; the last ${codes.length - firstTest} are the test\n`);

/** Stretches of so many characters, and beside each character the one that follows. */
function stretches(from, to, length) {
  const count = Math.min(rows, Math.floor((to - from - 1) / length));
  const part = (shift) => tensor(codes.slice(from + shift, from + shift + count * length), [count, length]);
  return { x: part(0), y: part(1) };
}
const train = stretches(0, firstTest, 100);
const test = stretches(firstTest, codes.length, 1000);

/** `stateful` for one text that is read piece by piece, so that each goes on where the one before ended. */
function reader(stateful) {
  const options = { units: 256, returnSequences: true, stateful };
  return sequential(
    [
      input({ shape: [null], ...(stateful ? { batchSize: 1 } : {}) }),
      embedding({ inputDim: characters.length, outputDim: 64 }),
      gru(options),
      gru({ ...options, dropout: 0.2 }),
      dense({ units: characters.length, activation: "softmax" }),
    ],
    { seed },
  );
}

const started = performance.now();
const model = reader(false);
const decaySteps = epochs * Math.ceil(train.x.shape[0] / batchSize);
model.compile({
  optimizer: adam({ learningRate: cosineDecay({ initialLearningRate: 0.004, decaySteps }), clipnorm: 1 }),
  loss: "sparseCategoricalCrossentropy",
  metrics: ["accuracy"],
});
await model.fit(train, { epochs, batchSize, verbose: json ? 0 : 1 });

const stream = reader(true);
await stream.setWeights(await model.getWeights());
stream.compile({ loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
const { loss, accuracy } = await stream.evaluate(test, { batchSize: 1 });
report("gru", { testLoss: loss, testAccuracy: accuracy, seconds: secondsSince(started) });

const counts = new Float64Array(characters.length).fill(1);
for (const code of codes.subarray(0, firstTest)) counts[code]++;
const all = counts.reduce((sum, count) => sum + count, 0);
const alone = entropy(
  () => counts,
  () => all,
);
const pairs = Array.from(characters, () => new Float64Array(characters.length).fill(1));
for (let i = 1; i < firstTest; i++) pairs[codes[i - 1]][codes[i]]++;
const sums = pairs.map((row) => row.reduce((sum, count) => sum + count, 0));
const afterOne = entropy(
  (before) => pairs[before],
  (before) => sums[before],
);
say(
  `Baselines: how often each character comes ${alone.toFixed(3)}, how often after the one before ${afterOne.toFixed(3)}`,
);
const first = text.slice(firstTest, firstTest + 60);
say(
  `\nIt goes on where the test begins, each character drawn as the network expects it:\n\n${await written(first, 300)}`,
);
finish({ baselines: { alone: { testLoss: alone }, afterOne: { testLoss: afterOne } } });

/** The mean surprise at the test's characters. */
function entropy(countsAfter, sumAfter) {
  let sum = 0;
  for (let i = firstTest + 1; i < codes.length; i++) {
    sum -= Math.log(countsAfter(codes[i - 1])[codes[i]] / sumAfter(codes[i - 1]));
  }
  return sum / (codes.length - firstTest - 1);
}

async function written(start, count) {
  let state = seed + 1;
  const random = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x3d4d51cb;
    return (state >>> 8) / 2 ** 24;
  };
  const found = Array.from(start, (character) => number.get(character));
  await stream.resetState();
  for (let place = 0; place < start.length + count; place++) {
    const { data: scores } = await stream.predict([[found[place]]], { batchSize: 1 });
    if (place < found.length - 1) continue;
    let left = random();
    let drawn = 0;
    while (drawn < characters.length - 1 && left >= scores[drawn]) left -= scores[drawn++];
    found.push(drawn);
  }
  return found.map((code) => characters[code]).join("");
}
