// npm run mutate: plants mistakes in a copy of the engine, one after another, and sees whether the engine's tests turn
// red. Prints each as caught (and by which test) or missed; ends with 1 when one is missed or no longer fits the source.
//
//   node scripts/mutate.js [words of a mutation's name...]

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutations } from "./mutate/mutations.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const LIMIT_SECONDS = 240;
const wanted = process.argv.slice(2);
const chosen = mutations.filter(({ name }) => wanted.every((word) => name.includes(word)));

/** A copy that shares only node_modules. */
function copy() {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-mutate-"));
  for (const name of ["src", "test", "package.json", "tsconfig.json", "vitest.config.ts"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Runs the engine's tests until one fails: its name, or undefined when all pass. */
function firstFailure(/** @type {string} */ folder) {
  const args = ["run", "--bail=1", "--testTimeout=30000", "--reporter=json", "src/engine", "test/engine"];
  const { status, stdout, signal } = spawnSync(join(root, "node_modules/.bin/vitest"), args, {
    cwd: folder,
    encoding: "utf8",
    timeout: LIMIT_SECONDS * 1000,
    killSignal: "SIGKILL",
    maxBuffer: 1 << 28,
  });
  if (signal !== null) return `nothing ended within ${LIMIT_SECONDS} s`;
  if (status === 0) return undefined;
  const start = stdout.indexOf("{");
  /** @type {{ testResults: { name: string, message: string, assertionResults: { status: string, fullName: string }[] }[] }} */
  const report = JSON.parse(start < 0 ? '{"testResults":[]}' : stdout.slice(start));
  for (const { name, message, assertionResults } of report.testResults) {
    const failed = assertionResults.find((one) => one.status === "failed");
    const file = name.slice(name.search(/(src|test)\/engine/));
    if (failed) return `${file}: ${failed.fullName.slice(0, 100)}`;
    if (message) return `${file}: ${message.split("\n")[0].slice(0, 100)}`;
  }
  return "the run failed";
}

const folder = copy();
let bad = 0;
try {
  const healthy = firstFailure(folder);
  if (healthy !== undefined) throw new Error(`The tests fail without any mistake planted: ${healthy}`);
  for (const { name, file, find, replace } of chosen) {
    const path = join(folder, "src/engine", file);
    const text = readFileSync(path, "utf8");
    if (text.split(find).length !== 2) {
      console.log(`stale   ${name}: its text stands ${text.split(find).length - 1} times in ${file}`);
      bad++;
      continue;
    }
    writeFileSync(
      path,
      text.replace(find, () => replace),
    );
    const found = firstFailure(folder);
    writeFileSync(path, text);
    console.log(found === undefined ? `MISSED  ${name}` : `caught  ${name}  <-  ${found}`);
    if (found === undefined) bad++;
  }
  console.log(`${chosen.length - bad} of ${chosen.length} mistakes caught`);
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = bad > 0 ? 1 : 0;
