// node bench/tuning/regret.js [--seeds 30] [--trials 60] [--python path] [--record]: how near the searchers come to a
// known minimum, beside random search and Optuna's TPE and Gaussian process. Optuna's numbers are those of optuna.json,
// or found anew by a Python that has optuna, torch and scipy, and kept there. Minutes.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bayesianSearcher, HyperParameters, randomSearcher, tpeSearcher } from "gruvy/tuning";
import { branin, conditional, hartmann6, median, regret } from "./functions.js";
import { record } from "./record.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "30" },
    trials: { type: "string", default: "60" },
    python: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const [seeds, trials] = [Number(values.seeds), Number(values.trials)];
const file = fileURLToPath(new URL("optuna.json", import.meta.url));
if (values.python !== undefined) {
  const script = fileURLToPath(new URL("optuna_regret.py", import.meta.url));
  const run = spawnSync(values.python, [script, String(seeds), String(trials)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (run.status !== 0) throw new Error(`${values.python} ended with ${run.status}`);
  writeFileSync(file, run.stdout);
}
const optuna = JSON.parse(readFileSync(file, "utf8"));
if (optuna.trials !== trials || Object.values(optuna.regrets).some((list) => list.length < seeds)) {
  throw new Error(`${file} holds other seeds or trials: give --python to find them anew`);
}

const functions = { Branin: branin, "Hartmann 6": hartmann6, conditional };
const ours = { random: randomSearcher(), tpe: tpeSearcher(), gp: bayesianSearcher() };
const rows = Object.entries(functions).map(([name, target]) => {
  const row = { function: name };
  for (const [search, searcher] of Object.entries(ours)) {
    const started = process.cpuUsage().user;
    const found = Array.from({ length: seeds }, (_, seed) =>
      regret(searcher, target, { HyperParameters, seed, trials }),
    );
    const cpuMs = (process.cpuUsage().user - started) / 1000 / seeds / trials;
    row[search] = { regret: median(found), cpuMs };
    console.log(
      `${name} ${search}: ${median(found).toPrecision(3)} (${cpuMs.toFixed(1)} ms of processor time a trial)`,
    );
  }
  for (const search of ["tpe", "gp"]) {
    const theirs = median(optuna.regrets[`${search} ${name}`].slice(0, seeds));
    Object.assign(row[search], {
      optuna: theirs,
      against: row[search].regret / theirs,
      random: row[search].regret / row.random.regret,
    });
    const { against, random } = row[search];
    console.log(
      `${name} ${search}: Optuna ${optuna.version} ${theirs.toPrecision(3)}; ours is ${against.toPrecision(2)} times that (held to 1.2), ${random.toPrecision(2)} times random's (held to 0.5)`,
    );
  }
  return row;
});
if (values.record) await record("regret", { seeds, trials, optuna: optuna.version, rows });
