// Trainings with all kinds of state, each of about forty batches an epoch.

import { join } from "node:path";
import { Tensor } from "../../dist/base/index.js";
import {
  adam,
  add,
  batchNormalization,
  concatenate,
  cosineDecay,
  csvLogger,
  dense,
  dropout,
  earlyStopping,
  embedding,
  exponentialDecay,
  gru,
  input,
  learningRateScheduler,
  linearWarmup,
  lstm,
  model as modelOf,
  reduceLrOnPlateau,
  rmsprop,
  sequential,
  sgd,
} from "../../dist/index.js";
import { checkpoint, modelCheckpoint } from "../../dist/node.js";

/** @typedef {{ directory: string, store: import("../../dist/index.js").Store, began: import("../../dist/index.js").Callback }} Place */

const warn = (/** @type {string} */ text) => void process.stderr.write(`${text}\n`);
const saving = (/** @type {Place} */ { directory }, /** @type {number} */ batches) =>
  checkpoint({ directory, every: { batches }, warn });

/** Numbers in the shape, always the same. */
function wave(/** @type {number[]} */ ...shape) {
  const length = shape.reduce((a, b) => a * b);
  return new Tensor(
    shape,
    Float32Array.from({ length }, (_, i) => Math.fround(((i * 48271) % 1009) / 504 - 1)),
  );
}

/** Tokens, some rows padded in front. */
function words(/** @type {number} */ rows, /** @type {number} */ steps) {
  const token = (/** @type {number} */ i) => (i % steps < Math.floor(i / steps) % 5 ? 0 : 1 + ((i * 48271) % 29));
  return new Tensor(
    [rows, steps],
    Int32Array.from({ length: rows * steps }, (_, i) => token(i)),
  );
}

export const subjects = {
  "dropout, shuffling, plateau, patience, a log": async (/** @type {Place} */ place) => {
    const model = sequential([
      gru({ units: 9, dropout: 0.2, recurrentDropout: 0.1 }),
      dropout({ rate: 0.1 }),
      dense({ units: 1 }),
    ]);
    const optimizer = adam({ learningRate: 0.02, amsgrad: true });
    model.compile({ optimizer, loss: "meanSquaredError", metrics: ["mae"] });
    const kept = saving(place, 4);
    const history = await model.fit(wave(203, 9, 3), wave(203, 1), {
      epochs: 5,
      batchSize: 8,
      validationSplit: 0.2,
      callbacks: [
        place.began,
        reduceLrOnPlateau({ factor: 0.5, patience: 1, minDelta: 0.1 }),
        earlyStopping({ patience: 3, minDelta: 0.01 }),
        csvLogger(place.store, "log.csv"),
        kept,
      ],
      resumeFrom: kept,
    });
    return { model, history };
  },
  "kept states, a schedule, averaged weights": async (/** @type {Place} */ place) => {
    const model = sequential([
      input({ shape: [6, 3], batchSize: 8 }),
      lstm({ units: 7, stateful: true, returnSequences: true, dropout: 0.1 }),
      gru({ units: 5, stateful: true }),
      dense({ units: 1 }),
    ]);
    const decay = cosineDecay({ initialLearningRate: 0.02, decaySteps: 100 });
    const learningRate = linearWarmup({ learningRate: decay, warmupSteps: 10 });
    const optimizer = rmsprop({ learningRate, momentum: 0.9, useEma: true, emaOverwriteFrequency: 7 });
    model.compile({ optimizer, loss: "huber" });
    const kept = saving(place, 3);
    const history = await model.fit(wave(200, 6, 3), wave(200, 1), {
      epochs: 5,
      shuffle: false,
      validationSplit: 0.2,
      callbacks: [place.began, earlyStopping({ patience: 2 }), kept],
      resumeFrom: kept,
    });
    // The states kept are no weights: they show in what the model answers next.
    const { data } = await model.predict(wave(8, 6, 3));
    return { model, history: [history, Array.from(data)] };
  },
  "two inputs and outputs, accumulation, batch statistics, weights of rows": async (/** @type {Place} */ place) => {
    const series = input({ shape: [null, 3], name: "series" });
    const text = input({ shape: [7], name: "text" });
    const read = gru({ units: 6, dropout: 0.2 }).apply(
      embedding({ inputDim: 30, outputDim: 5, maskZero: true }).apply(text),
    );
    const seen = batchNormalization().apply(gru({ units: 6 }).apply(series));
    const both = dropout({ rate: 0.2 }).apply(concatenate().apply([add().apply([read, seen]), seen]));
    const amount = dense({ units: 1 }).apply(both);
    const sold = dense({ units: 1, activation: "sigmoid" }).apply(both);
    const model = modelOf({ inputs: [series, text], outputs: { amount, sold } });
    const learningRate = exponentialDecay({ initialLearningRate: 0.02, decaySteps: 20, decayRate: 0.9 });
    model.compile({
      optimizer: adam({ learningRate, gradientAccumulationSteps: 3, globalClipnorm: 1 }),
      loss: { amount: "mse", sold: "binaryCrossentropy" },
      metrics: { sold: ["accuracy", "auc"] },
    });
    const kept = saving(place, 4);
    const filepath = join(place.directory, "..", "logs", "best.gruvy");
    const y = {
      amount: wave(160, 1),
      sold: new Tensor(
        [160, 1],
        wave(160, 1)
          .data.map(Math.sign)
          .map((s) => (s + 1) / 2),
      ),
    };
    const history = await model.fit([wave(160, 9, 3), words(160, 7)], y, {
      epochs: 5,
      batchSize: 8,
      validationSplit: 0.2,
      sampleWeight: wave(160).data.map((value) => value + 1),
      callbacks: [place.began, modelCheckpoint({ filepath, saveBestOnly: true }), kept],
      resumeFrom: kept,
    });
    return { model, history };
  },
  "a stream of batches, rates that each epoch takes from the last": async (/** @type {Place} */ place) => {
    const model = sequential([
      input({ shape: [null, 2] }),
      lstm({ units: 6, recurrentDropout: 0.2 }),
      dense({ units: 1 }),
    ]);
    model.compile({ optimizer: sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }), loss: "mse" });
    const batches = Array.from({ length: 30 }, (_, i) => ({
      x: wave(3 + (i % 4), 5 + (i % 3), 2),
      y: wave(3 + (i % 4), 1),
    }));
    const kept = saving(place, 2);
    const stream = { [Symbol.iterator]: () => batches[Symbol.iterator]() };
    const history = await model.fit(stream, {
      epochs: 5,
      callbacks: [
        place.began,
        learningRateScheduler((/** @type {number} */ epoch, /** @type {number} */ rate) =>
          epoch === 1 ? 0.1 : rate * 0.9,
        ),
        csvLogger(place.store, "log.csv"),
        kept,
      ],
      resumeFrom: kept,
    });
    return { model, history };
  },
};
