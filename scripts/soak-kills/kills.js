// Kills trainings with SIGKILL at random moments, resumes them, and compares every bit of their end.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { subjects } from "./subjects.js";

const program = fileURLToPath(new URL("./program.js", import.meta.url));

/** Runs the training until it ends or is killed so many milliseconds after its first step. */
function run(/** @type {string} */ folder, /** @type {string} */ kind, /** @type {number | undefined} */ killAfter) {
  return new Promise(
    (
      /** @type {(result: { end: string | undefined, killed: boolean, milliseconds: number, errors: string }) => void} */ resolve,
      reject,
    ) => {
      const child = spawn(process.execPath, [program, folder, kind], { stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      let errors = "";
      let began = 0;
      child.stdout.on("data", (data) => {
        if (began === 0 && killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
        if (began === 0) began = performance.now();
        out += data;
      });
      child.stderr.on("data", (data) => {
        errors += data;
      });
      child.once("error", reject);
      child.once("close", (_code, signal) => {
        const end = /^end ([0-9a-f]{64})$/m.exec(out)?.[1];
        resolve({ end, killed: signal === "SIGKILL", milliseconds: performance.now() - began, errors });
      });
    },
  );
}

/**
 * Kills trainings of all kinds in turn until so many kills have hit one, or the time is over, and says how many ended
 * with other bits than the one nobody killed, or did not end.
 */
export async function killAndResume({ kills = 20, seconds = Number.POSITIVE_INFINITY, random = Math.random } = {}) {
  const parent = mkdtempSync(join(tmpdir(), "gruvy-kills-"));
  const stop = performance.now() + 1000 * seconds;
  const counts = { kills: 0, trainings: 0, different: 0, leftBehind: 0 };
  const problems = [];
  try {
    const kinds = Object.keys(subjects);
    const wholes = [];
    for (const kind of kinds) {
      const whole = await run(join(parent, `whole ${wholes.length}`), kind, undefined);
      if (whole.end === undefined) throw new Error(`The training failed: ${whole.errors}`);
      wholes.push(whole);
    }
    for (let i = 0; counts.kills < kills && performance.now() < stop; i++) {
      const folder = join(parent, String(i));
      const kind = kinds[i % kinds.length];
      const whole = wholes[i % kinds.length];
      let result = await run(folder, kind, random() * whole.milliseconds);
      // Up to five kills a training; then it may end.
      for (let again = 1; result.end === undefined && result.killed; again++) {
        counts.kills++;
        result = await run(folder, kind, again < 5 && counts.kills < kills ? random() * whole.milliseconds : undefined);
      }
      counts.trainings++;
      if (result.end !== whole.end) {
        counts.different++;
        problems.push(`Training ${i} (${kind}): ${result.errors || "other bits"}`);
      }
      counts.leftBehind += readdirSync(join(folder, "run")).filter((name) => name.startsWith(".gruvy")).length;
      rmSync(folder, { recursive: true });
    }
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
  return { ...counts, problems };
}
