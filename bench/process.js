// Runs one measurement in a process of its own.

import { spawn } from "node:child_process";
import { cpus } from "node:os";

const LIMIT_MINUTES = 15;

/**
 * @typedef {{ workload: string, batch?: number, msPerStep: number, cpuMsPerStep?: number, steps: number, peer?: string, executedGflop?: number, peakGflops?: number, configuration?: string,
 *   firstStepMs?: number, sinceStartMs?: number, memoryMB?: number, cpuSeconds?: number, loss?: number }} Line
 */

/**
 * The lines of JSON that a command printed, and the share of the machine that others used meanwhile. Rejects with what
 * the command said when it fails.
 *
 * @returns {Promise<{ lines: Line[], elsewhere: number }>}
 */
export function measure(/** @type {import("./runners.js").Command} */ { file, args, env }) {
  return new Promise((resolve, reject) => {
    const before = machineTimes();
    const child = spawn(file, args, {
      env: { ...process.env, ...env, GRUVY_BENCH_STARTED: String(Date.now()) },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MINUTES * 60_000,
    });
    let out = "";
    let complaints = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (complaints = (complaints + text).slice(-4000)));
    const end = () => child.kill();
    process.once("exit", end); // an interrupted benchmark leaves nothing running
    child.on("error", reject);
    child.on("close", (status, signal) => {
      process.off("exit", end);
      const lines = parseLines(out);
      if (status === 0 && lines.length > 0) resolve({ lines, elsewhere: elsewhere(before, machineTimes(), lines) });
      else reject(new Error(lastLine(complaints) || `it ended with ${signal ?? `code ${status}`}, without a result`));
    });
  });
}

/** Lines that are not JSON objects are chatter of a library. */
export function parseLines(/** @type {string} */ text) {
  const lines = /** @type {Line[]} */ ([]);
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    const value = parsed(line);
    if (typeof value?.msPerStep === "number") lines.push(value);
  }
  return lines;
}

function parsed(/** @type {string} */ line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function lastLine(/** @type {string} */ text) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^\w*(Error|Exception)\b/.test(line)) ?? lines.at(-1)?.trim();
}

/** Milliseconds that all cores together have been busy, and that have passed. */
export function machineTimes() {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += sum - times.idle;
    all += sum;
  }
  return { busy, all };
}

/** The share of all cores, from 0 to 1, that went to other processes. */
export function elsewhere(
  /** @type {{ busy: number, all: number }} */ before,
  /** @type {{ busy: number, all: number }} */ after,
  /** @type {Line[]} */ lines,
) {
  const own = 1000 * Math.max(...lines.map((line) => line.cpuSeconds ?? 0));
  return Math.max(0, after.busy - before.busy - own) / Math.max(1, after.all - before.all);
}

/** Waits until others leave the machine alone; at most `seconds`. */
export async function calm(/** @type {number} */ seconds) {
  const end = Date.now() + 1000 * seconds;
  while (Date.now() < end) {
    const before = machineTimes();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const after = machineTimes();
    if ((after.busy - before.busy) / Math.max(1, after.all - before.all) < 0.1) return;
  }
}
