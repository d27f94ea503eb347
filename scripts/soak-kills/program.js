// A short training with all that has a state, in a folder: begun, or gone on with. Tells when it trains, and at its
// end a sum of every bit it came to.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { Tensor } from "../../dist/base/index.js";
import {
  adam,
  csvLogger,
  dense,
  dropout,
  earlyStopping,
  gru,
  reduceLrOnPlateau,
  sequential,
} from "../../dist/index.js";
import { checkpoint, directoryStore } from "../../dist/node.js";

const [folder] = process.argv.slice(2);
const rows = 203;
const wave = (/** @type {number} */ length) =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7) + Math.sin(i * i));
const x = new Tensor([rows, 9, 3], wave(rows * 27));
const y = new Tensor([rows, 1], wave(rows));
const model = sequential([
  gru({ units: 9, dropout: 0.2, recurrentDropout: 0.1 }),
  dropout({ rate: 0.1 }),
  dense({ units: 1 }),
]);
model.compile({ optimizer: adam({ learningRate: 0.02, amsgrad: true }), loss: "meanSquaredError", metrics: ["mae"] });
const store = directoryStore(join(folder, "logs"));
const saving = checkpoint({
  directory: join(folder, "run"),
  every: { batches: 4 },
  warn: (text) => process.stderr.write(`${text}\n`),
});
const history = await model.fit(x, y, {
  epochs: 5,
  batchSize: 8,
  validationSplit: 0.2,
  callbacks: [
    { onTrainBegin: () => void process.stdout.write("training\n") },
    reduceLrOnPlateau({ factor: 0.5, patience: 1, minDelta: 0.1 }),
    earlyStopping({ patience: 3, minDelta: 0.01 }),
    csvLogger(store, "log.csv"),
    saving,
  ],
  resumeFrom: saving,
});
const sum = createHash("sha256");
for (const { data } of await model.getWeights())
  sum.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
const { iterations, tensors } = await model.getOptimizerState();
for (const { data } of tensors.values()) sum.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
sum.update(JSON.stringify([iterations, history]));
sum.update((await store.read("log.csv")) ?? "");
process.stdout.write(`end ${sum.digest("hex")}\n`);
process.exit(0);
