// Adding two numbers read as characters: one network reads "535+61", another writes "596", digit by digit.
//
//     npm run example addition
//     npm run example addition -- --epochs 2 --rows 5000
//
// Nobody tells the network what a digit is, what comes before what, or that there is a carry: it is shown sums and their
// answers as strings of characters. The questions of the test were never seen in training, in neither order.

import { adam, cosineDecay, dense, embedding, gru, repeatVector, sequential, tensor, timeDistributed } from "gruvy";
import { program, secondsSince } from "./support/program.js";

const {
  seed,
  epochs,
  rows: wanted = 45_000,
  json,
  say,
  report,
  finish,
} = program({
  name: "addition",
  epochs: 30,
  options: ["rows"],
  models: { gru: { testAccuracy: ".99 (an LSTM of 128 units on 45,000 questions, after some 30 epochs)" } },
});

const digits = 3;
const characters = "0123456789+ ";
const questionLength = 2 * digits + 1;
const answerLength = digits + 1;
const [trained, tested] = [wanted, 5_000];

const started = performance.now();
const questions = drawQuestions(trained + tested);
const rows = (from, to, length, text) => {
  const part = questions.slice(from, to);
  const data = new Int32Array(part.length * length);
  part.forEach((question, row) => {
    [...text(question)].forEach((character, place) => {
      data[row * length + place] = characters.indexOf(character);
    });
  });
  return tensor(data, [part.length, length]);
};
const data = (from, to) => ({
  x: rows(from, to, questionLength, ({ a, b }) => asked(a, b)),
  y: rows(from, to, answerLength, ({ a, b }) => String(a + b).padEnd(answerLength)),
});
const train = data(0, trained);
const test = data(trained, trained + tested);
say(`Sums of two numbers of up to ${digits} digits: ${trained} questions to train on, ${tested} to test`);

// The last state of the first network is all that the second gets to know of the question; it sees it at every step.
const model = sequential(
  [
    embedding({ inputDim: characters.length, outputDim: characters.length }),
    gru({ units: 128 }),
    repeatVector(answerLength),
    gru({ units: 128, returnSequences: true }),
    timeDistributed(dense({ units: characters.length, activation: "softmax" })),
  ],
  { seed },
);
const batchSize = 64;
const decaySteps = epochs * Math.ceil(trained / batchSize);
model.compile({
  optimizer: adam({ learningRate: cosineDecay({ initialLearningRate: 0.003, decaySteps }) }),
  loss: "sparseCategoricalCrossentropy",
  metrics: ["accuracy"],
});
await model.fit(train, { epochs, batchSize, verbose: json ? 0 : 1 });

const { loss, accuracy } = await model.evaluate(test);
report("gru", { testLoss: loss, testAccuracy: accuracy, seconds: secondsSince(started) });

const written = await answers(test.x);
const right = written.filter((answer, row) => Number(answer) === sumOf(row)).length;
say(`Of the test's digits ${(100 * accuracy).toFixed(2)} % are right, and ${right} of its ${tested} answers whole.`);
for (const row of [0, 1, 2, 3, 4]) {
  const { a, b } = questions[trained + row];
  say(`  ${a} + ${b} = ${written[row]}${Number(written[row]) === a + b ? "" : `, not ${a + b}`}`);
}
// The digit that comes most often in each place: what one gets without reading the question.
const commonest = commonestDigits();
say(`Baseline, the commonest character of each place: ${(100 * commonest).toFixed(1)} % of the digits`);
finish({ wholeAnswers: right / tested, baselines: { commonest: { testAccuracy: commonest } } });

/** As the network reads it: the last digits first, so that those that are added stand close to where it starts. */
function asked(a, b) {
  return [...`${a}+${b}`.padEnd(questionLength)].reverse().join("");
}

function sumOf(row) {
  const { a, b } = questions[trained + row];
  return a + b;
}

/** Different questions, in an order that follows the seed; b + a counts as a + b. */
function drawQuestions(count) {
  const random = generator(seed + 1);
  const seen = new Set();
  const drawn = [];
  while (drawn.length < count) {
    const [a, b] = [number(random), number(random)];
    const key = a < b ? `${a}+${b}` : `${b}+${a}`;
    if (seen.has(key)) continue;
    seen.add(key);
    drawn.push({ a, b });
  }
  return drawn;
}

/** As many digits as any other number of them, so that short numbers are not rare. */
function number(random) {
  const length = 1 + Math.floor(random() * digits);
  return Math.floor(random() * 10 ** length);
}

/** The same numbers on every machine (Mulberry32). */
function generator(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function answers(x) {
  const { data: scores } = await model.predict(x, { batchSize: 256 });
  const width = characters.length;
  return Array.from({ length: x.shape[0] }, (_, row) =>
    Array.from({ length: answerLength }, (_, place) => {
      const from = (row * answerLength + place) * width;
      const own = scores.subarray(from, from + width);
      return characters[own.indexOf(Math.max(...own))];
    })
      .join("")
      .trim(),
  );
}

function commonestDigits() {
  const shares = Array.from({ length: answerLength }, (_, place) => {
    const counts = (y) => {
      const found = new Array(characters.length).fill(0);
      for (let row = 0; row < y.shape[0]; row++) found[y.data[row * answerLength + place]]++;
      return found;
    };
    const common = counts(train.y);
    return counts(test.y)[common.indexOf(Math.max(...common))] / tested;
  });
  return shares.reduce((sum, share) => sum + share, 0) / answerLength;
}
