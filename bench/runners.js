// Who takes part: Gruvy in up to four columns, and each peer in the configurations among which its best is looked for.

import { fileURLToPath } from "node:url";
import { readsTokens } from "./workloads.js";

/**
 * @typedef {import("./workloads.js").Workload} Workload
 * @typedef {{ label: string, options: Record<string, unknown> }} Configuration
 * @typedef {{ file: string, args: string[], env?: Record<string, string> }} Command
 * @typedef {{
 *   id: string,
 *   name: string,
 *   ours: boolean,
 *   skipped?: string,
 *   configurations(work: Workload): Configuration[],
 *   command(workload: string, options: Record<string, unknown>, dataFolder: string): Command,
 * }} Runner
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const only = (/** @type {string} */ label, options = {}) => [{ label, options }];

export const OUR_COLUMNS = /** @type {const} */ (["plain", "relaxed", "plain24", "revectorized"]);

/** Whether a column is that of a Node from 24 on. */
export const runsOnNode24 = (/** @type {string} */ column) => column === "plain24" || column === "revectorized";

/**
 * Gruvy as its users run it: `plain` touches no flag of V8, nor does `plain24` on a Node from 24 on; `relaxed` and
 * `revectorized` call `enableExperimentalSimd()`, on this Node and on one from 24 on, where it brings 256-bit vectors.
 *
 * @returns {Runner[]}
 */
export function ourRunners(
  /** @type {{ columns: readonly string[], library: string, nodeMajor: number, node24?: string, suffix?: string, threads?: number }} */
  { columns, library, nodeMajor, node24, suffix = "", threads },
) {
  const names = {
    plain: "no flag",
    relaxed: "relaxed SIMD",
    plain24: "no flag, Node 24",
    revectorized: "revectorizer",
  };
  const no24 = node24 ? undefined : "no Node 24, and npx brings none";
  const skipped = {
    plain: undefined,
    relaxed: nodeMajor >= 22 ? "from Node 22 on it needs no flag: see the column before" : undefined,
    plain24: nodeMajor >= 24 ? "this Node is one: see the first column" : no24,
    revectorized: no24,
  };
  return OUR_COLUMNS.filter((column) => columns.includes(column)).map((column) => ({
    id: `gruvy-${column}${suffix}`,
    name: `Gruvy, ${names[column]}${suffix}`,
    ours: true,
    skipped: skipped[column],
    configurations: () => only(""),
    command: (workload, _options, dataFolder) => {
      const simd = column === "plain24" ? "plain" : column;
      const args = [here("ours.js"), workload, "--json", "--data", dataFolder, "--simd", simd, "--library", library];
      if (threads) args.push("--threads", String(threads));
      return { file: runsOnNode24(column) && node24 ? node24 : process.execPath, args };
    },
  }));
}

/** What each backend of Keras is tried with; the first is the likely best. */
export function kerasConfigurations(/** @type {string} */ backend, /** @type {Workload} */ work) {
  const variants = [];
  if (work.predict) {
    variants.push({});
  } else if (work.steps <= 20) {
    const stepsPerExecution = work.batch === 1 ? 32 : 4;
    variants.push({ stepsPerExecution }, { stepsPerExecution, unroll: true }, { unroll: true });
  } else {
    variants.push({}, { stepsPerExecution: 4 });
  }
  // JAX always compiles with XLA; Keras on PyTorch does not.
  if (backend === "tensorflow") variants.push({ ...variants[0], jitCompile: false });
  return (backend === "torch" ? [{}] : variants).map(configuration);
}

export function torchConfigurations(/** @type {Workload} */ work) {
  if (work.predict) return [configuration({})];
  const best = { fused: true, flushDenormal: true, ...(work.mask && { packed: true }) };
  const variants = [best, { flushDenormal: true, ...(work.mask && { packed: true }) }];
  if (work.steps <= 20) variants.push({ ...best, threads: 1 });
  return variants.map(configuration);
}

const WORDS = /** @type {Record<string, (value: any) => string>} */ ({
  stepsPerExecution: (value) => `steps_per_execution ${value}`,
  unroll: () => "unroll",
  jitCompile: (value) => `jit_compile ${value ? "on" : "off"}`,
  bucketed: () => "length-bucketed batches",
  fused: () => "fused Adam",
  flushDenormal: () => "denormals flushed",
  packed: () => "packed sequences",
  threads: (value) => `${value} thread${value === 1 ? "" : "s"}`,
});

/** @returns {Configuration} */
function configuration(/** @type {Record<string, unknown>} */ options) {
  const label = Object.entries(options).map(([name, value]) => WORDS[name](value));
  return { label: label.join(", ") || "defaults", options };
}

/**
 * @param {{ python: string, runs: boolean, packages: Record<string, string> }} found
 * @returns {Runner[]}
 */
export function pythonRunners({ python, runs, packages }) {
  /** @type {(id: string, name: string, needs: string[], script: string, env: Record<string, string>, configurations: Runner["configurations"]) => Runner} */
  const runner = (id, name, needs, script, env, configurations) => {
    const lacking = needs.filter((need) => !packages[need]);
    return {
      id,
      name,
      ours: false,
      skipped: !runs
        ? `there is no ${python}`
        : lacking.length > 0
          ? `${python} has no ${lacking.join(", ")}`
          : undefined,
      configurations,
      command: (workload, options, dataFolder) => ({
        file: python,
        args: [here(`peers/${script}`), workload, "--data", dataFolder, "--options", JSON.stringify(options)],
        env,
      }),
    };
  };
  const runners = [];
  for (const backend of ["tensorflow", "jax", "torch"]) {
    const name = `Keras, ${{ tensorflow: "TensorFlow", jax: "JAX", torch: "PyTorch" }[backend]}`;
    const env = { KERAS_BACKEND: backend };
    const all = (/** @type {Workload} */ work) => kerasConfigurations(backend, work);
    const buckets = (/** @type {Workload} */ work) => (work.mask ? [configuration({ bucketed: true })] : []);
    runners.push(runner(`keras-${backend}`, name, ["keras", backend], "keras_peer.py", env, all));
    runners.push(
      runner(`keras-${backend}-bucketed`, `${name}, bucketed`, ["keras", backend], "keras_peer.py", env, buckets),
    );
  }
  const torch = (/** @type {Workload} */ work) => (work.recurrentDropout ? [] : torchConfigurations(work));
  runners.push(runner("pytorch", "PyTorch", ["torch"], "torch_peer.py", {}, torch));
  const predicts = (/** @type {Workload} */ work) => (work.predict ? [configuration({})] : []);
  runners.push(runner("onnxruntime", "onnxruntime", ["torch", "onnx", "onnxruntime"], "onnx_peer.py", {}, predicts));
  return runners;
}

/** Steps that are timed: some of these take seconds for one. */
const JS_STEPS = { text: 4, series: 400 };

/**
 * @param {{ has(name: string): boolean, onnxModel?(workload: string): string }} found
 * @returns {Runner[]}
 */
export function javascriptRunners({ has, onnxModel }) {
  const steps = (/** @type {Workload} */ work) => ({ steps: work.steps <= 20 ? JS_STEPS.series : JS_STEPS.text });
  /** @type {(id: string, name: string, needs: string, script: string, configurations: Runner["configurations"]) => Runner} */
  const runner = (id, name, needs, script, configurations) => ({
    id,
    name,
    ours: false,
    skipped: has(needs) ? undefined : `${needs} is not installed in bench/js: npm ci --prefix bench/js`,
    configurations,
    command: (workload, options, dataFolder) => {
      const all = script === "onnx.js" ? { ...options, model: onnxModel?.(workload) } : options;
      const args = [here(`js/${script}`), workload, "--data", dataFolder, "--options", JSON.stringify(all)];
      return { file: process.execPath, args };
    },
  });
  const plain = (/** @type {Workload} */ work) => !work.recurrentDropout && !work.mask;
  return [
    runner("tfjs", "TensorFlow.js wasm", "@tensorflow/tfjs-backend-wasm", "tfjs.js", (work) =>
      plain(work)
        ? only(readsTokens(work) && !work.predict ? "gradient of the embedding supplied" : "defaults", steps(work))
        : [],
    ),
    runner("jax-js", "jax-js wasm", "@jax-js/jax", "jax.js", (work) =>
      plain(work) && !work.predict ? only("jit, embedding outside of it", steps(work)) : [],
    ),
    runner("brain.js", "brain.js", "brain.js", "brain.js", (work) =>
      work.data === "sine" ? only("GRUTimeStep, its own optimizer") : [],
    ),
    runner("onnxruntime-node", "onnxruntime-node", "onnxruntime-node", "onnx.js", (work) =>
      work.predict && onnxModel ? only("defaults") : [],
    ),
  ];
}
