// Kills searches and their workers at random moments, begins them again, and holds the table they end with, and every
// record that was acknowledged, against a search that nobody killed.

import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readStudy } from "../../dist/node.js";
import { trialsOf } from "../../dist/tuning/index.js";

const program = fileURLToPath(new URL("./study-program.js", import.meta.url));
/**
 * A worker is killed only when so many epochs have been kept since the last one, and the trial that lost it has gone on:
 * three losses at one epoch end a trial.
 */
const APART = 4;

/**
 * Runs a search until it ends or is killed so many milliseconds after its first epoch.
 *
 * @param {string} folder
 * @param {number} workers
 * @param {{
 *   killAfter?: number,
 *   killsWorker?: () => boolean,
 *   onLost?: () => void,
 *   waiting?: Set<string>,
 * }} [kills] `waiting`: the trials that have lost their worker, and not gone on since
 * @returns {Promise<{ lines: string[], milliseconds: number, errors: string }>}
 */
function run(folder, workers, { killAfter, killsWorker = () => false, onLost, waiting = new Set() } = {}) {
  return new Promise((resolve, reject) => {
    const child = fork(program, [folder, String(workers)], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    let out = "";
    let errors = "";
    let began = 0;
    let since = 0;
    let rest = "";
    child.stdout?.on("data", (data) => {
      if (began === 0) {
        began = performance.now();
        if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
      }
      out += data;
      const lines = `${rest}${data}`.split("\n");
      rest = lines.pop() ?? "";
      for (const [word, trial] of lines.map((line) => line.split(" "))) {
        if (word === "lost") onLost?.();
        if (word === "lost") waiting.add(trial);
        else waiting.delete(trial);
        if (word === "epoch") since++;
      }
      if (since < APART || waiting.size > 0 || !killsWorker()) return;
      since = 0;
      if (child.connected) child.send("kill", () => {}); // it may have ended meanwhile
    });
    child.stderr?.on("data", (data) => {
      errors += data;
    });
    child.once("error", reject);
    child.once("close", () => {
      // Of a line that was being written when it died, nothing was said.
      const lines = out
        .slice(0, out.lastIndexOf("\n") + 1)
        .split("\n")
        .filter(Boolean);
      resolve({ lines, milliseconds: performance.now() - began, errors });
    });
  });
}

/** What a study found, without when and by whom, as text. */
function tableOf(/** @type {import("../../dist/tuning/index.js").Trial[]} */ trials) {
  return JSON.stringify(
    trials.map(({ id, values, status, objective, bestEpoch, stopped, epochs, from, history }) => {
      return { id, values, status, objective, bestEpoch, stopped, epochs, from, history };
    }),
  );
}

/** What is wrong with a study that has ended: told and lost, or there twice. */
function faultsOf(
  /** @type {readonly import("../../dist/tuning/index.js").StudyRecord[]} */ records,
  /** @type {readonly string[]} */ told,
) {
  const trials = trialsOf(records, "min");
  const there = new Set(
    trials.flatMap(({ id, objective, history }) => [
      ...history.map(({ epoch, logs }) => `epoch ${id} ${epoch} ${logs.valLoss}`),
      `end ${id} ${objective}`,
    ]),
  );
  const lost = told.filter((line) => /^(epoch|end) /.test(line) && !there.has(line));
  const twice = trials.filter(({ id, history }) => {
    const ends = records.filter((one) => one.type === "completed" && one.id === id).length;
    const kept = records.filter((one) => one.type === "epoch" && one.id === id);
    const epochs = kept.reduce((sum, { earlier = [] }) => sum + earlier.length + 1, 0);
    return ends !== 1 || epochs !== history.length;
  });
  return [
    ...lost.map((line) => `acknowledged and lost: ${line}`),
    ...twice.map(({ id }) => `trial ${id} counted twice`),
  ];
}

/**
 * Kills until so many kills have hit searches, and so many their workers, or the time is over.
 *
 * @param {{ kills?: number, workerKills?: number, seconds?: number, random?: () => number }} [options]
 */
export async function killStudies({
  kills = 14,
  workerKills = 6,
  seconds = Number.POSITIVE_INFINITY,
  random = Math.random,
} = {}) {
  const parent = mkdtempSync(join(tmpdir(), "gruvy-studies-"));
  const stop = performance.now() + 1000 * seconds;
  const counts = { kills: 0, workerKills: 0, studies: 0, different: 0 };
  /** @type {string[]} */
  const problems = [];
  const under = () => (counts.kills < kills || counts.workerKills < workerKills) && performance.now() < stop;
  try {
    const wholes = [];
    for (const workers of [1, 2]) {
      const folder = join(parent, `whole-${workers}`);
      const { errors, milliseconds } = await run(folder, workers);
      if (errors !== "") throw new Error(`The search failed: ${errors}`);
      wholes.push({ table: tableOf(trialsOf(await readStudy(join(folder, "study")), "min")), milliseconds });
    }
    for (let i = 0; under(); i++) {
      const folder = join(parent, String(i));
      const workers = 1 + (i % 2);
      const whole = wholes[workers - 1];
      const told = [];
      /** @type {Set<string>} */
      const waiting = new Set();
      let problem = "";
      // Up to six runs are killed; then the search may end.
      for (let again = 0; ; again++) {
        const killAfter = again < 6 && counts.kills < kills ? random() * whole.milliseconds : undefined;
        const killsWorker = () => counts.workerKills < workerKills && random() < 0.9;
        const onLost = () => counts.workerKills++;
        const { lines, errors } = await run(folder, workers, { killAfter, killsWorker, onLost, waiting });
        told.push(...lines);
        if (lines.at(-1) === "done") break;
        if (errors !== "" || killAfter === undefined) {
          problem = errors || "it ended without a word";
          break;
        }
        counts.kills++;
      }
      counts.studies++;
      const records = await readStudy(join(folder, "study"));
      const faults = faultsOf(records, told);
      if (problem !== "") faults.push(problem);
      else if (tableOf(trialsOf(records, "min")) !== whole.table) faults.push("another table");
      if (faults.length > 0) counts.different++;
      problems.push(...faults.map((fault) => `Search ${i}, ${workers} at once: ${fault}`));
      rmSync(folder, { recursive: true });
    }
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
  return { ...counts, problems };
}
