// node bench/tuning/reviews.js [--rows 5000] [--length 80] [--test 10000] [--record]: what tuning is worth on a fixed
// subset of the movie reviews. Hyperband searches the first reviews of the training part; then the best configuration and
// the default are trained anew from five fresh seeds, and meet on reviews of the test part that nothing has seen. Some
// minutes of processor time; GRUVY_DATA names a folder with the reviews, or they are fetched.

import { parseArgs } from "node:util";
import { adam, dense, earlyStopping, embedding, enableExperimentalSimd, gru, sequential, Tensor } from "gruvy";
import { pairedBootstrap } from "gruvy/evaluation";
import { imdb } from "gruvy/node";
import { meanInterval } from "gruvy/tasks";
import { HyperParameters, hyperband } from "gruvy/tuning";
import { record } from "./record.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "5000" },
    length: { type: "string", default: "80" },
    test: { type: "string", default: "10000" },
    record: { type: "boolean", default: false },
  },
});
const [rows, maxLength, testRows] = [Number(values.rows), Number(values.length), Number(values.test)];
const epochs = 10;
const seeds = [1, 2, 3, 4, 5];

enableExperimentalSimd();
const { train, test } = await imdb({ numWords: 10_000, maxLength, say: console.log });
const first = ({ x, y }, count) => ({
  x: new Tensor([count, maxLength], x.data.slice(0, count * maxLength)),
  y: new Tensor([count], y.data.slice(0, count)),
});
const [learn, held] = [first(train, rows), first(test, testRows)];

/** The default: 128 units, as `gruvy train` has for texts, and Keras's learning rate. */
const buildModel =
  (seed = 0) =>
  (hp) => {
    const model = sequential(
      [
        embedding({ inputDim: 10_000, outputDim: hp.choice("outputDim", [16, 32, 64], { default: 64 }) }),
        gru({
          units: hp.choice("units", [16, 32, 64, 128], { default: 128 }),
          dropout: hp.float("dropout", { minValue: 0, maxValue: 0.5 }),
        }),
        dense({ units: 1, activation: "sigmoid" }),
      ],
      { seed },
    );
    const learningRate = hp.float("learningRate", { minValue: 1e-4, maxValue: 1e-1, sampling: "log", default: 1e-3 });
    model.compile({ optimizer: adam({ learningRate }), loss: "binaryCrossentropy", metrics: ["accuracy"] });
    return { model, fit: { batchSize: hp.choice("batchSize", [16, 32, 64], { default: 64 }) } };
  };

const started = process.cpuUsage().user;
const tuner = hyperband(buildModel(), { objective: "valAccuracy", maxEpochs: epochs, factor: 3 });
await tuner.search(learn, {
  validationSplit: 0.2,
  onEvent({ type, trial, best }) {
    if (type === "trialEnd")
      console.log(`trial ${trial.id}: ${trial.objective?.toFixed(4)}, best ${best?.objective?.toFixed(4)}`);
  },
});
const [best] = await tuner.getBestHyperparameters();
const { space } = best;
const usual = Object.fromEntries(space.map((parameter) => [parameter.name, parameter.default]));

/** The mistakes on the test reviews from each seed: 1 wrong, 0 right. */
async function mistakes(configuration) {
  const all = [];
  for (const seed of seeds) {
    const { model, fit } = buildModel(seed)(configuration);
    const kept = earlyStopping({ monitor: "valAccuracy", patience: epochs });
    await model.fit(learn, { epochs, validationSplit: 0.2, callbacks: [kept], ...fit });
    const { data } = await model.predict(held.x, { batchSize: 256 });
    all.push(Float64Array.from(data, (p, i) => (p >= 0.5 === (held.y.data[i] === 1) ? 0 : 1)));
    model.dispose();
  }
  return all;
}
const found = await mistakes(best);
const before = await mistakes(new HyperParameters(space, usual));
const accuracy = (wrong) => 1 - wrong.reduce((sum, one) => sum + one / wrong.length, 0);
// Over the seeds, and over the reviews: each says what the other leaves out.
const bySeed = meanInterval(found.map((wrong, i) => accuracy(wrong) - accuracy(before[i])));
const rate = (all) => Float64Array.from(all[0], (_, i) => all.reduce((sum, wrong) => sum + wrong[i] / all.length, 0));
const byReview = pairedBootstrap(rate(before), rate(found));
const result = {
  rows,
  maxLength,
  testRows,
  epochs,
  trials: (await tuner.trials()).length,
  values: best.values,
  usual,
  accuracies: found.map(accuracy),
  usualAccuracies: before.map(accuracy),
  bySeed,
  byReview,
  cpuSeconds: (process.cpuUsage().user - started) / 1e6,
};
console.log(JSON.stringify(result, null, 1));
if (values.record) await record("reviews", result);
process.exit();
