// node bench/load-keras.js [megabytes]: what loading a `.keras` file takes beside reading its bytes, in processor time and
// by the clock: the first load of a process, which starts the HDF5 library, and later ones. Needs `npm run build`.

import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dense, embedding, gru, sequential } from "../dist/index.js";
import { encodeKeras } from "../dist/interchange/index.js";
import { loadKeras } from "../dist/node.js";

const RUNS = 5;
const [, , megabytes = "10", path] = process.argv;

/** Milliseconds of `work`, of all processors together and by the clock. */
async function timed(work) {
  const [used, begun] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { processor: (user + system) / 1000, clock: performance.now() - begun };
}

const load = async () => (await loadKeras(path)).dispose();

/** The middle one of each. */
async function repeated(work) {
  const times = [];
  for (let i = 0; i < RUNS; i++) times.push(await timed(work));
  const middle = (of) => times.map(of).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
  return { processor: middle((time) => time.processor), clock: middle((time) => time.clock) };
}

if (path === undefined) {
  // Measured in a process of its own, in which nothing is warm from writing the file.
  const folder = await mkdtemp(join(tmpdir(), "gruvy-bench-"));
  try {
    const inputDim = Math.round((Number(megabytes) * 1e6) / 512);
    const model = sequential([embedding({ inputDim, outputDim: 128 }), gru({ units: 32 }), dense({ units: 1 })]);
    const file = join(folder, "model.keras");
    await writeFile(file, await encodeKeras(model));
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), megabytes, file], {
      stdio: "inherit",
    });
    process.exitCode = status ?? 1;
  } finally {
    await rm(folder, { recursive: true });
  }
} else {
  const row = (name, { processor, clock }) =>
    console.log(
      `${name.padEnd(28)}${processor.toFixed(1).padStart(8)} ms of processors${clock.toFixed(1).padStart(8)} ms`,
    );
  const read = await repeated(() => readFile(path));
  row(`reading ${megabytes} MB`, read);
  row("the first load", await timed(load));
  row(`loading, middle of ${RUNS}`, await repeated(load));
  row("allowed", { processor: 1.5 * read.processor + 100, clock: 1.5 * read.clock + 100 });
}
