// node bench/tuning/overhead.js [--trials 500]: what searchers cost, as processor time of each suggestion while a study
// grows, and of all of them together. A trial of s seconds makes that a share of the search.

import { parseArgs } from "node:util";
import {
  ashaSearcher,
  bayesianSearcher,
  gridSearcher,
  HyperParameters,
  hyperbandSearcher,
  randomSearcher,
  tpeSearcher,
} from "gruvy/tuning";
import { machine } from "../machine.js";

const { values: options } = parseArgs({ options: { trials: { type: "string" } } });
const trials = Number(options.trials ?? 500);

const hp = new HyperParameters();
hp.choice("cell", ["gru", "lstm", "rnn"]);
hp.int("units", { minValue: 16, maxValue: 512, step: 16 });
hp.int("layers", { minValue: 1, maxValue: 3 });
hp.float("dropout", { minValue: 0, maxValue: 0.5 });
hp.float("learningRate", { minValue: 1e-4, maxValue: 1e-1, sampling: "log" });
hp.choice("batchSize", [16, 32, 64, 128]);

/** A loss with valleys, that training has nothing to do with. */
const lossOf = (/** @type {import("gruvy/tuning").Values} */ values) =>
  (Math.log10(Number(values.learningRate)) + 2.3) ** 2 +
  (Number(values.dropout ?? 0.2) - 0.2) ** 2 +
  ((Number(values.units) - 200) / 300) ** 2 +
  0.1 * Number(values.layers) +
  (values.cell === "rnn" ? 1 : 0);

/** As many configurations as are still listed one by one. */
const listed = new HyperParameters();
listed.choice("cell", ["gru", "lstm", "rnn"]);
listed.int("units", { minValue: 32, maxValue: 512, step: 32 });
listed.int("layers", { minValue: 1, maxValue: 3 });
listed.choice("batchSize", [16, 32, 64, 128]);
listed.choice("learningRate", [1e-2, 1e-3, 1e-4]);

/** @type {Record<string, { searcher: import("gruvy/tuning").Searcher, space?: import("gruvy/tuning").Space }>} */
const searchers = {
  random: { searcher: randomSearcher() },
  tpe: { searcher: tpeSearcher() },
  "tpe, listed": { searcher: tpeSearcher(), space: listed.space },
  bayesian: { searcher: bayesianSearcher() },
  hyperband: { searcher: hyperbandSearcher({ maxEpochs: 243, hyperbandIterations: 2 }) },
  asha: { searcher: ashaSearcher({ maxEpochs: 81 }) },
  "grid, listed": { searcher: gridSearcher(), space: listed.space },
};

const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

console.log(`Milliseconds of processor time of a suggestion, and of all ${trials}`);
for (const [name, { searcher, space = hp.space }] of Object.entries(searchers)) {
  const done = [];
  const marks = [];
  let total = 0;
  let last = 0;
  while (done.length < trials) {
    const before = spent();
    const next = searcher.next(space, done, 0);
    last = spent() - before;
    total += last;
    if (typeof next === "string") throw new Error(`${name} says ${next} after ${done.length}`);
    done.push({ id: done.length, epochs: 1, ...next, status: "completed", score: lossOf(next.values) });
    if ([50, 100, 200, 500].includes(done.length)) marks.push(`${done.length}: ${last.toFixed(1)}`);
  }
  console.log(
    `${name.padEnd(12)} ${marks.join("  ").padEnd(46)} all ${total.toFixed(0)}: ${(total / trials).toFixed(1)} a trial, ` +
      `under 1 % of trials of ${(total / trials / 10).toFixed(2)} s`,
  );
}
const { date, cores, cpu, system, node } = machine();
console.log(`${date} UTC, ${cores} cores of ${cpu}, ${system}, Node ${node}`);
