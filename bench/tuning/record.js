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

const sections = { regret: regretSection, adding: addingSection, reviews: reviewsSection };

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

/** The values of a configuration in a cell of a table. */
const configuration = (values) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`)
    .join(", ");

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
        ...[tpe, gp].flatMap((one) => [
          digits(one.regret),
          digits(one.optuna),
          digits(one.against, 3),
          digits(one.random),
        ]),
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

function addingSection({ length, epochs, solvedBelow, rows }) {
  const range = (errors) => `${digits(Math.min(...errors))} to ${digits(Math.max(...errors))}`;
  const solved = rows.filter(({ testError }) => testError < solvedBelow).length;
  return [
    `## The adding problem over ${length} steps`,
    "",
    "`node bench/tuning/adding.js --record`",
    "",
    `Hyperband over units 16, 32, 64, batches of 8 to 64 and learning rates from 1e-4 to 1e-1, at most ${epochs} epochs a`,
    "trial, on 1,280 sequences. Always answering the mean has a mean squared error of 0.167; under",
    `${solvedBelow} counts as solved. The default configuration (${configuration(rows[0].defaultValues)}) does not`,
    `learn it in ${epochs} epochs. Held to: 9 of 10 searches find one that does. **Found: ${solved} of ${rows.length}.**`,
    "",
    row([
      "seed of the search",
      "configuration found",
      "test error",
      "its errors, three fresh seeds",
      "the default's",
      "processor time",
    ]),
    row(Array(6).fill("---")),
    ...rows.map(({ seed, values, testError, errors, defaultErrors, cpuSeconds }) =>
      row([
        seed,
        configuration(values),
        digits(testError),
        range(errors),
        range(defaultErrors),
        `${cpuSeconds.toFixed(0)} s`,
      ]),
    ),
    "",
    "Errors of the seeds are those of the validation part, the test error that of the seed in the middle. With more epochs the",
    "default learns it too; what was searched for is a configuration that does so in these.",
  ];
}

function reviewsSection({ rows, maxLength, testRows, maxEpochs, trials, finals, verdict, difference }) {
  const points = (share) => (100 * share).toFixed(1).replace("-0.0", "0.0");
  const seeds = finals[0].accuracies.length;
  const spread = ({ mean, low, high }) => `${points(mean)} % (${points(low)} to ${points(high)})`;
  const mean = (list) => list.reduce((sum, one) => sum + one / list.length, 0);
  const said =
    difference === undefined
      ? "The tuner kept the default, so nothing is to be told apart."
      : difference.low > 0
        ? "The tuner's winner is better than the default."
        : difference.high < 0
          ? "The tuner's winner is worse than the default."
          : "No difference can be claimed.";
  return [
    "## Tuned against the default, on reviews",
    "",
    `\`node bench/tuning/reviews.js --rows ${rows} --length ${maxLength} --test ${testRows} --seeds ${seeds} --record\``,
    "",
    `The first ${rows} reviews of the training part, their last ${maxLength} words; Hyperband, ${trials} trials of at most ${maxEpochs} epochs.`,
    `Then the tuner's finals: the best three and the default anew from ${seeds} fresh seeds. They are ranked by the validation part;`,
    `${testRows} reviews of the test part, which nothing was chosen by, say what that is worth.`,
    "",
    row(["", "configuration", "validation accuracy (95 % of the mean)", "test accuracy, mean", "of each seed"]),
    row(Array(5).fill("---")),
    ...finals.map(({ name, values, validation, accuracies }) =>
      row([
        name,
        configuration(values),
        spread(validation),
        `${points(mean(accuracies))} %`,
        accuracies.map(points).join(", "),
      ]),
    ),
    "",
    `The tuner's verdict: ${verdict}`,
    "",
    difference === undefined
      ? said
      : `**On the test part: ${points(difference.mean)} points** from the default to the winner, 95 % interval over the seeds ${points(difference.low)} to ${points(difference.high)}. ${said}`,
  ];
}
