// What the library offers beyond "gruvy" where there are files: data sets, tables, models on disk.

import { basename, dirname } from "node:path";
import { GruvyError, refuseUnknown, shown } from "./base/index.ts";
import {
  loadKeras as decodeKeras,
  encodeKeras,
  type LoadKerasOptions,
  type SaveKerasOptions,
} from "./interchange/index.ts";
import type { Callback, Model, WasmOptions } from "./model/index.ts";
import { writeExported } from "./run/node.ts";
import { clearHalfFiles, directoryStore, lockFolder, readFileLimited, writeDurably } from "./storage/node.ts";
import {
  type Checkpoint,
  type CheckpointOptions,
  checkpointOptions,
  checkpointTo,
  decodeModel,
  encodeModel,
  type ModelCheckpointOptions,
  modelCheckpointOptions,
  modelCheckpointTo,
  refuseKerasName,
} from "./tasks/index.ts";

export { type ImdbData, type ImdbOptions, imdb, openTable, type TableOptions } from "./data/node.ts";
export { directoryStore } from "./storage/node.ts";
export type { Checkpoint, CheckpointOptions, Every, ModelCheckpointOptions } from "./tasks/index.ts";
export { fileLedger, readStudy, repairStudy } from "./tuning/node.ts";

/**
 * Writes all that a training needs to go on into a folder, again and again: weights, moments, the place in the epoch,
 * history and what the callbacks remember. Each file is written beside its place, synced and renamed. Given to `fit`
 * as `resumeFrom` too, a training that was killed, at whatever moment, goes on and ends with the bits it would have
 * had. The folder is for one training, and one trainer at a time.
 *
 * `every` counts epochs, or is `{ batches }` or `{ seconds }`; default 1 epoch. `keep`: so many are kept, default 2.
 *
 * @throws {GruvyError} `usage/option`; from `fit`: `file/locked` while another trainer uses the folder,
 *   `training/checkpoints-exist` when it has checkpoints that `fit` is not to resume from, `usage/resume` for settings
 *   that differ, `file/...` when it cannot be written.
 * @example
 * const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
 * model.compile({ loss: "meanSquaredError" });
 * const saving = checkpoint({ directory: "runs/points", every: { seconds: 30 } });
 * const { epoch } = await model.fit([[1], [2]], [[2], [4]], { epochs: 3, callbacks: [saving], resumeFrom: saving });
 * epoch; // [0, 1, 2]
 */
export function checkpoint(options: CheckpointOptions & { readonly directory: string }): Checkpoint {
  const { directory, ...rest } = options ?? {};
  refuseUnknown(rest, checkpointOptions, "checkpoint");
  if (typeof directory !== "string") {
    throw new GruvyError("usage/option", `Expected directory to be the path of a folder, found ${shown(directory)}`);
  }
  return checkpointTo(directoryStore(directory), rest, () => lockFolder(directory));
}

/**
 * Saves the model while it is trained: after every epoch, after so many batches (`saveFreq`), or with `saveBestOnly`
 * whenever `monitor` (default `valLoss`) has improved. `filepath` may hold numbers of the epoch in its last part:
 * `"runs/{epoch:02d}-{valLoss:.3f}.gruvy"`; without them one file is replaced. `saveWeightsOnly` leaves the optimizer's
 * state out. Each file is written beside its place, synced and renamed; `loadModel` reads it.
 *
 * @throws {GruvyError} `usage/option`; from `fit`: `training/monitor` where nothing is called that, `file/...`.
 * @example
 * const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
 * model.compile({ loss: "meanSquaredError" });
 * const saving = modelCheckpoint({ filepath: "points/best.gruvy", monitor: "loss", saveBestOnly: true });
 * await model.fit([[1], [2]], [[2], [4]], { epochs: 3, callbacks: [saving] });
 * (await loadModel("points/best.gruvy")).countParams(); // 2
 */
export function modelCheckpoint(options: ModelCheckpointOptions & { readonly filepath: string }): Callback {
  const { filepath, ...rest } = options ?? {};
  refuseUnknown(rest, modelCheckpointOptions, "modelCheckpoint");
  if (typeof filepath !== "string" || filepath === "") {
    throw new GruvyError("usage/option", `Expected filepath to be the path of a file, found ${shown(filepath)}`);
  }
  const folder = dirname(filepath);
  const saving = modelCheckpointTo(directoryStore(folder), basename(filepath), rest);
  // Trainings that were killed while they saved have left something; a folder that is not there yet holds nothing.
  const clear = () => clearHalfFiles(folder, { idle: MINUTES }).catch(() => {});
  return {
    ...saving,
    async onTrainBegin(trainer) {
      await clear();
      await saving.onTrainBegin?.(trainer);
    },
    async setState(state, trainer) {
      await clear();
      await saving.setState?.(state, trainer);
    },
  };
}

/** No file is written for that long without a pause: ten minutes. */
const MINUTES = 600_000;

/**
 * Writes a model (architecture, weights, and the optimizer's state when it is compiled) as a safetensors file: beside
 * its place, synced and renamed, so that whatever happens there is a whole file.
 *
 * @throws {GruvyError} `file/...` when it cannot be written, `usage/option` for a name of Keras's files (.keras, .h5).
 *
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3 })]);
 * await saveModel(model, "model.gruvy");
 * (await loadModel("model.gruvy")).countParams(); // 15
 */
export async function saveModel(model: Model<unknown>, path: string): Promise<void> {
  if (typeof model?.getWeights !== "function") {
    throw new GruvyError(
      "usage/model",
      `Expected a model to save, found ${shown(model)}`,
      "Write saveModel(model, path).",
    );
  }
  if (typeof path === "string") refuseKerasName(path, "the path of saveModel");
  await writeDurably(path, await encodeModel(model));
}

/**
 * Reads a model that `saveModel` or `gruvy train` wrote. Training can go on where it stopped.
 *
 * @throws {GruvyError} `file/...` for a file that cannot be read, is no model or was altered.
 */
export async function loadModel(path: string): Promise<Model> {
  return decodeModel(await readFileLimited(path), path);
}

/**
 * A model of Keras from a file, or from its bytes: `.keras`, or the `.h5` of a whole model, of Keras 2 and 3. Compiled as
 * it was, where loss, optimizer and metrics are known here; of a `.keras` file of Keras 3 the optimizer goes on.
 *
 * Layers and options that Gruvy does not have are refused by name. Nothing in the file is run, no path in it opened.
 *
 * @throws {GruvyError} `model/keras-layer`, `model/keras-option`, `file/...` for what cannot be read or is none of Keras's.
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3 })]);
 * await saveKeras(model, "model.keras");
 * (await loadKeras("model.keras")).countParams(); // 15
 */
export async function loadKeras(file: string | Uint8Array, options: LoadKerasOptions = {}): Promise<Model> {
  if (typeof file !== "string") return decodeKeras(file, options);
  return decodeKeras(await readFileLimited(file), { source: file, ...options });
}

/**
 * Writes a `.keras` file that Keras 3 loads: beside its place, synced and renamed. What Keras lacks of
 * how it is trained is left out, and `onWarning` is told.
 *
 * @throws {GruvyError} `file/...` when it cannot be written, `model/keras-layer` for a layer that Keras lacks.
 */
export async function saveKeras(model: Model<unknown>, path: string, options: SaveKerasOptions = {}): Promise<void> {
  await writeDurably(path, await encodeKeras(model, options));
}

/**
 * Writes a model as a program of its own: `path`, WebAssembly with the weights inside; and beside it a loader in one
 * file and its types. They run wherever WebAssembly does and need nothing of Gruvy. See `model.toWasm`.
 *
 * @throws {GruvyError} `usage/option` for a path that does not end in `.wasm`, `file/...` when it cannot be written.
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3 })]);
 * await saveWasm(model, "model.wasm"); // and model.js, model.d.ts
 */
export async function saveWasm(model: Model<unknown>, path: string, options: WasmOptions = {}): Promise<void> {
  if (typeof path !== "string" || !path.endsWith(".wasm")) {
    throw new GruvyError("usage/option", `Expected a path that ends in .wasm, found ${shown(path)}`);
  }
  await writeExported(await model.toWasm(options), path);
}
