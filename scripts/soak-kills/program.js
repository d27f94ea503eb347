// A short training with all that has a state, in a folder: begun, or gone on with. Tells when it trains, and at its
// end a sum of every bit it came to. `program.js folder kind`: a name of `subjects`.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { directoryStore } from "../../dist/node.js";
import { subjects } from "./subjects.js";

const [folder, kind] = process.argv.slice(2);
const store = directoryStore(join(folder, "logs"));
const subject = subjects[/** @type {keyof typeof subjects} */ (kind)];
const { model, history } = await subject({
  directory: join(folder, "run"),
  store,
  began: { onTrainBegin: () => void process.stdout.write("training\n") },
});
const sum = createHash("sha256");
const add = (/** @type {ArrayBufferView} */ { buffer, byteOffset, byteLength }) =>
  sum.update(new Uint8Array(buffer, byteOffset, byteLength));
for (const { data } of await model.getWeights()) add(data);
const { iterations, tensors } = await model.getOptimizerState();
for (const { data } of tensors.values()) add(data);
sum.update(JSON.stringify([iterations, history]));
for (const name of (await store.list()).sort()) sum.update((await store.read(name)) ?? "");
process.stdout.write(`end ${sum.digest("hex")}\n`);
process.exit(0);
