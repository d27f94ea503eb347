// Where results go: whether they can be written is found out before the work starts, not after it.

import { randomBytes } from "node:crypto";
import { rmdirSync } from "node:fs";
import { mkdir, realpath, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GruvyError, shown } from "../base/index.ts";
import { fileError } from "../storage/node.ts";

/** A place that was found writable; `forget` removes a folder that was made for nothing. */
export interface Place {
  readonly path: string;
  readonly forget: () => void;
}

/** Makes sure that files can be written into a folder, which is made when missing. */
export async function folderPlace(path: string, inputs: readonly string[]): Promise<Place> {
  await refuseInputs(path, inputs);
  const found = await kindOf(path);
  if (found === "file") {
    throw new GruvyError("usage/out", `Expected --out to be a folder, found the file ${shown(path)}`, "Give another name.");
  }
  let made: string | undefined;
  try {
    made = await mkdir(path, { recursive: true });
    await tryWriting(path);
  } catch (error) {
    throw fileError(error, "write into", path, "Choose another folder with --out.");
  }
  return { path, forget: () => forgetFolders(path, made) };
}

/** Makes sure that a file can be written, or written anew. */
export async function filePlace(path: string, inputs: readonly string[]): Promise<Place> {
  await refuseInputs(path, inputs);
  if ((await kindOf(path)) === "folder") {
    throw new GruvyError("usage/out", `Expected --out to be a file, found the folder ${shown(path)}`, "Give a file name.");
  }
  try {
    await tryWriting(dirname(resolve(path)));
  } catch (error) {
    throw fileError(error, "write", path, "Choose another place with --out.");
  }
  return { path, forget: () => {} };
}

/** The output must not replace what is read. */
async function refuseInputs(path: string, inputs: readonly string[]): Promise<void> {
  const own = await real(path);
  for (const input of inputs) {
    if ((await kindOf(input)) === undefined || (await real(input)) !== own) continue;
    throw new GruvyError("usage/out", `--out ${shown(path)} is the input itself`, "Give another name: inputs are never written over.");
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

async function tryWriting(folder: string): Promise<void> {
  const probe = join(folder, `.gruvy-${randomBytes(8).toString("hex")}.tmp`);
  await writeFile(probe, "", { flag: "wx" });
  await unlink(probe);
}

/** Removes the folders that `mkdir` made, from the inner to the `outermost`, as far as they are empty. */
function forgetFolders(path: string, outermost: string | undefined): void {
  if (outermost === undefined) return;
  const last = resolve(outermost);
  for (let folder = resolve(path); folder.length >= last.length; folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch {
      return; // something lies in it
    }
  }
}
