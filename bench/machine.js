// What the numbers were measured on.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

export function machine() {
  const git = (/** @type {string[]} */ ...args) => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout ?? "";
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    gruvy: version,
    commit: git("rev-parse", "--short", "HEAD").trim(),
    changed: git("status", "--porcelain", "--", "src").trim() !== "",
    node: process.versions.node,
    cpu: `${cpus()[0]?.model.trim() ?? "unknown"}${instructions()}`,
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: type(),
  };
}

/** The widest vector instructions, which a processor's marketing name may hide. */
function instructions() {
  try {
    const flags =
      readFileSync("/proc/cpuinfo", "utf8")
        .match(/^flags\s*:(.*)$/m)?.[1]
        .split(" ") ?? [];
    const known = { avx2: "AVX2", avx512f: "AVX-512", amx_tile: "AMX" };
    const found = Object.entries(known).flatMap(([flag, name]) => (flags.includes(flag) ? [name] : []));
    return found.length > 0 ? ` (${found.join(", ")})` : "";
  } catch {
    return "";
  }
}

export function machineLine(/** @type {ReturnType<typeof machine>} */ on, /** @type {number} */ rounds) {
  const source = `Gruvy ${on.gruvy} (${on.commit}${on.changed ? ", changed" : ""})`;
  const where = `${on.cores} cores of ${on.cpu}, ${on.memoryGB} GB, ${on.system}, Node ${on.node}`;
  return `${source}; ${where}; ${on.date} UTC; ${rounds} round${rounds === 1 ? "" : "s"}.`;
}
