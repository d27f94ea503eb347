// node bench/tuning/workers.js [--workers 2] [--rounds 5] [--seconds 10]: how many epochs n workers finish on n cores
// while one worker finishes one's on one core. Both take turns, so that what else runs on the machine meets both; the
// processor time of an epoch tells what the wall clock of a busy machine cannot.

import { parseArgs } from "node:util";
import { adam, dense, gru, input, sequential, setThreads, sine, windows } from "gruvy";
import { randomSearch } from "gruvy/tuning";
import { machine } from "../machine.js";
import { median } from "./functions.js";

const { values } = parseArgs({
  options: { workers: { type: "string" }, rounds: { type: "string" }, seconds: { type: "string" } },
});
const workers = Number(values.workers ?? 2);
const rounds = Number(values.rounds ?? 5);
const seconds = Number(values.seconds ?? 10);

/** Trials of two sizes: an epoch of the first is mostly computing, one of the second as much keeping books. */
const workloads = {
  "GRU 64, 40 steps, 2,000 rows": { units: 64, window: 40, rows: 2000 },
  "GRU 8, 12 steps, 500 rows": { units: 8, window: 12, rows: 500 },
};

/**
 * Of a search by so many workers, each with one thread: epochs a second, milliseconds an epoch of all processors, and
 * the share of the time that the main thread was busy, which all workers have in common.
 */
async function search(
  /** @type {{ units: number, window: number, rows: number }} */ work,
  /** @type {number} */ count,
) {
  setThreads(count);
  const build = (/** @type {import("gruvy/tuning").HyperParameters} */ hp) => {
    const model = sequential([input({ shape: [work.window, 1] }), gru({ units: work.units }), dense({ units: 1 })]);
    const learningRate = hp.float("learningRate", { minValue: 1e-4, maxValue: 1e-2 });
    model.compile({ optimizer: adam({ learningRate }), loss: "meanSquaredError" });
    return model;
  };
  const series = sine({ points: work.rows + work.window }).values;
  const tuner = randomSearch(build, { objective: "valLoss", maxTrials: 100_000 });
  let epochs = 0;
  const before = process.cpuUsage();
  const idle = performance.eventLoopUtilization();
  const started = performance.now();
  await tuner.search(windows(series, { window: work.window }), {
    validationSplit: 0.2,
    epochs: 5,
    workers: count,
    budget: { seconds },
    onEvent: ({ type }) => {
      if (type === "epoch") epochs++;
    },
  });
  const took = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const { utilization } = performance.eventLoopUtilization(idle);
  return { rate: epochs / took, processor: (user + system) / 1000 / epochs, main: utilization };
}

for (const [name, work] of Object.entries(workloads)) {
  const ratios = [];
  const costs = [];
  const mains = [];
  for (let round = 0; round < rounds; round++) {
    const one = await search(work, 1);
    const many = await search(work, workers);
    ratios.push(many.rate / one.rate);
    costs.push(many.processor / one.processor);
    mains.push(many.main);
    console.log(
      `${name}: one ${one.rate.toFixed(1)} epochs/s (${one.processor.toFixed(1)} ms of processor each), ` +
        `${workers} workers ${many.rate.toFixed(1)} (${many.processor.toFixed(1)} ms): ${(many.rate / one.rate).toFixed(2)} times`,
    );
  }
  console.log(
    `  median ${median(ratios).toFixed(2)} times the epochs, ${median(costs).toFixed(2)} times the processor time of each\n`,
  );
}
const { date, cores, cpu, system, node } = machine();
console.log(`${date} UTC, ${cores} cores of ${cpu}, ${system}, Node ${node}`);
