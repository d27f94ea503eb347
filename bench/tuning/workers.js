// node bench/tuning/workers.js [--workers 2] [--rounds 5] [--seconds 10]: how many epochs n workers finish on n cores
// while one worker finishes one's on one core. Both take turns, so that what else runs on the machine meets both. Where the
// system tells it (Linux), also the processor time of an epoch by who spends it, which a busy machine hardly changes: the
// main thread, which all workers have in common, the workers' threads, and V8's helpers, which compile and collect. With
// one worker the first two take turns; that is what n idle cores can be told by.

import { readdirSync, readFileSync } from "node:fs";
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

/** Trials of three sizes: an epoch of the first is mostly computing, one of the last as much keeping books. */
const workloads = {
  "GRU 64, 40 steps, 2,000 rows, 5 epochs": { units: 64, window: 40, rows: 2000, epochs: 5 },
  "GRU 12, 16 steps, 800 rows, 20 epochs": { units: 12, window: 16, rows: 800, epochs: 20 },
  "GRU 8, 12 steps, 500 rows, 5 epochs": { units: 8, window: 12, rows: 500, epochs: 5 },
};

const tasks = () => {
  try {
    return readdirSync("/proc/self/task");
  } catch {
    return []; // another system
  }
};
const helpers = tasks().filter((task) => Number(task) !== process.pid); // there are no workers yet

/** Milliseconds of processor that a thread has had; 0 where it is gone or nobody tells. */
function threadTime(/** @type {string} */ task) {
  try {
    return Number(readFileSync(`/proc/self/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return 0;
  }
}

/** Milliseconds of processor so far, by who had them. */
function spent() {
  const { user, system } = process.cpuUsage();
  const all = (user + system) / 1000;
  const main = threadTime(String(process.pid));
  const helping = helpers.reduce((sum, task) => sum + threadTime(task), 0);
  return { all, main, helping, working: all - main - helping };
}

/** Of a search by so many workers, each with one thread: epochs a second, and milliseconds of processor an epoch. */
async function search(
  /** @type {{ units: number, window: number, rows: number, epochs: number }} */ work,
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
  const before = spent();
  const started = performance.now();
  await tuner.search(windows(series, { window: work.window }), {
    validationSplit: 0.2,
    epochs: work.epochs,
    workers: count,
    budget: { seconds },
    onEvent: ({ type }) => {
      if (type === "epoch") epochs++;
    },
  });
  const took = (performance.now() - started) / 1000;
  const after = spent();
  const each = (/** @type {"all" | "main" | "helping" | "working"} */ who) => (after[who] - before[who]) / epochs;
  return {
    rate: epochs / took,
    all: each("all"),
    main: each("main"),
    helping: each("helping"),
    working: each("working"),
  };
}

for (const [name, work] of Object.entries(workloads)) {
  await search(work, workers); // until what it runs is compiled
  const ratios = [];
  const costs = [];
  const possible = [];
  for (let round = 0; round < rounds; round++) {
    const one = await search(work, 1);
    const many = await search(work, workers);
    ratios.push(many.rate / one.rate);
    costs.push(many.all / one.all);
    const { main, working, helping } = one;
    possible.push((main + working) / Math.max(main, (main + working + helping) / workers));
    console.log(
      `${name}: one ${one.rate.toFixed(1)} epochs/s (${one.all.toFixed(1)} ms of processor each: main ${main.toFixed(2)}, ` +
        `worker ${working.toFixed(2)}, V8's helpers ${helping.toFixed(2)}), ${workers} workers ${many.rate.toFixed(1)} ` +
        `(${many.all.toFixed(1)} ms): ${(many.rate / one.rate).toFixed(2)} times`,
    );
  }
  console.log(
    `  median ${median(ratios).toFixed(2)} times the epochs, ${median(costs).toFixed(2)} times the processor time of each` +
      `${helpers.length > 0 ? `; by the processor time of one, ${workers} idle cores can do ${median(possible).toFixed(2)} times` : ""}\n`,
  );
}
const { date, cores, cpu, system, node } = machine();
console.log(`${date} UTC, ${cores} cores of ${cpu}, ${system}, Node ${node}`);
