// node bench/tuning/reviews.js [--rows 5000] [--length 80] [--test 10000] [--seeds 5] [--record]: what tuning is worth on
// a fixed subset of the movie reviews. `tune` searches the first reviews of the training part with Hyperband, and trains
// the best three and the default anew from fresh seeds. It scores its winner on the test part; here all of these
// trainings are, so that the difference has an interval. GRUVY_DATA names the folder with the reviews.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { enableExperimentalSimd } from "gruvy";
import { openTable } from "gruvy/node";
import { decodeModel, meanInterval, tunable } from "gruvy/tasks";
import { memoryLedger, trialsOf, tune } from "gruvy/tuning";
import { record } from "./record.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "5000" },
    length: { type: "string", default: "80" },
    test: { type: "string", default: "10000" },
    seeds: { type: "string", default: "5" },
    record: { type: "boolean", default: false },
  },
});
const [rows, maxLength, testRows, finalSeeds] = ["rows", "length", "test", "seeds"].map((name) => Number(values[name]));
const maxEpochs = 10;
if (process.env.GRUVY_DATA === undefined) throw new Error("Set GRUVY_DATA to the folder of imdb-train.csv.gz");

enableExperimentalSimd();
async function first(/** @type {"train" | "test"} */ part, /** @type {number} */ count) {
  const table = await openTable(join(String(process.env.GRUVY_DATA), `imdb-${part}.csv.gz`));
  const [texts, labels] = ["review", "label"].map((name) => table.column(name).values);
  return { texts: texts.slice(0, count), labels: labels.slice(0, count) };
}
const data = /** @type {const} */ ({
  kind: "texts",
  name: "reviews",
  source: "imdb",
  train: await first("train", rows),
  test: await first("test", testRows),
});

const started = process.cpuUsage().user;
const ledger = memoryLedger();
const { finals, verdict, objective } = await tune(data, {
  maxLength,
  units: { values: [16, 32, 64, 128] },
  dropout: { minValue: 0, maxValue: 0.5 },
  learningRate: { minValue: 1e-4, maxValue: 1e-1, sampling: "log" },
  batchSize: { values: [16, 32, 64] },
  maxEpochs,
  finalSeeds,
  openLedger: async () => ledger,
  onPlan: (lines) => console.log(lines.join("\n")),
  onEvent(event) {
    if (event.type !== "trialEnd") return;
    const { trial, best } = event;
    console.log(`trial ${trial.id}: ${trial.objective?.toFixed(4)}, best ${best?.objective?.toFixed(4)}`);
  },
  onFinal: ({ name }, seed, score) => console.log(`${name}, seed ${seed}: ${score.toFixed(4)}`),
});
const prepared = tunable(data, { maxLength });

/** The accuracy of each training of a finalist on the test part. */
async function tested(/** @type {import("gruvy/tuning").FinalResult} */ { name, values, scores }) {
  const found = [];
  for (const { seed } of scores) {
    const file = `finals/${name.replace(/ /g, "-")}-seed-${seed}.gruvy`;
    const bytes = await ledger.files.read(file);
    if (bytes === undefined) throw new Error(`${file} is missing`);
    const model = await decodeModel(bytes, file);
    found.push(Number((await prepared.score(model, { ...prepared.defaults, cell: "gru", ...values })).test.accuracy));
    model.dispose();
  }
  return found;
}
const all = [];
for (const { name, values, scores, ...validation } of finals) {
  all.push({ name, values, validation, accuracies: await tested({ name, values, scores, ...validation }) });
}
const usual = all.find(({ name }) => name === "default");
const differences = all[0].accuracies.map((accuracy, i) => accuracy - Number(usual?.accuracies[i]));
const result = {
  rows,
  maxLength,
  testRows,
  maxEpochs,
  trials: trialsOf(ledger.records(), objective.direction).length,
  finals: all,
  verdict,
  difference: all[0] === usual ? undefined : meanInterval(differences),
  cpuSeconds: (process.cpuUsage().user - started) / 1e6,
};
console.log(JSON.stringify(result, null, 1));
if (values.record) await record("reviews", result);
process.exit();
