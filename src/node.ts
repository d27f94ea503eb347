// What the library offers beyond "gruvy" where there are files: data sets, tables, models on disk.

import type { Sequential } from "./model/index.ts";
import { readFileLimited, writeDurably } from "./storage/node.ts";
import { decodeModel, encodeModel } from "./tasks/index.ts";

export { type ImdbData, type ImdbOptions, imdb, openTable, type TableOptions } from "./data/node.ts";
export { directoryStore } from "./storage/node.ts";

/**
 * Writes a model (architecture, weights, and the optimizer's state when it is compiled) as a safetensors file: beside
 * its place, synced and renamed, so that whatever happens there is a whole file.
 *
 * @throws {GruvyError} `file/...` when it cannot be written.
 *
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3 })]);
 * await saveModel(model, "model.gruvy");
 * (await loadModel("model.gruvy")).countParams(); // 15
 */
export async function saveModel(model: Sequential, path: string): Promise<void> {
  await writeDurably(path, await encodeModel(model));
}

/**
 * Reads a model that `saveModel` or `gruvy train` wrote. Training can go on where it stopped.
 *
 * @throws {GruvyError} `file/...` for a file that cannot be read, is no model or was altered.
 */
export async function loadModel(path: string): Promise<Sequential> {
  return decodeModel(await readFileLimited(path), path);
}
