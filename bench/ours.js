// One workload on Gruvy, in a process of its own. node bench/ours.js WORKLOAD prints a line about it; with --json for
// programs. A training fits once to compile, once more to warm up, and is then timed: everything that `fit` does.

import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { stopwatch, timedCalls } from "./clock.js";
import { makeData, missing, readData } from "./data.js";
import { compiledModel, firstRows, fitOptions, modelOf } from "./model.js";
import { epochOf, gigaOperations, readsTokens, workloads } from "./workloads.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" }, // folder with the files of data.js; without it the data are made
    epochs: { type: "string" },
    json: { type: "boolean", default: false },
    library: { type: "string", default: fileURLToPath(new URL("../dist/index.js", import.meta.url)) },
    simd: { type: "string", default: "relaxed" }, // "plain": no flag of V8 is touched; "revectorized": 256 bits or nothing
    threads: { type: "string" },
  },
});
const [name] = positionals;
const work = workloads[name];
if (!work) throw new Error(`Usage: node bench/ours.js WORKLOAD, with one of ${Object.keys(workloads).join(", ")}`);
const problem = values.data === undefined ? missing(work) : undefined;
if (problem) throw new Error(`${name}: ${problem}`);

const library = isAbsolute(values.library) ? values.library : join(process.cwd(), values.library);
const gruvy = await import(pathToFileURL(library).href);
const { measureSpeed } = await import(pathToFileURL(join(dirname(library), "engine/doctor/index.js")).href);
const simd = values.simd === "plain" ? {} : gruvy.enableExperimentalSimd();
if (values.simd === "revectorized" && !simd.wide) {
  throw new Error(`Node ${process.versions.node} gives no 256-bit vectors, or they failed their self-test`);
}
if (values.threads) gruvy.setThreads(Number(values.threads));
const cores = gruvy.threadCount();
const vectors = simd.wide ? `, 256-bit vectors, Node ${process.versions.node}` : simd.fma ? ", relaxed SIMD" : "";
const configuration = `${cores} thread${cores === 1 ? "" : "s"}${vectors}`;
const data = values.data === undefined ? await makeData(work) : readData(values.data, name);
const x = new gruvy.Tensor(data.x.shape, data.x.data);
const y = new gruvy.Tensor(data.y.shape, data.y.data);

for (const line of work.predict ? await predictions(work.predict) : [await training()]) {
  const { maxRSS } = process.resourceUsage();
  const { user, system } = process.cpuUsage();
  const all = {
    workload: name,
    configuration,
    ...line,
    memoryMB: Math.round(maxRSS / 1024),
    cpuSeconds: (user + system) / 1e6,
  };
  console.log(values.json ? JSON.stringify(all) : sentence(all));
}
gruvy.closeThreads();

/** Measured at once, while the machine is as it was. */
async function peakNow() {
  return (await measureSpeed(cores, 150)).multiplyAdd;
}

async function training() {
  const model = compiledModel(gruvy, work);
  const options = fitOptions(work);
  const epochs = Number(values.epochs ?? work.epochs);

  let firstStep = Number.NaN;
  const start = performance.now();
  const onBatchEnd = () => {
    if (Number.isNaN(firstStep)) firstStep = performance.now();
  };
  await model.fit(x, y, { ...options, callbacks: [{ onBatchEnd }] });
  await model.fit(x, y, options); // as it is timed: without a callback the engine takes many steps in one go

  const steps = epochs * epochOf(work).steps;
  const clock = stopwatch();
  const { history, cost } = await model.fit(x, y, { ...options, epochs });
  return {
    ...clock(steps),
    steps,
    executedGflop: (2 * cost.multiplyAdds) / steps / 1e9,
    peakGflops: await peakNow(),
    firstStepMs: firstStep - start,
    sinceStartMs: firstStep, // performance.now() counts from the start of the process
    loss: history.loss.at(-1),
  };
}

async function predictions(/** @type {number[]} */ batches) {
  const model = modelOf(gruvy, work);
  const lines = [];
  for (const batch of batches) {
    const part = firstRows(gruvy, data.x, batch);
    const line = { batch, ...(await timedCalls(() => model.predict(part, { batchSize: batch }))) };
    // Of tokens some work is left out, and a prediction does not say how much.
    const executed = readsTokens(work)
      ? {}
      : { executedGflop: gigaOperations(work, batch), peakGflops: await peakNow() };
    lines.push({ ...line, ...executed });
  }
  return lines;
}

function sentence(/** @type {Record<string, any>} */ line) {
  const what = line.batch ? `${name}, batch ${line.batch}` : name;
  const parts = [
    `${line.msPerStep.toFixed(3)} ms a step over ${line.steps}`,
    `first ${line.firstStepMs.toFixed(0)} ms`,
  ];
  return [`${what}: ${parts.join(", ")}`, `${line.memoryMB} MB`, configuration].join(", ");
}
