// Runs the built command line as a process, as a user would.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const bin = join(root, "bin", "gruvy.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Another command than the one built here. */
  readonly bin?: string;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Once this stands on standard error the command gets SIGINT, as often as said, before it does anything else. */
  readonly interruptAt?: RegExp;
  readonly interrupts?: number;
  /** Code that the command imports before its own. */
  readonly preload?: string;
  /** Closes the pipe of standard output after the first bytes, as `head -1` does. */
  readonly closeOutput?: boolean;
}

export function gruvy(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd, input, env, interruptAt, interrupts = 1, preload, closeOutput } = options;
  const command = options.bin ?? bin;
  const codes = [preload, interruptAt && interrupting(interruptAt, interrupts)].filter((code) => code !== undefined);
  const before = codes.flatMap((code) => ["--import", `data:text/javascript,${encodeURIComponent(code)}`]);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...before, command, ...args], { cwd, env: { ...process.env, ...env } });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      if (closeOutput) child.stdout.destroy();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.stdin.on("error", () => {}); // a command may end before it has read all
    child.stdin.end(input ?? "");
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

/**
 * What a command imports to interrupt itself. A signal from here would come at any time: on a busy machine after all
 * was done.
 */
function interrupting(at: RegExp, times: number): string {
  return `
    import { isMainThread } from "node:worker_threads";
    const { stderr } = process;
    const { write } = stderr;
    let [said, left] = ["", isMainThread ? ${times} : 0];
    stderr.write = function (text, ...more) {
      const written = write.call(stderr, text, ...more);
      said += text;
      for (; left > 0 && ${at}.test(said); left--) process.kill(process.pid, "SIGINT");
      return written;
    };`;
}

/** Builds what `bin/gruvy.js` runs when a source is newer; tests in other processes wait for it. */
export function built(): void {
  const newest = Math.max(
    ...readdirSync(join(root, "src"), { recursive: true })
      .map(String)
      .filter((file) => /\.(ts|js)$/.test(file) && !/\.test\.ts$/.test(file))
      .map((file) => statSync(join(root, "src", file)).mtimeMs),
  );
  const main = join(root, "dist", "cli", "main.js");
  const fresh = (): boolean => existsSync(main) && statSync(main).mtimeMs >= newest;
  if (fresh()) return;
  const lock = join(root, "node_modules", ".gruvy-build");
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch {
      if (fresh()) return;
      if (ownerDied(lock)) rmSync(lock, { force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    if (fresh()) return;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.js"], {
      cwd: root,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`The build failed:\n${stdout}${stderr}`);
  } finally {
    rmSync(lock, { force: true });
  }
}

function ownerDied(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, "utf8")) || process.pid, 0); // empty: it is being written
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** A built command line and an empty folder for each test file; call at its top. */
export function workplace(): { readonly folder: string; readonly path: (name: string) => string } {
  let folder = "";
  beforeAll(async () => {
    built();
    folder = await mkdtemp(join(tmpdir(), "gruvy-test-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return {
    get folder() {
      return folder;
    },
    path: (name) => join(folder, name),
  };
}
