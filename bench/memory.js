// npm run bench:memory [-- --steps 20000]: a GRU of 128 units over 64 rows of 20,000 steps, with all states kept and
// within 512 MB, each in a process of its own, in turn. Ends with 1 where the weights differ, or the memory passes the budget.

import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { adam, dense, enableExperimentalSimd, gru, input, sequential, Tensor } from "../dist/index.js";
import { machine, machineLine } from "./machine.js";

const MB = 2 ** 20;
const ROWS = 64;
const BUDGETS = [4000, 512];
const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "20000" },
    budget: { type: "string" },
    rounds: { type: "string", default: "2" },
  },
});
const steps = Number(values.steps);

/** What one process found. @typedef {{ bytes: number, resident: number, seconds: number, processor: number, weights: string }} Found */

if (values.budget !== undefined) {
  enableExperimentalSimd();
  const found = await trained(Number(values.budget) * MB);
  process.send?.(found, () => process.exit());
} else {
  console.log(
    `${machineLine(machine(), Number(values.rounds))}\nGRU(128), ${ROWS} rows of ${steps} steps, Adam; the second of two steps is timed\n`,
  );
  console.log("budget, MB   model, MB   most resident, MB   seconds   processor   weights");
  /** @type {Map<number, number>} */
  const best = new Map();
  const sums = new Set();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const budget of BUDGETS) {
      const { bytes, resident, seconds, processor, weights } = await inProcess(budget);
      best.set(budget, Math.min(best.get(budget) ?? processor, processor));
      sums.add(weights);
      const cells = [
        String(budget).padStart(10),
        mb(bytes, 12),
        mb(resident, 20),
        seconds.toFixed(2).padStart(10),
        processor.toFixed(2).padStart(12),
      ];
      console.log(`${cells.join("")}   ${weights}`);
      if (resident <= budget * MB) continue;
      console.log(`It took more than the budget of ${budget} MB.`);
      process.exitCode = 1;
    }
  }
  const [all, little] = BUDGETS.map((budget) => best.get(budget) ?? Number.NaN);
  console.log(`\nIn little memory it takes ${(little / all).toFixed(2)} times the processor time.`);
  if (sums.size > 1) {
    console.log("The weights differ.");
    process.exitCode = 1;
  }
}

/** @returns {Promise<Found>} */
function inProcess(/** @type {number} */ budget) {
  const child = fork(fileURLToPath(import.meta.url), ["--budget", String(budget), "--steps", String(steps)]);
  return new Promise((resolve, reject) => {
    child.once("message", (found) => resolve(/** @type {Found} */ (found)));
    child.once("exit", (code) => reject(new Error(`The process of ${budget} MB ended with ${code}`)));
  });
}

/** @returns {Promise<Found>} */
async function trained(/** @type {number} */ memoryBudget) {
  const model = sequential([input({ shape: [null, 1] }), gru({ units: 128 }), dense({ units: 1 })]);
  model.compile({ optimizer: adam(), loss: "meanSquaredError", memoryBudget });
  const { bytes } = await model.memory({ batchSize: ROWS, timeSteps: steps });
  const x = new Tensor(
    [ROWS, steps, 1],
    Float32Array.from({ length: ROWS * steps }, (_, i) => ((i * 7919) % 1000) / 500 - 1),
  );
  const y = new Tensor(
    [ROWS, 1],
    Float32Array.from({ length: ROWS }, (_, i) => (i % 2) - 0.5),
  );
  await model.fit(x, y, { batchSize: ROWS, epochs: 1 });
  const [start, used] = [performance.now(), process.cpuUsage()];
  await model.fit(x, y, { batchSize: ROWS, epochs: 1 });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  const sum = createHash("sha256");
  for (const { data } of await model.getWeights())
    sum.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return {
    bytes,
    resident: process.resourceUsage().maxRSS * 1024,
    seconds,
    processor: (user + system) / 1e6,
    weights: sum.digest("hex").slice(0, 12),
  };
}

/** @returns {string} */
function mb(/** @type {number} */ bytes, /** @type {number} */ width) {
  return (bytes / MB).toFixed(0).padStart(width);
}
