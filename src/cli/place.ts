// Where results go: whether they can be written is found out before the work starts, not after it. Nothing is made
// until there is something to put there.

import { randomBytes } from "node:crypto";
import { realpath, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GruvyError, shown } from "../base/index.ts";
import { fileError } from "../storage/node.ts";

/** Makes sure that a folder can be written into, or made. */
export async function checkFolder(path: string, inputs: readonly string[]): Promise<void> {
  await refuseInputs(path, inputs);
  // The nearest folder that is there.
  let folder = resolve(path);
  while ((await kindOf(folder)) === undefined && dirname(folder) !== folder) folder = dirname(folder);
  if ((await kindOf(folder)) === "file") {
    const which = folder === resolve(path) ? shown(path) : `${shown(path)}, where ${shown(basename(folder))} is a file`;
    throw new GruvyError("usage/out", `Expected --out to be a folder, found the file ${which}`, "Give another name.");
  }
  try {
    await tryWriting(folder);
  } catch (error) {
    throw fileError(error, "write into", path, "Choose another folder with --out.");
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
  await refuseInputs(path, inputs, option);
  if ((await kindOf(path)) === "folder" || /[/\\]$/.test(path)) {
    throw new GruvyError(
      "usage/out",
      `Expected ${option} to be a file, found the folder ${shown(path)}`,
      "Give a file name.",
    );
  }
  try {
    await tryWriting(dirname(resolve(path)));
  } catch (error) {
    throw fileError(error, "write", path, `Choose another place with ${option}.`);
  }
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

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

/** Asking for permissions is not enough: a disk may be full or read-only. */
async function tryWriting(folder: string): Promise<void> {
  const probe = join(folder, `.gruvy-${randomBytes(8).toString("hex")}.tmp`);
  await writeFile(probe, "", { flag: "wx" });
  await unlink(probe);
}
