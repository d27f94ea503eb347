/// <reference types="node" preserve="true" />

import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GruvyError } from "../base/index.ts";
import { removeOnExit } from "./exit-cleanup.ts";
import { checkPath, errnoOf, fileError } from "./file-error.ts";
import { type FileLayer, kindOf, nodeFiles } from "./file-layer.ts";
import { sourceName } from "./source-name.ts";

/** How the names of files begin that are being written; the process that writes follows. */
export const TEMPORARY = ".gruvy-";

/** The content of a file: at once, or in pieces as they come. */
export type Content = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Replaces a file wholly or not at all: writes beside it, syncs, renames into place, and syncs the folder. Whatever
 * fails, the old file stays and no temporary file does. A link is followed and stays; permissions and owner are kept.
 *
 * @throws {GruvyError} `file/...`: `missing-folder`, `is-folder`, `not-a-file`, `read-only`, `no-permission`,
 *   `disk-full`, `device`...
 * @example
 * await writeDurably("notes.txt", new TextEncoder().encode("first\n"));
 * await writeDurably("no/such/folder/notes.txt", new Uint8Array(1)); // throws file/missing-folder
 */
export function writeDurably(path: string, content: Content, files: FileLayer = nodeFiles): Promise<void> {
  return writeTogether([{ path, content }], files);
}

/**
 * Replaces several files that belong together: none takes its place before all of them are written and synced, so that a
 * full disk leaves all the old ones. Only a failing rename, or a death between two of them, can leave some old and some new.
 *
 * @throws {GruvyError} as `writeDurably`.
 * @example
 * const bytes = new TextEncoder().encode("1\n");
 * await writeTogether([{ path: "a.txt", content: bytes }, { path: "b.txt", content: bytes }]);
 */
export async function writeTogether(
  parts: readonly { readonly path: string; readonly content: Content }[],
  files: FileLayer = nodeFiles,
): Promise<void> {
  const written: Written[] = [];
  let placed = 0;
  try {
    for (const { path, content } of parts) written.push(await writeBeside(path, content, files));
    for (const { path, temporary, target } of written) {
      await attempt("write", path, () => files.rename(temporary, target));
      placed++;
    }
  } catch (error) {
    for (const { temporary } of written.slice(placed)) await files.unlink(temporary).catch(() => {});
    throw error;
  } finally {
    for (const { forget } of written) forget();
  }
  const folders = new Map(written.map(({ path, target }) => [dirname(target), path]));
  for (const [folder, path] of folders) {
    await syncFolder(folder, files).catch((error: unknown) => {
      const next = "It was written, but might not survive a power cut; check the disk.";
      throw fileError(error, "make sure of", path, next);
    });
  }
}

/** A file that is whole, but not in its place yet. */
interface Written {
  readonly path: string;
  readonly temporary: string;
  readonly target: string;
  /** When it is not to be removed at the end of the process any more. */
  readonly forget: () => void;
}

async function writeBeside(path: string, content: Content, files: FileLayer): Promise<Written> {
  checkPath(path);
  const old = await attempt("write", path, () => existing(path, files));
  const target = old?.path ?? path;
  const temporary = join(dirname(target), `${TEMPORARY}${process.pid}-${randomBytes(8).toString("hex")}.tmp`);
  const mode = old ? old.stats.mode & 0o777 : 0o666; // never readable to more than the old one, not even for a moment
  const handle = await attempt("write into the folder of", path, () => create(temporary, mode, path, files));
  const forget = removeOnExit(temporary);
  try {
    await writeAll(handle, content, path);
    await attempt("write", path, async () => {
      if (old) await keepRights(handle, old.stats);
      await handle.sync();
      await handle.close();
    });
  } catch (error) {
    await handle.close().catch(() => {}); // has no effect when it is closed already
    await files.unlink(temporary).catch(() => {});
    forget();
    throw error;
  }
  return { path, temporary, target, forget };
}

/** The real place and rights of the file that is to be replaced; undefined when there is none. */
async function existing(path: string, files: FileLayer): Promise<{ path: string; stats: Stats } | undefined> {
  let real: string;
  try {
    real = await files.realpath(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    if (/[/\\]$/.test(path) || [".", ".."].includes(basename(path))) throw notAFile(path, "a folder");
    return undefined;
  }
  const stats = await files.stat(real);
  if (!stats.isFile()) throw notAFile(path, kindOf(stats));
  if ((stats.mode & 0o222) === 0) {
    throw new GruvyError(
      "file/read-only",
      `Cannot write ${sourceName(path)}: the file is read-only`,
      "Allow writing to it (chmod u+w), or choose another name.",
    );
  }
  return { path: real, stats };
}

async function create(temporary: string, mode: number, path: string, files: FileLayer): Promise<FileHandle> {
  try {
    return await files.open(temporary, "wx", mode);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw new GruvyError(
      "file/missing-folder",
      `Cannot write ${sourceName(path)}: there is no folder ${sourceName(dirname(path))}`,
      "Make it first, or choose another place.",
      { cause: error },
    );
  }
}

export function notAFile(path: string, kind: string): GruvyError {
  const code = kind === "a folder" ? "file/is-folder" : "file/not-a-file";
  return new GruvyError(code, `Cannot write ${sourceName(path)}: it is ${kind}`, "Give the path of a file.");
}

async function keepRights(handle: FileHandle, old: Stats): Promise<void> {
  const now = await handle.stat();
  if (now.uid !== old.uid || now.gid !== old.gid) {
    // Only the superuser may give files away; for others the file becomes theirs, as with any editor.
    await handle.chown(old.uid, old.gid).catch((error: unknown) => {
      if (errnoOf(error) !== "EPERM") throw error;
    });
  }
  if (now.mode !== old.mode) await handle.chmod(old.mode & 0o7777);
}

/** Writes all of the content where the handle stands; the system may take less at a time than it is given. */
export async function writeAll(handle: FileHandle, content: Content, path: string): Promise<void> {
  const chunks = content instanceof Uint8Array ? [content] : content;
  for await (const chunk of chunks) {
    for (let done = 0; done < chunk.length; ) {
      const length = Math.min(chunk.length - done, 1 << 24);
      const { bytesWritten } = await attempt("write", path, () => handle.write(chunk, done, length));
      if (bytesWritten === 0) {
        throw new GruvyError(
          "file/disk-full",
          `Cannot write ${sourceName(path)}: the system takes no more bytes`,
          "Free some space or choose another place.",
        );
      }
      done += bytesWritten;
    }
  }
}

/** Makes a folder and those above it that are missing; gives the topmost one it made. */
export async function makeFolders(folder: string, files: FileLayer): Promise<string | undefined> {
  try {
    return await files.mkdir(folder, { recursive: true });
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    // So Node says it of a read-only file system too; making the first that is missing tells the truth.
    let first = resolve(folder);
    while (dirname(first) !== first && !(await isThere(dirname(first), files))) first = dirname(first);
    await files.mkdir(first).catch((found: unknown) => {
      throw errnoOf(found) === "EROFS" ? found : error;
    });
    await files.mkdir(folder, { recursive: true });
    return first;
  }
}

const isThere = (path: string, files: FileLayer): Promise<boolean> =>
  files.stat(path).then(
    () => true,
    () => false,
  );

/** Makes what was created, renamed or removed in a folder survive a power cut, where the system can. */
export async function syncFolder(folder: string, files: FileLayer): Promise<void> {
  if (process.platform === "win32") return;
  let handle: FileHandle;
  try {
    handle = await files.open(folder, "r");
  } catch (error) {
    // One may write into a folder one may not read; then there is no way to sync it.
    if (errnoOf(error) === "EACCES" || errnoOf(error) === "EPERM") return;
    throw error;
  }
  await closing(handle, () =>
    handle.sync().catch((error: unknown) => {
      if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errnoOf(error) ?? "")) throw error;
    }),
  );
}

/** Does the work, then closes; the first error counts, and a failed close is one. */
export async function closing<T>(handle: FileHandle, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
  await handle.close();
  return result;
}

/** Runs file calls and turns what they throw into a GruvyError. */
export async function attempt<T>(action: string, path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fileError(error, action, path);
  }
}
