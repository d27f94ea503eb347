// node bench/tuning/memory.js [--trials 200] [--workers 1]: how the memory of a process grows with the trials of a
// search in a folder, over reviews as `gruvy tune` would read them: all that the process has after its fifth trial against
// what it has after its last, and at most in between. GRUVY_DATA names a folder with the reviews, or they are fetched.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { adam, dense, earlyStopping, embedding, gru, sequential, Tensor } from "gruvy";
import { imdb } from "gruvy/node";
import { randomSearch } from "gruvy/tuning";
import { machine } from "../machine.js";

const { values } = parseArgs({ options: { trials: { type: "string" }, workers: { type: "string" } } });
const trials = Number(values.trials ?? 200);
const workers = Number(values.workers ?? 1);

if (globalThis.gc === undefined) {
  const args = ["--expose-gc", fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
}

const ROWS = 800;
const STEPS = 40;
const WORDS = 5000;
const { train } = await imdb({ numWords: WORDS, maxLength: STEPS, say: () => {} });
const x = new Tensor([ROWS, STEPS], train.x.data.slice(0, ROWS * STEPS));
const y = new Tensor([ROWS], train.y.data.slice(0, ROWS));
const build = (/** @type {import("gruvy/tuning").HyperParameters} */ hp) => {
  const units = hp.int("units", { minValue: 8, maxValue: 128, step: 4 });
  const model = sequential([
    embedding({ inputDim: WORDS, outputDim: hp.choice("outputDim", [16, 32, 64]) }),
    gru({ units, dropout: 0.2 }),
    dense({ units: 1, activation: "sigmoid" }),
  ]);
  const learningRate = hp.float("learningRate", { minValue: 1e-4, maxValue: 1e-2, sampling: "log" });
  model.compile({ optimizer: adam({ learningRate }), loss: "binaryCrossentropy", metrics: ["accuracy"] });
  return model;
};

const directory = mkdtempSync(join(tmpdir(), "gruvy-memory-"));
const MIB = 2 ** 20;
let first = 0;
let last = 0;
let most = 0;
try {
  const tuner = randomSearch(build, { objective: "valLoss", maxTrials: trials, directory });
  await tuner.search(
    { x, y },
    {
      validationSplit: 0.2,
      epochs: 2,
      workers,
      callbacks: () => [earlyStopping({ patience: 1 })],
      onEvent: ({ type, trial }) => {
        if (type !== "trialEnd" || (trial.id !== 4 && (trial.id + 1) % 10 !== 0 && trial.id !== trials - 1)) return;
        globalThis.gc?.();
        const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
        if (first === 0) first = rss;
        last = rss;
        most = Math.max(most, rss);
        console.log(
          `trial ${String(trial.id + 1).padStart(3)}: ${Math.round(rss / MIB)} MiB in all, ` +
            `heap ${(heapUsed / MIB).toFixed(1)}, arrays ${(arrayBuffers / MIB).toFixed(1)}`,
        );
      },
    },
  );
} finally {
  rmSync(directory, { recursive: true });
}
const { date, cores, cpu, system, node } = machine();
console.log(
  `${date} UTC, ${workers} at once: ${(100 * (last / first - 1)).toFixed(1)} % more after ${trials} trials than after five, ` +
    `at most ${(100 * (most / first - 1)).toFixed(1)} %; ${cores} cores of ${cpu}, ${system}, Node ${node}`,
);
