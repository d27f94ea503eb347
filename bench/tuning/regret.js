// node bench/tuning/regret.js [--seeds 30] [--trials 60] [--python path]: how near the searchers come to a known
// minimum, beside Optuna's Gaussian process and TPE where a Python with optuna is found. Minutes on two cores.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bayesianSearcher, HyperParameters, randomSearcher, tpeSearcher } from "gruvy/tuning";
import { branin, conditional, hartmann6, median, regret } from "./functions.js";

const { values } = parseArgs({
  options: { seeds: { type: "string" }, trials: { type: "string" }, python: { type: "string" } },
});
const seeds = Number(values.seeds ?? 30);
const trials = Number(values.trials ?? 60);
const functions = { branin, hartmann6, conditional };
const searchers = { random: randomSearcher(), tpe: tpeSearcher(), bayesian: bayesianSearcher() };

const script = fileURLToPath(new URL("optuna_regret.py", import.meta.url));
const python = spawnSync(values.python ?? "python3", [script, String(seeds), String(trials)], { encoding: "utf8" });
const optuna = python.status === 0 ? JSON.parse(python.stdout) : undefined;
console.log(
  optuna === undefined
    ? "Optuna is not there (pip install optuna torch scipy; --python names the Python): ours alone.\n"
    : `Beside Optuna ${optuna.version}.\n`,
);
console.log(`Median regret of ${seeds} seeds after ${trials} trials`);
for (const [name, target] of Object.entries(functions)) {
  const line = [name.padEnd(12)];
  for (const [search, searcher] of Object.entries(searchers)) {
    const started = performance.now();
    const found = Array.from({ length: seeds }, (_, seed) =>
      regret(searcher, target, { HyperParameters, seed, trials }),
    );
    const milliseconds = (performance.now() - started) / seeds / trials;
    line.push(`${search} ${median(found).toPrecision(3)} (${milliseconds.toFixed(1)} ms a trial)`);
  }
  for (const search of ["tpe", "gp"]) {
    if (optuna) line.push(`Optuna ${search} ${median(optuna[`${name} ${search}`]).toPrecision(3)}`);
  }
  console.log(line.join("  "));
}
