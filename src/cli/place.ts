// Where results go: whether they can be written is found out before the work starts, not after it. Nothing is made
// until there is something to put there.

import { randomBytes } from "node:crypto";
import { realpath, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GruvyError, shown } from "../base/index.ts";
import { fileError } from "../storage/node.ts";

/** What a folder is for: the option that named it, and the files that will be written into it. */
interface FolderUse {
  readonly option?: string;
  readonly files?: readonly string[];
}

/** Makes sure that a folder can be written into, or made, and that none of its files replaces an input. */
export async function checkFolder(
  path: string,
  inputs: readonly string[],
  { option = "--out", files = [] }: FolderUse = {},
): Promise<void> {
  refuseDash(path, option, "folder");
  await refuseInputs(path, inputs, option);
  for (const file of files) await refuseInputs(join(path, file), inputs, option);
  // The nearest folder that is there.
  let folder = resolve(path);
  while ((await kindOf(folder)) === undefined && dirname(folder) !== folder) folder = dirname(folder);
  if ((await kindOf(folder)) !== "folder") {
    const which = folder === resolve(path) ? shown(path) : `${shown(path)}, where ${shown(basename(folder))} is a file`;
    throw new GruvyError(
      "usage/out",
      `Expected ${option} to be a folder, found the file ${which}`,
      "Give another name.",
    );
  }
  try {
    await tryWriting(folder);
  } catch (error) {
    throw fileError(error, "write into", path, `Choose another folder with ${option}.`);
  }
}

/** Refuses a folder that holds files of the names to be written, but not the one by which it is known to be ours. */
export async function refuseForeign(folder: string, mark: string, names: readonly string[]): Promise<void> {
  if ((await kindOf(join(folder, mark))) !== undefined) return;
  for (const name of names) {
    if ((await kindOf(join(folder, name))) === undefined) continue;
    throw new GruvyError(
      "usage/out",
      `Expected a new folder or one with a ${mark}, found ${shown(folder)} with a ${name} of another origin`,
      "It would be replaced: give another folder with --out.",
    );
  }
}

/** Makes sure that a file can be written, or written anew. */
export async function checkFile(path: string, inputs: readonly string[], option = "--out"): Promise<void> {
  refuseDash(path, option, "file");
  await refuseInputs(path, inputs, option);
  const kind = await kindOf(path);
  if ((kind !== undefined && kind !== "file") || /[/\\]$/.test(path)) {
    throw new GruvyError(
      "usage/out",
      `Expected ${option} to be a file, found the ${kind ?? "folder"} ${shown(path)}`,
      "Give a file name.",
    );
  }
  const folder = dirname(resolve(path));
  if ((await kindOf(folder)) === undefined) {
    const what = `Cannot write ${shown(path)}: there is no folder ${shown(dirname(path))}`;
    throw new GruvyError("file/missing-folder", what, `Make it first, or choose another place with ${option}.`);
  }
  try {
    await tryWriting(folder);
  } catch (error) {
    throw fileError(error, "write", path, `Choose another place with ${option}.`);
  }
}

/** Elsewhere `-` is standard output, so a file of that name would surprise. */
function refuseDash(path: string, option: string, kind: "file" | "folder"): void {
  if (path !== "-") return;
  throw new GruvyError(
    "usage/out",
    `Expected ${option} to be a ${kind}, found "-"`,
    `Standard output is for what the command prints: give a name. A ${kind} that is called so is ./-`,
  );
}

/** The output must not replace what is read. */
async function refuseInputs(path: string, inputs: readonly string[], option = "--out"): Promise<void> {
  const own = await real(path);
  for (const input of inputs) {
    if ((await kindOf(input)) === undefined || (await real(input)) !== own) continue;
    throw new GruvyError(
      "usage/out",
      `${option} ${shown(path)} is the input itself`,
      "Give another name: inputs are never written over.",
    );
  }
}

/** The path with its links followed, as far as it exists. */
async function real(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch {
    const parent = dirname(full);
    return parent === full ? full : join(await real(parent), basename(full));
  }
}

/** What stands there; undefined where nothing does. */
export async function kindOf(path: string): Promise<"file" | "folder" | "device or pipe" | undefined> {
  try {
    const stats = await stat(path);
    return stats.isDirectory() ? "folder" : stats.isFile() ? "file" : "device or pipe";
  } catch {
    return undefined;
  }
}

/** Asking for permissions is not enough: a disk may be full or read-only. */
async function tryWriting(folder: string): Promise<void> {
  const probe = join(folder, `.gruvy-${process.pid}-${randomBytes(8).toString("hex")}.tmp`);
  try {
    await writeFile(probe, "", { flag: "wx" });
    await unlink(probe);
  } catch (error) {
    await unlink(probe).catch(() => {});
    throw error;
  }
}
