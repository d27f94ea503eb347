// Another version of Gruvy, checked out and built in a temporary folder.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Builds a commit; `library` is its entry, `remove` takes everything away again. */
export function buildCommit(/** @type {string} */ commit) {
  const name = run("git", ["rev-parse", "--short", "--verify", "--end-of-options", `${commit}^{commit}`], root).trim();
  const folder = join(mkdtempSync(join(tmpdir(), "gruvy-bench-")), name);
  const remove = () => {
    spawnSync("git", ["worktree", "remove", "--force", folder], { cwd: root });
    rmSync(join(folder, ".."), { recursive: true, force: true });
  };
  try {
    run("git", ["worktree", "add", "--detach", folder, name], root);
    const lock = (/** @type {string} */ where) => readFileSync(join(where, "package-lock.json"), "utf8");
    if (lock(folder) === lock(root) && existsSync(join(root, "node_modules"))) {
      symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    } else {
      run("npm", ["ci", "--ignore-scripts"], folder);
    }
    run(process.execPath, ["scripts/build.js"], folder);
    return { name, library: join(folder, "dist/index.js"), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function run(/** @type {string} */ file, /** @type {string[]} */ args, /** @type {string} */ cwd) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} failed: ${(stderr || stdout).trim()}`);
  return stdout;
}
