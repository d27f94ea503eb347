// npm run bench: this project and its peers on the same workloads, side by side. See docs/performance.md.

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildCommit } from "./against.js";
import { makeData, missing, writeData } from "./data.js";
import { machine, machineLine } from "./machine.js";
import { HELP, readOptions } from "./options.js";
import { participants } from "./participants.js";
import { partnersOf, ratioRows, summaries } from "./results.js";
import { Rounds } from "./rounds.js";
import { measurementTables, oddShapes, ratioTable } from "./tables.js";
import { workloads } from "./workloads.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const say = (/** @type {string} */ line) => console.error(line);

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(HELP);
  else process.exitCode = await bench(options);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}

async function bench(/** @type {ReturnType<typeof readOptions>} */ options) {
  checkBuild();
  const folder = mkdtempSync(join(tmpdir(), "gruvy-bench-"));
  /** @type {ReturnType<typeof buildCommit> | undefined} */
  let other;
  const clean = () => {
    other?.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const [signal, code] of /** @type {const} */ ([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])) {
    process.once(signal, () => {
      clean();
      process.exit(code);
    });
  }
  try {
    if (options.against !== undefined) other = buildCommit(options.against);
    const skipped = options.workloads.flatMap((name) => {
      const problem = missing(workloads[name]);
      return problem ? [{ name, problem }] : [];
    });
    for (const { name, problem } of skipped) say(`SKIPPED ${name}: ${problem}`);
    const names = options.workloads.filter((name) => !skipped.some((one) => one.name === name));
    const { ours, others } = participants(options, { library: copyOfBuild(folder), other, folder });
    for (const { name, skipped: reason } of [...ours, ...others]) if (reason) say(`skipped: ${name}: ${reason}`);

    const rounds = new Rounds({
      names,
      runners: [...ours, ...others],
      rounds: options.rounds,
      heats: options.heats,
      calmSeconds: options.calm,
      epochs: options.epochs,
      measure: measureOf(options),
      dataFolder: (name) => prepared(folder, name),
      say,
    });
    await rounds.run();
    report(options, rounds, ours, others, skipped);
    return rounds.runs.length > 0 && rounds.failures.every(({ runner }) => !ours.some(({ id }) => id === runner))
      ? 0
      : 1;
  } finally {
    clean();
  }
}

function measureOf(/** @type {ReturnType<typeof readOptions>} */ { processor }) {
  return /** @type {const} */ (processor ? "cpuMsPerStep" : "msPerStep");
}

/** A benchmark of an old build would mislead. */
function checkBuild() {
  const entry = join(root, "dist/index.js");
  if (!existsSync(entry)) throw new Error("There is no dist/index.js: npm run build");
  const built = statSync(entry).mtimeMs;
  const newer = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).find(
    (file) =>
      file.endsWith(".ts") && !/\.(test|twin)\.ts$/.test(file) && statSync(join(root, "src", file)).mtimeMs > built,
  );
  if (newer) say(`WARNING: src/${newer} is newer than dist, which is what is measured: npm run build`);
}

/** What is measured stays the same even if somebody builds meanwhile. */
function copyOfBuild(/** @type {string} */ folder) {
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return join(folder, "dist/index.js");
}

async function prepared(/** @type {string} */ folder, /** @type {string} */ name) {
  if (!existsSync(join(folder, `${name}.y.bin`))) writeData(folder, name, await makeData(workloads[name]));
  return folder;
}

function report(
  /** @type {ReturnType<typeof readOptions>} */ options,
  /** @type {Rounds} */ rounds,
  /** @type {import("./runners.js").Runner[]} */ ours,
  /** @type {import("./runners.js").Runner[]} */ others,
  /** @type {{ name: string, problem: string }[]} */ skipped,
) {
  const { runs, failures, heats } = rounds;
  const measure = measureOf(options);
  const on = machine();
  const all = summaries(runs, measure);
  const names = new Map([...ours, ...others].map(({ id, name }) => [id, name]));
  const ids = ours.map(({ id }) => id);
  const partners = partnersOf(options.workloads);
  const measured = options.workloads.filter((name) => !partners.has(name));
  const rows = ratioRows(
    runs,
    ids,
    others.map(({ id }) => id),
    measured,
    measure,
  );
  if (options.json) {
    const absent = [...ours, ...others].flatMap((one) =>
      one.skipped ? [{ name: one.name, problem: one.skipped }] : [],
    );
    const left = [...skipped, ...absent];
    console.log(
      JSON.stringify({ machine: on, skipped: left, runs, heats, failures, summaries: all, ratios: rows }, null, 2),
    );
    return;
  }
  const off = new Map(ours.filter((one) => one.skipped !== undefined).map((one) => [one.id, one.skipped ?? ""]));
  const parts = [machineLine(on, options.rounds)];
  if (rows.length > 0) {
    const time = options.processor ? "processor time" : "time";
    parts.push(`Times as fast as: the other's ${time} over ours in each round, median (lowest-highest).`);
    parts.push(ratioTable(rows, ids, names, off));
  }
  parts.push(...measurementTables(all, names));
  const notes = [
    ...oddShapes(all, names),
    ...[...ours, ...others].flatMap((one) => (one.skipped ? [`${one.name}: skipped, ${one.skipped}`] : [])),
    ...skipped.map(({ name, problem }) => `${name}: SKIPPED, ${problem}`),
    ...failures.map((one) => `${one.workload}: ${names.get(one.runner)} FAILED (${one.configuration}): ${one.problem}`),
  ];
  const versions = new Set(all.flatMap(({ peer }) => peer ?? []));
  if (versions.size > 0) notes.unshift(`Peers: ${[...versions].join("; ")}`);
  const disturbed = all.filter((one) => (one.elsewhere?.median ?? 0) > 0.1);
  if (disturbed.length > 0) {
    notes.push(`${disturbed.length} of ${all.length} rows were measured while others used over 10 % of the machine`);
  }
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join("\n"));
  console.log(parts.join("\n\n"));
}
