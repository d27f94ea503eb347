// Looks for the peers on this machine.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const PACKAGES = ["keras", "tensorflow", "jax", "torch", "onnx", "onnxruntime"];
const QUESTION = `
import importlib.util, json
print(json.dumps([name for name in ${JSON.stringify(PACKAGES)} if importlib.util.find_spec(name)]))
`;

/** The Python that GRUVY_PYTHON names, else that of .venv, else python3; whether it runs, and which peers it has. */
export function findPython() {
  const own = [join(root, ".venv/bin/python"), join(root, ".venv/Scripts/python.exe")].find(existsSync);
  const python = process.env.GRUVY_PYTHON || own || "python3";
  const { status, stdout } = spawnSync(python, ["-c", QUESTION], { encoding: "utf8" });
  if (status !== 0 && process.env.GRUVY_PYTHON) throw new Error(`GRUVY_PYTHON names ${python}, which does not run.`);
  const names = status === 0 ? /** @type {string[]} */ (JSON.parse(stdout)) : [];
  return { python, runs: status === 0, packages: Object.fromEntries(names.map((name) => [name, name])) };
}

/** A Node from 24 on: this one, or what npx brings; undefined without one. */
export function findNode24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const asked = ["--yes", "node@24", "-p", "process.execPath"];
  const { status, stdout } = spawnSync("npx", asked, { encoding: "utf8", shell: process.platform === "win32" });
  return status === 0 ? stdout.trim().split("\n").at(-1) : undefined;
}

/** Whether a JavaScript peer has been installed in bench/js. */
export function hasScriptPeer(/** @type {string} */ name) {
  return existsSync(join(root, "bench/js/node_modules", name, "package.json"));
}
