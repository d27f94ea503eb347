// npm run soak: all that goes beyond the tests for long, one part after another: random stacks against float64, killed
// trainings, killed searches, changed files. Ends with a line for each part, and with 1 when one of them failed.
//
//   npm run soak -- kills studies          these parts alone; each has options in a command of its own

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { partsOf } from "./soak/parts.js";

const here = (/** @type {string} */ file) => fileURLToPath(new URL(file, import.meta.url));

let stopped = false;
process.on("SIGINT", () => {
  stopped = true; // the part under way gets the same signal
});

/** @returns {Promise<string>} what became of a part */
function run(/** @type {string} */ script) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [here(script)], { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(stopped ? "interrupted" : code === 0 ? "ok" : `FAILED (${code})`));
  });
}

try {
  const parts = partsOf(process.argv.slice(2));
  if (!existsSync(here("../dist/node.js"))) throw new Error("There is no dist/node.js: npm run build");
  const lines = [];
  for (const { name, what, script } of parts) {
    if (stopped) break;
    console.log(`\n=== ${name}: ${what}`);
    const started = performance.now();
    const result = await run(script);
    lines.push(
      `${name.padEnd(8)} ${String(Math.round((performance.now() - started) / 1000)).padStart(6)} s  ${result}`,
    );
    if (result !== "ok") process.exitCode = 1;
  }
  console.log(`\n=== Summary\n${lines.join("\n")}`);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 2;
}
