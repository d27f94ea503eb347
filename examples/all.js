// npm run examples -- [name ...] [--seeds 0,1,2] [--only model]: the long runs, hours of them on two cores.
//
// Each example over the seeds it is held to. Every finished run is kept at once in docs/results.json, in place of an
// earlier one from the same seed, and docs/results.md is written anew; so the work may be split over days and machines.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { plan } from "./support/plan.js";
import { addRun, readRuns, writeResults } from "./support/results.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: "string" }, only: { type: "string" } },
});
const unknown = positionals.find((name) => !plan.some((entry) => entry.example === name));
if (unknown !== undefined) {
  console.error(
    `There is no example "${unknown}". Examples: ${[...new Set(plan.map(({ example }) => example))].join(", ")}`,
  );
  process.exit(2);
}

const chosen = plan.filter(
  ({ example, model }) =>
    (positionals.length === 0 || positionals.includes(example)) && (values.only ?? model).split(",").includes(model),
);
let failed = 0;
for (const entry of chosen) {
  const { example, model, args } = entry;
  const seeds = values.seeds?.split(",").map(Number) ?? Array.from({ length: entry.seeds }, (_, seed) => seed);
  for (const seed of seeds) {
    const started = performance.now();
    process.stdout.write(`${example} ${model} ${args.join(" ")} seed ${seed}: `);
    try {
      const result = JSON.parse(await run(example, [...args, "--seed", String(seed), "--json"]));
      await addRun(entry, seed, result.models?.[model] ?? result);
      await writeResults(await readRuns());
      console.log(`done in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    } catch (error) {
      console.log(`failed. ${error.message}`);
      failed++;
    }
  }
}
process.exitCode = failed > 0 ? 1 : 0;

/** The standard output of an example. Each has a process of its own, so that none meets what another left. */
function run(example, args) {
  const file = fileURLToPath(new URL(`${example}.js`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`It ended with exit code ${code}.`))));
  });
}
