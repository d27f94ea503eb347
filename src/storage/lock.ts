import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { GruvyError } from "../base/index.ts";
import { crc32Text } from "./crc32.ts";
import { attempt, makeFolders } from "./durable.ts";
import { removeOnExit } from "./exit-cleanup.ts";
import { checkPath, errnoOf } from "./file-error.ts";
import { type FileLayer, nodeFiles } from "./file-layer.ts";
import { clearHalfFiles, lives } from "./half-files.ts";
import { sourceName } from "./source-name.ts";

/** The right to write into a folder, held until released or until the process ends. */
export interface FolderLock {
  release(): Promise<void>;
}

interface Owner {
  readonly file: string;
  readonly host: string;
  readonly pid: number;
  readonly start: string;
}

const PREFIX = ".gruvy.lock.";
const TRIES = 4;

/**
 * Makes this process the one writer of a folder, which is created if need be. What a dead process left is cleared away.
 *
 * Each contender first puts down a file whose name says who it is and that nobody else will ever use, then looks for
 * others: of any two the later sees the earlier, whatever the timing, and no clock is asked. Whoever sees a living
 * other steps back.
 *
 * @throws {GruvyError} `file/locked` when another process writes there, `file/...`
 * @example
 * const lock = await lockFolder("runs/second");
 * await lockFolder("runs/second"); // throws file/locked
 * await lock.release();
 */
export async function lockFolder(
  folder: string,
  { files = nodeFiles }: { files?: FileLayer } = {},
): Promise<FolderLock> {
  checkPath(folder);
  await attempt("make", folder, () => makeFolders(folder, files));
  const host = crc32Text(new TextEncoder().encode(hostname()));
  let other: Owner | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    // Two that start at once would both step back; unequal pauses let one of them through.
    if (tries > 0) await wait(10 + randomBytes(1)[0] / 4);
    const start = (await startOf(process.pid)) || "0";
    const name = `${PREFIX}${host}.${process.pid}.${start}.${randomBytes(6).toString("hex")}`;
    const lock = await putDown(join(folder, name), folder, files);
    try {
      other = await livingOther(folder, name, host, files);
      if (other === undefined) await attempt("lock", folder, () => clearHalfFiles(folder, { files }));
    } catch (error) {
      await lock.release().catch(() => {});
      throw error;
    }
    if (other === undefined) return lock;
    await lock.release();
  }
  throw lockedBy(other, folder, host);
}

/**
 * Refuses a folder that another process writes to, and touches nothing: for who only asks what would happen.
 *
 * @throws {GruvyError} `file/locked`, `file/...`
 */
export async function refuseLocked(folder: string, { files = nodeFiles }: { files?: FileLayer } = {}): Promise<void> {
  const host = crc32Text(new TextEncoder().encode(hostname()));
  for (const owner of await ownersIn(folder, files)) {
    if (owner.host !== host || (await isAlive(owner))) throw lockedBy(owner, folder, host);
  }
}

async function ownersIn(folder: string, files: FileLayer): Promise<Owner[]> {
  const names = await attempt("lock", folder, () => files.readdir(folder));
  return names.flatMap((file) => {
    const match = /^([0-9a-f]{8})\.([1-9][0-9]{0,9})\.([0-9a-f]+)\.[0-9a-f]+$/.exec(file.slice(PREFIX.length));
    if (!file.startsWith(PREFIX) || match === null) return [];
    return [{ file, host: match[1], pid: Number(match[2]), start: match[3] }];
  });
}

async function putDown(path: string, folder: string, files: FileLayer): Promise<FolderLock> {
  const forget = removeOnExit(path);
  try {
    const handle = await attempt("lock", folder, () => files.open(path, "wx", 0o666));
    await attempt("lock", folder, () => handle.close());
  } catch (error) {
    await files.unlink(path).catch(() => {});
    forget();
    throw error;
  }
  return {
    async release() {
      await attempt("unlock", folder, () => remove(path, files));
      forget();
    },
  };
}

async function livingOther(folder: string, own: string, host: string, files: FileLayer): Promise<Owner | undefined> {
  let living: Owner | undefined;
  for (const owner of await ownersIn(folder, files)) {
    const { file } = owner;
    if (file === own) continue;
    if (owner.host !== host || (await isAlive(owner))) living = owner;
    else await attempt("lock", folder, () => remove(join(folder, file), files));
  }
  return living;
}

async function remove(path: string, files: FileLayer): Promise<void> {
  try {
    await files.unlink(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** A process number is soon given to another process; where the system tells when one began, that is compared too. */
async function isAlive({ pid, start }: Owner): Promise<boolean> {
  if (!lives(pid)) return false;
  const now = await startOf(pid);
  return now === undefined || start === "0" || now === start;
}

/** When a process began, as the Linux kernel tells; "" for one that ended unnoticed, undefined where nobody tells. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [boot, stat] = await Promise.all([
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
      readFile(`/proc/${pid}/stat`, "utf8"),
    ]);
    // The second field is a name in parentheses that may hold anything; the third is the state, the 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : crc32Text(new TextEncoder().encode(boot + fields[19]));
  } catch {
    return undefined;
  }
}

function lockedBy(owner: Owner | undefined, folder: string, host: string): GruvyError {
  const who = owner?.host === host ? `process ${owner.pid}` : `process ${owner?.pid} of another machine`;
  const file = sourceName(join(folder, owner?.file ?? PREFIX));
  return new GruvyError(
    "file/locked",
    `Another run, ${who}, writes to ${sourceName(folder)}`,
    `Wait for it, stop it, or choose another folder; if it is certainly over, delete ${file}.`,
  );
}
