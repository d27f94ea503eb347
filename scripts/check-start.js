// npm run check:start: how much longer `gruvy --help` takes than a bare Node, timed in turn so that both meet the same
// machine.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const LIMIT = 60;
const ROUNDS = 15;
const gruvy = fileURLToPath(new URL("../bin/gruvy.js", import.meta.url));

const timed = (/** @type {string[]} */ args) => {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}.\n${stderr}`.trim());
  return performance.now() - start;
};
const median = (/** @type {number[]} */ values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const milliseconds = (/** @type {number} */ value) => `${value.toFixed(1)} ms`;

try {
  const help = [];
  const bare = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = [timed([gruvy, "--help"]), timed(["-e", "0"])];
    if (round === 0) continue; // the first fills the file cache
    help.push(pair[0]);
    bare.push(pair[1]);
  }
  const difference = median(help.map((time, round) => time - bare[round]));
  console.log(`gruvy --help ${milliseconds(median(help))}, node -e 0 ${milliseconds(median(bare))}`);
  console.log(`median difference ${milliseconds(difference)} over ${ROUNDS} rounds; the limit is ${LIMIT} ms.`);
  if (difference > LIMIT) throw new Error("gruvy --help starts too slowly. What does it load that help does not need?");
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
