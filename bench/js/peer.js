// What the scripts of the JavaScript peers share: node bench/js/PEER.js WORKLOAD --data FOLDER [--options JSON] prints
// a line of JSON for each measurement.

import { parseArgs } from "node:util";
import { stopwatch, timedCalls } from "../clock.js";
import { makeData, readData } from "../data.js";
import { workloads } from "../workloads.js";

/** Runs the workload of the command line: `run(work, { x, y }, options)` gives the lines. */
export async function main(peer, run) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { data: { type: "string" }, epochs: { type: "string" }, options: { type: "string", default: "{}" } },
  });
  const [name] = positionals;
  const work = { ...workloads[name] };
  if (values.epochs) work.epochs = Number(values.epochs);
  const data = values.data === undefined ? await makeData(work) : readData(values.data, name);
  for (const line of await run(work, data, JSON.parse(values.options))) {
    const memoryMB = Math.round(process.resourceUsage().maxRSS / 1024);
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ workload: name, peer, ...line, memoryMB, cpuSeconds: (user + system) / 1e6 }));
  }
  process.exit(0);
}

/** The first batches of a workload, `count` of them, as typed arrays. */
export function firstBatches(work, { x, y }, count) {
  const width = x.data.length / work.rows;
  return Array.from({ length: count }, (_, i) => {
    const from = i * work.batch;
    const to = Math.min(work.rows, from + work.batch);
    return { rows: to - from, x: x.data.slice(from * width, to * width), y: y.data.slice(from, to) };
  });
}

/** Trains step by step, in turn on the given batches; the first two steps warm up. */
export async function timedSteps(step, batches, steps) {
  const start = performance.now();
  await step(batches[0]);
  const first = performance.now();
  await step(batches[1 % batches.length]);
  const clock = stopwatch();
  let loss = Number.NaN;
  for (let i = 0; i < steps; i++) loss = await step(batches[i % batches.length]);
  return { ...clock(steps), loss, firstStepMs: first - start, sinceStartMs: first };
}

export async function timedPredictions(predict, { x }, work) {
  const lines = [];
  const width = x.data.length / work.rows;
  for (const batch of work.predict) {
    const part = x.data.slice(0, batch * width);
    lines.push({ batch, ...(await timedCalls(() => predict(part, [batch, ...x.shape.slice(1)]))) });
  }
  return lines;
}
