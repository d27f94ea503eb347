// What a reader opens, and what it leaves behind: of files, of folders, of sockets and processes.

import childProcess from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import fs, { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

type Calls = Record<string, unknown>;

export interface Watch {
  /** The folder that is now the process's own and that of its temporary files. */
  readonly folder: string;
  /** What was opened since it was asked last that a reader has no business with. */
  opened(): string[];
  /** What is in the folder that was not there when it was asked last. */
  left(): string[];
  end(): void;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Watches from now on. What the program is made of, and is loaded when it is needed, may be opened, and what lies in the folder. */
export function watch(): Watch {
  const look = readdirSync; // itself, not what takes its place
  const [cwd, before] = [process.cwd(), process.env.TMPDIR];
  const folder = mkdtempSync(join(tmpdir(), "gruvy-watched-"));
  process.chdir(folder);
  process.env.TMPDIR = folder;
  const known = new Set<string>();
  let found: string[] = [];

  const path = (value: unknown): string | undefined =>
    value instanceof URL
      ? fileURLToPath(value)
      : typeof value === "string" || value instanceof Uint8Array
        ? resolve(String(value))
        : undefined;
  const isOurs = (name: string): boolean => name.startsWith(root) || name.startsWith(folder + sep);
  const undo: (() => void)[] = [];
  const wrap = (
    holder: object,
    names: readonly string[],
    note: (name: string, args: readonly unknown[]) => string | undefined,
  ) => {
    const calls = holder as Calls;
    for (const name of names) {
      const original = calls[name];
      if (typeof original !== "function") continue;
      calls[name] = function (this: unknown, ...args: unknown[]) {
        const said = note(name, args);
        if (said !== undefined) found.push(said);
        return Reflect.apply(original, this, args);
      };
      undo.push(() => {
        calls[name] = original;
      });
    }
  };
  const onFiles = (name: string, args: readonly unknown[]): string | undefined => {
    const at = path(args[0]);
    return at === undefined || isOurs(at) ? undefined : `${name} ${at}`;
  };
  const files = [
    "open",
    "openAsBlob",
    "opendir",
    "readFile",
    "readdir",
    "readlink",
    "realpath",
    "stat",
    "lstat",
    "access",
    "exists",
  ];
  const changes = [
    "writeFile",
    "appendFile",
    "mkdir",
    "mkdtemp",
    "rename",
    "unlink",
    "rm",
    "rmdir",
    "link",
    "symlink",
    "copyFile",
    "cp",
    "truncate",
    "chmod",
  ];
  const all = [...files, ...changes];
  wrap(fs, [...all, ...all.map((name) => `${name}Sync`), "createReadStream", "createWriteStream"], onFiles);
  wrap(fs.promises, all, onFiles);
  const onAny = (name: string) => name;
  wrap(net, ["connect", "createConnection", "createServer"], onAny);
  wrap(net.Socket.prototype, ["connect"], onAny);
  wrap(dgram, ["createSocket"], onAny);
  wrap(dns, ["lookup", "resolve"], onAny);
  wrap(globalThis, ["fetch"], onAny);
  wrap(childProcess, ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "fork"], onAny);
  syncBuiltinESMExports();

  const list = () => look(folder, { recursive: true }).map(String);
  return {
    folder,
    opened() {
      const these = found;
      found = [];
      return these;
    },
    left() {
      const fresh = list().filter((name) => !known.has(name));
      for (const name of fresh) known.add(name);
      return fresh;
    },
    end() {
      for (const back of undo) back();
      syncBuiltinESMExports();
      process.chdir(cwd);
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
