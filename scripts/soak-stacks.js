// npm run soak:stacks: many random stacks and nets of layers against the float64 interpreter, and some of them on 1, 2, 3, 4 and 8
// threads, in chunks that each have a seed of their own: what was interrupted, or failed, starts again at any of them. Ends
// with one line to be recorded.
//
//   npm run soak:stacks -- --count 2000 --seed 7 --minutes 10

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "../bench/machine.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
/** Stacks of one chunk: enough that starting costs little, few enough that a failure is found again soon. */
const CHUNK = 500;
/** For so many stacks one net; of stacks a fixed number of a chunk, of nets a third are run on several threads. */
const STACKS_A_NET = 5;
const files = ["graph/stack", "graph/net", "runtime/determinism"].map((name) => `src/engine/${name}.test.ts`);

function whole(/** @type {string} */ text, /** @type {string} */ name) {
  if (!/^\d{1,9}$/.test(text) || (name !== "--seed" && Number(text) === 0)) {
    throw new Error(`Expected ${name} to be a whole number, found ${JSON.stringify(text)}.`);
  }
  return Number(text);
}

const netsOf = (/** @type {number} */ cases) => Math.ceil(cases / STACKS_A_NET);

/** Runs one chunk: whether all its stacks and nets agree; undefined when it was stopped. What went wrong is printed. */
function chunk(/** @type {number} */ cases, /** @type {number} */ seed) {
  return new Promise((resolve, reject) => {
    const args = [vitest, "run", ...files, "-t", "random", "--maxWorkers=1", "--reporter=dot"];
    const env = { ...process.env, GRUVY_CASES: `${cases}`, GRUVY_NETS: `${netsOf(cases)}`, GRUVY_SEED: `${seed}` };
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        said += part;
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code !== 0 && !stopped) process.stderr.write(said);
      resolve(signal !== null || stopped ? undefined : code === 0);
    });
  });
}

let stopped = false;
process.on("SIGINT", () => {
  stopped = true; // the chunk under way gets the same signal
});

try {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "20000" },
      seed: { type: "string", default: "1000" },
      minutes: { type: "string" },
    },
  });
  const count = whole(values.count, "--count");
  const first = whole(values.seed, "--seed");
  const started = performance.now();
  const limit = values.minutes === undefined ? Number.POSITIVE_INFINITY : whole(values.minutes, "--minutes") * 60_000;
  let done = 0;
  let seed = first;
  const failed = [];
  while (done < count && !stopped && performance.now() - started < limit) {
    const cases = Math.min(CHUNK, count - done);
    const right = await chunk(cases, seed);
    if (right === undefined) break;
    if (!right) failed.push(seed);
    done += cases;
    seed++;
    console.log(`${done} of ${count} stacks, ${Math.round((performance.now() - started) / 1000)} s`);
  }
  const on = machine();
  const result = failed.length === 0 ? "no mismatch" : `MISMATCHES with the seeds ${failed.join(", ")}`;
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `\n${on.date} UTC: ${done} random stacks, ${netsOf(done)} nets (seeds ${first} to ${seed - 1}, ${CHUNK} stacks each), ` +
      `${result}, in ${seconds} s; ` +
      `Gruvy ${on.commit}${on.changed ? ", changed" : ""}; ${on.cores} cores of ${on.cpu}, ${on.system}, Node ${on.node}`,
  );
  if (done < count) console.log(`Go on with: npm run soak:stacks -- --count ${count - done} --seed ${seed}`);
  if (failed.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
