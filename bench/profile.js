// Where the time of a workload goes, kernel by kernel: node bench/profile.js WORKLOAD [--seconds 3] [--simd plain].
// V8's profiler looks at every thread ten times a millisecond; programs are given the names of their functions for it.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import workerThreads from "node:worker_threads";
import { makeData } from "./data.js";
import { compiledModel, firstRows, fitOptions, modelOf } from "./model.js";
import { epochOf, gigaOperations, workloads } from "./workloads.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    library: { type: "string", default: new URL("../dist", import.meta.url).pathname },
    seconds: { type: "string", default: "3" },
    simd: { type: "string", default: "relaxed" },
    threads: { type: "string" },
  },
});
const [name] = positionals;
const work = workloads[name];
if (!work) throw new Error(`Usage: node bench/profile.js WORKLOAD, with one of ${Object.keys(workloads).join(", ")}`);

const folder = mkdtempSync(join(tmpdir(), "gruvy-profile-"));
const profiled = ["--cpu-prof", "--cpu-prof-interval", "100", "--cpu-prof-dir", folder];
const { Worker } = workerThreads;
workerThreads.Worker = class extends Worker {
  constructor(/** @type {URL} */ file, /** @type {object} */ options) {
    super(file, { ...options, execArgv: profiled });
  }
};
syncBuiltinESMExports();

const open = (/** @type {string} */ file) => import(pathToFileURL(join(values.library, file)).href);
const { Module } = await open("engine/wasm/index.js");
const { finish } = Module.prototype;
Module.prototype.finish = function (/** @type {unknown} */ own) {
  return Uint8Array.from([...finish.call(this, own), ...namesOf(this.named)]);
};

/** A module's name section: the names of its functions. */
function namesOf(/** @type {Map<string, { index: number }>} */ named) {
  const unsigned = (/** @type {number} */ value) => {
    const bytes = [];
    for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
    return [...bytes, value];
  };
  const sized = (/** @type {number[]} */ bytes) => [...unsigned(bytes.length), ...bytes];
  const entries = [...named].flatMap(([text, { index }]) => [...unsigned(index), ...sized([...Buffer.from(text)])]);
  return [0, ...sized([...sized([...Buffer.from("name")]), 1, ...sized([...unsigned(named.size), ...entries])])];
}

const gruvy = await open("index.js");
if (values.simd !== "plain") gruvy.enableExperimentalSimd();
if (values.threads) gruvy.setThreads(Number(values.threads));
const { measureSpeed } = await open("engine/doctor/index.js");
const peak = (await measureSpeed(gruvy.threadCount())).multiplyAdd;
await end(); // they have been profiled, too
const data = await makeData(work);
const x = new gruvy.Tensor(data.x.shape, data.x.data);
const y = new gruvy.Tensor(data.y.shape, data.y.data);
const model = work.predict ? modelOf(gruvy, work) : compiledModel(gruvy, work);
for (const file of readdirSync(folder)) rmSync(join(folder, file));
const { steps, milliseconds, operations, ended } = work.predict ? await predicted(work.predict[0]) : await trained();
await end();

/** Ends the threads, which write down their profiles. */
async function end() {
  gruvy.closeThreads();
  await new Promise((resolve) => setTimeout(resolve, 500));
}

async function trained() {
  const options = fitOptions(work);
  await model.fit(x, y, options);
  const begin = performance.now();
  await model.fit(x, y, options);
  const epochs = Math.max(1, Math.round((1000 * Number(values.seconds)) / (performance.now() - begin)));
  const start = performance.now();
  const { cost } = await model.fit(x, y, { ...options, epochs });
  const count = epochs * epochOf(work).steps;
  return { ...since(start, count), operations: (2 * cost.multiplyAdds) / count / 1e9 };
}

async function predicted(/** @type {number} */ batch) {
  const part = firstRows(gruvy, data.x, batch);
  await model.predict(part, { batchSize: batch });
  const start = performance.now();
  let calls = 0;
  for (; performance.now() - start < 1000 * Number(values.seconds); calls++) {
    await model.predict(part, { batchSize: batch });
  }
  return { ...since(start, calls), operations: gigaOperations(work, batch) };
}

/** Profiles count microseconds on the clock of the system, as `hrtime` does. */
function since(/** @type {number} */ start, /** @type {number} */ steps) {
  return { steps, milliseconds: performance.now() - start, ended: Number(process.hrtime.bigint()) / 1000 };
}

/** Which kind of work a function does. */
function kindOf(/** @type {string} */ text, /** @type {string} */ url) {
  if (!url.startsWith("wasm")) return text === "(idle)" ? "waiting for a call" : "JavaScript";
  if (/^(product|windowProduct|productPart|outer)/.test(text)) return "products";
  if (/Step|Gates|Blend/.test(text)) return "gates";
  if (/^(barrier|sleep)/.test(text)) return "barriers";
  return "other kernels";
}

/** @type {Map<string, { kind: string, time: number }>} */
const found = new Map();
let threads = 0;
for (const file of readdirSync(folder)) {
  const profile = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const frames = new Map(profile.nodes.map((/** @type {any} */ node) => [node.id, node.callFrame]));
  let at = profile.startTime;
  threads++;
  profile.samples.forEach((/** @type {number} */ id, /** @type {number} */ i) => {
    at += profile.timeDeltas[i];
    if (at < ended - 1000 * milliseconds || at > ended) return;
    const { functionName, url } = frames.get(id);
    const kind = kindOf(functionName, url);
    const entry = found.get(`${kind} ${functionName}`) ?? { kind, time: 0 };
    entry.time += profile.timeDeltas[i];
    found.set(`${kind} ${functionName}`, entry);
  });
}
rmSync(folder, { recursive: true });

/** Milliseconds of wall time in a step, had all threads done this and nothing else. */
const share = (/** @type {number} */ time) => time / 1000 / threads / steps;
console.log(
  `${name}: ${(milliseconds / steps).toFixed(3)} ms a step on ${threads} threads; ${operations.toFixed(4)} GFLOP of products a step; ` +
    `the peak of multiply-adds is ${peak.toFixed(0)} GFLOP/s, at which they would take ${((1000 * operations) / peak).toFixed(3)} ms`,
);
const totals = /** @type {Record<string, number>} */ ({});
for (const { kind, time } of found.values()) totals[kind] = (totals[kind] ?? 0) + time;
for (const [kind, total] of Object.entries(totals).sort(([, a], [, b]) => b - a)) {
  const rate = kind === "products" ? `, ${((1000 * operations) / share(total)).toFixed(0)} GFLOP/s` : "";
  console.log(`${share(total).toFixed(4).padStart(9)} ms ${kind}${rate}`);
  for (const [key, { kind: own, time }] of [...found].sort(([, a], [, b]) => b.time - a.time)) {
    if (own === kind && time > 0.004 * milliseconds * 1000 * threads)
      console.log(`${share(time).toFixed(4).padStart(17)}   ${key.slice(kind.length + 1)}`);
  }
}
