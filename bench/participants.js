// Who takes part in a sitting: our columns, and either another version of us or the peers that are found.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode24, findPython, hasScriptPeer } from "./found.js";
import { known } from "./options.js";
import { javascriptRunners, ourRunners, pythonRunners, runsOnNode24 } from "./runners.js";

/**
 * `library` is the entry of the version measured, `other` the one it is compared with. Data lie in `folder`; models for
 * others are written there too.
 *
 * @param {ReturnType<typeof import("./options.js").readOptions>} options
 * @param {{ library: string, other?: { name: string, library: string }, folder: string }} places
 */
export function participants({ columns, threads, peers: wanted }, { library, other, folder }) {
  const nodeMajor = Number(process.versions.node.split(".")[0]);
  const node24 = columns.some(runsOnNode24) ? findNode24() : undefined;
  const ours = ourRunners({ columns, threads, nodeMajor, node24, library });
  if (other) {
    const suffix = ` at ${other.name}`;
    return { ours, others: ourRunners({ columns, threads, nodeMajor, node24, library: other.library, suffix }) };
  }
  const [fastest] = ourRunners({ columns: [nodeMajor >= 22 ? "plain" : "relaxed"], nodeMajor, threads: 1, library });
  const oneThread = { ...fastest, id: "gruvy-one-thread", name: "Gruvy, one thread", ours: false };
  if (wanted?.length === 0) return { ours, others: [] };
  const python = findPython();
  const onnxModel = (/** @type {string} */ workload) => join(folder, `${workload}.onnx`);
  const exports = ["torch", "onnx", "onnxruntime"].every((name) => python.packages[name]);
  const peers = [
    ...pythonRunners(python),
    ...javascriptRunners({
      has: hasScriptPeer,
      onnxModel: exports ? (workload) => exported(python.python, workload, folder, onnxModel(workload)) : undefined,
    }),
  ];
  const all = [...peers, oneThread];
  if (!wanted) return { ours, others: peers };
  known(
    wanted,
    all.map(({ id }) => id),
    "peer",
  );
  return { ours, others: all.filter(({ id }) => wanted.includes(id)) };
}

/** The model of a prediction, for onnxruntime-node; PyTorch writes it. */
function exported(
  /** @type {string} */ python,
  /** @type {string} */ workload,
  /** @type {string} */ folder,
  /** @type {string} */ file,
) {
  if (existsSync(file)) return file;
  const script = fileURLToPath(new URL("peers/onnx_peer.py", import.meta.url));
  const { status, stderr } = spawnSync(
    python,
    [script, workload, "--data", folder, "--options", JSON.stringify({ save: file })],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`onnx_peer.py could not export ${workload}: ${stderr.trim().split("\n").at(-1)}`);
  return file;
}
