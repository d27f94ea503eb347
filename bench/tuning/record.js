// Keeps what the programs of this folder find in docs/tuning-results.json, and writes docs/tuning-results.md from it.

import { readFile, rename, writeFile } from "node:fs/promises";
import { cpus } from "node:os";

const docs = new URL("../../docs/", import.meta.url);

/** Keeps a result in place of the last one of its kind: "regret", "adding" or "reviews". */
export async function record(kind, result) {
  const known = await readFile(new URL("tuning-results.json", docs), "utf8").then(JSON.parse, (error) => {
    if (error.code === "ENOENT") return {};
    throw error;
  });
  const where = { date: new Date().toISOString().slice(0, 10), node: process.version, machine: cpus()[0]?.model };
  const results = { ...known, [kind]: { ...result, ...where } };
  await replace("tuning-results.json", `${JSON.stringify(results, null, 2)}\n`);
  await replace("tuning-results.md", page(results));
}

async function replace(name, text) {
  await writeFile(new URL(`${name}.new`, docs), text);
  await rename(new URL(`${name}.new`, docs), new URL(name, docs));
}

const sections = { regret: regretSection };

/** docs/tuning-results.md as text. */
export function page(results) {
  const parts = Object.entries(sections).flatMap(([kind, section]) =>
    results[kind] === undefined ? [] : [...section(results[kind]), "", measured(results[kind]), ""],
  );
  return [
    "# Results of the tuner",
    "",
    "Written by the programs named below, when they are run with `--record`, from `tuning-results.json`.",
    "",
    ...parts,
  ].join("\n");
}

const measured = ({ date, node, machine }) => `On ${date}, Node ${node}, ${machine}.`;
const row = (cells) => `| ${cells.join(" | ")} |`;
const digits = (value, count = 2) =>
  value < 1e-3 ? value.toExponential(count - 1) : String(Number(value.toPrecision(count)));

function regretSection({ seeds, trials, optuna, rows }) {
  return [
    "## How near the searchers come to a known minimum",
    "",
    "`node bench/tuning/regret.js --record`",
    "",
    `Medians over ${seeds} seeds of the distance from the known minimum after ${trials} trials, ours and Optuna ${optuna}'s.`,
    "Held to: at most 1.2 times Optuna's, and at most half of random's.",
    "",
    row([
      "function",
      "random",
      "TPE",
      "Optuna's",
      "ratio",
      "to random",
      "Gaussian process",
      "Optuna's",
      "ratio",
      "to random",
    ]),
    row(Array(10).fill("---")),
    ...rows.map(({ function: name, random, tpe, gp }) =>
      row([
        name,
        digits(random.regret),
        ...[tpe, gp].flatMap((one) => [one.regret, one.optuna, one.against, one.random].map((value) => digits(value))),
      ]),
    ),
    "",
    `A suggestion takes ${rows
      .map(({ tpe }) => tpe.cpuMs)
      .reduce((a, b) => Math.max(a, b))
      .toFixed(1)} ms of processor time at most in the mean of these trials by TPE, ${rows
      .map(({ gp }) => gp.cpuMs)
      .reduce((a, b) => Math.max(a, b))
      .toFixed(0)} ms by the Gaussian process.`,
  ];
}
