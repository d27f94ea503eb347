// A short search in a folder: begun, or gone on with. Tells every epoch that is kept, every trial that has ended and
// every worker that is lost; at the message "kill" it ends one of its engine's threads, as the system might.

import { randomInt } from "node:crypto";
import {
  adam,
  dense,
  earlyStopping,
  gru,
  input,
  reduceLrOnPlateau,
  sequential,
  setThreads,
  sine,
  windows,
} from "../../dist/index.js";
import { hyperband, randomSearch } from "../../dist/tuning/index.js";

const [directory, workers] = process.argv.slice(2);
const threads = process.getBuiltinModule("node:worker_threads");
/** @type {import("node:worker_threads").Worker[]} */
const started = [];
threads.Worker = class extends threads.Worker {
  constructor(/** @type {ConstructorParameters<typeof threads.Worker>} */ ...args) {
    super(...args);
    started.push(this);
  }
};
process.on("message", () => {
  const alive = started.filter(({ threadId }) => threadId > 0);
  if (alive.length > 0) alive[randomInt(alive.length)].terminate();
});
const say = (/** @type {(string | number | undefined)[]} */ ...words) => process.stdout.write(`${words.join(" ")}\n`);

setThreads(Number(workers));
const build = (/** @type {import("../../dist/tuning/index.js").HyperParameters} */ hp) => {
  const units = hp.int("units", { minValue: 2, maxValue: 9 });
  const model = sequential([input({ shape: [4, 1] }), gru({ units, dropout: 0.1 }), dense({ units: 1 })]);
  const learningRate = hp.float("learningRate", { minValue: 1e-3, maxValue: 0.1, sampling: "log" });
  model.compile({ optimizer: adam({ learningRate }), loss: "meanSquaredError" });
  return model;
};
const study = { objective: "valLoss", directory, projectName: "study" };
const tuner =
  workers === "1" ? hyperband(build, { ...study, maxEpochs: 9 }) : randomSearch(build, { ...study, maxTrials: 12 });
const ending = await tuner.search(windows(sine().values.subarray(0, 200), { window: 4 }), {
  validationSplit: 0.2,
  epochs: 5,
  workers: Number(workers),
  callbacks: () => [reduceLrOnPlateau({ patience: 1, minDelta: 0.1 }), earlyStopping({ patience: 2 })],
  onEvent: (event) => {
    if (event.type === "epoch") say("epoch", event.trial.id, event.epoch, event.logs.valLoss);
    if (event.type === "lost") say("lost", event.trial.id);
    if (event.type === "trialEnd") say("end", event.trial.id, event.trial.objective);
  },
});
say(ending);
process.exit(0);
