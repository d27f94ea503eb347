import { GruvyError, refuseUnknown, shown, wholeNumber } from "../../base/index.ts";
import { type Json, type Model, modelFromConfig } from "../../model/index.ts";
import { type KerasFile, openKeras } from "../../storage/foreign.ts";
import type { StoredTensor } from "../../storage/index.ts";
import { rounded } from "../rounded.ts";
import { readOptimizerState } from "./optimizer-state.ts";
import { inFileOrder } from "./order.ts";
import { type LayerPlace, placesByName, placesOfModel } from "./places.ts";
import { type ReadModel, readModel } from "./read-model.ts";
import { readTraining } from "./training.ts";
import { member } from "./values.ts";

/** What `loadKeras` can be told. */
export interface LoadKerasOptions {
  /** Called with a sentence for each thing that the file says of training and the model will not do. Default: warns on the console. */
  readonly onWarning?: (text: string) => void;
  /** Bytes that the file may unpack to. Default: 8 times the file, at least 16 MiB. */
  readonly maxBytes?: number;
  /** The file's name, for messages. */
  readonly source?: string;
}

/**
 * A model of Keras from the bytes of its file: `.keras`, or the `.h5` of a whole model, of Keras 2 and 3. Compiled as it
 * was, where loss, optimizer and metrics are known here; of a `.keras` file of Keras 3 the optimizer goes on.
 *
 * Layers and options that Gruvy does not have are refused by name. Nothing in the file is run, no path in it opened.
 *
 * @throws {GruvyError} `model/keras-layer`, `model/keras-option`, `file/...` for what is damaged or none of Keras's.
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3 })]);
 * const again = await loadKeras(await encodeKeras(model));
 * again.countParams(); // 15
 */
export async function loadKeras(bytes: Uint8Array, options: LoadKerasOptions = {}): Promise<Model> {
  refuseUnknown(options, ["onWarning", "maxBytes", "source"], "loadKeras");
  const { onWarning = (text: string) => console.warn(text), source = "the file" } = options;
  const file = await opened(bytes, options);
  let model: Model<unknown> | undefined;
  try {
    if (file.config === undefined) {
      throw new GruvyError(
        "file/keras",
        `Expected a whole model in ${source}, found weights alone`,
        "Make the model in code and give it to loadKerasWeights.",
      );
    }
    const version = majorOf(file, source);
    const read = readModel(file.config as Json, { version, warn: onWarning });
    const training = member(file.config, "compile_config") ?? file.training;
    model = made(read, (training ?? null) as Json, onWarning);
    await setArrays(model, file, read.layers, source);
    if (!model.isCompiled) return model as Model;
    if (version === 3 && file.layout === "places") await readOptimizerState(model, file, read.layers, onWarning);
    else if (await file.remembers()) {
      onWarning("The optimizer starts anew: what it remembers is read from .keras files of Keras 3 alone.");
    }
    return model as Model;
  } catch (error) {
    model?.dispose();
    throw error;
  } finally {
    file.close();
  }
}

/**
 * Gives a model the weights of a Keras file: of weights alone (`.weights.h5`, the `.h5` of Keras 2) or of a whole model
 * with the same layers. Those of a model of several outputs are found by their names, where these were given and the file
 * has them.
 *
 * @throws {GruvyError} `model/weights` where number or shapes differ, and what `loadKeras` throws.
 * @example
 * const model = sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer: "ones" })]);
 * const other = sequential([input({ shape: [2] }), dense({ units: 1 })]);
 * await loadKerasWeights(other, await encodeKeras(model));
 * (await other.predict([[1, 2]])).toArray(); // [[3]]
 */
export async function loadKerasWeights(
  model: Model<unknown>,
  bytes: Uint8Array,
  options: Omit<LoadKerasOptions, "onWarning"> = {},
): Promise<void> {
  refuseUnknown(options, ["maxBytes", "source"], "loadKerasWeights");
  const { source = "the file" } = options;
  const file = await opened(bytes, options);
  try {
    // Only in Keras 3 masks are computed by operations, which have their place among the layers.
    const order = majorOf(file, source) === 3 ? inFileOrder : undefined;
    const places = placesOfModel(model, order);
    const several = file.layout === "places" && model.outputNames.length > 1;
    await setArrays(model, file, several ? await placesByName(model, places, file.namesAt) : places, source);
  } finally {
    file.close();
  }
}

function opened(bytes: Uint8Array, { source = "the file", maxBytes }: LoadKerasOptions): Promise<KerasFile> {
  if (maxBytes !== undefined) wholeNumber(maxBytes, "maxBytes");
  if (bytes instanceof Uint8Array) return openKeras(bytes, { source, maxBytes });
  throw new GruvyError(
    "usage/option",
    `Expected the bytes of a file as a Uint8Array, found ${shown(bytes)}`,
    "For a path use loadKeras of gruvy/node; for an ArrayBuffer new Uint8Array(buffer).",
  );
}

/** Keras's major version; what does not say it is as old as its kind of file. */
function majorOf({ version, layout }: KerasFile, source: string): number {
  const major = version === undefined ? (layout === "names" ? 2 : 3) : Number.parseInt(version, 10);
  if (major === 2 || major === 3) return major;
  throw new GruvyError(
    "file/keras",
    `Expected a file of Keras 2 or 3 in ${source}, found version ${shown(version)}`,
    "Load it with that version, and save it with Keras 3.",
  );
}

async function setArrays(
  model: Model<unknown>,
  file: KerasFile,
  layers: readonly LayerPlace[],
  source: string,
): Promise<void> {
  const paths = model.weightPaths;
  const own = layers.map(({ name }) => paths.filter((path) => path.startsWith(`${name}/`)));
  const found =
    file.layout === "places"
      ? await atPlaces(file, layers)
      : await byNames(file, layers, own, new Set(model.trainablePaths));
  const weights = layers.flatMap((layer, i) => {
    if (found[i].length !== own[i].length) {
      throw new GruvyError(
        "model/weights",
        `Expected ${own[i].length} arrays of layer ${shown(layer.own)} in ${source}, found ${found[i].length}`,
        "The file is of another model, or was saved before the model was built.",
      );
    }
    return found[i].map((stored, k) => [own[i][k], rounded(stored, own[i][k])] as const);
  });
  const byPath = new Map(weights);
  await model.setWeights(paths.map((path) => byPath.get(path)!));
}

const cellFolders = ["gru_cell", "lstm_cell", "simple_rnn_cell"];

type Arrays = readonly (readonly StoredTensor[])[];

async function atPlaces(file: KerasFile, layers: readonly LayerPlace[]): Promise<Arrays> {
  const folders = layers.map(({ place, arrays }) =>
    arrays.map((folder) => (folder === "" ? place : `${place}/${folder}`)),
  );
  const flat = await file.arrays(folders.flat());
  // A list of one cell, which is the cell itself here, has a folder for it.
  const listed = folders
    .flat()
    .map((folder, i) => (flat[i].length === 0 && /\/cell$/.test(folder) ? folder : undefined));
  const within = listed.flatMap((folder) => (folder ? cellFolders.map((cell) => `${folder}/cells/${cell}`) : []));
  const more = within.length > 0 ? await file.arrays(within) : [];
  let [at, next] = [0, 0];
  const arraysAt = (i: number): readonly StoredTensor[] => {
    if (listed[i] === undefined) return flat[i];
    next += cellFolders.length;
    return more.slice(next - cellFolders.length, next).flat();
  };
  return folders.map((own) => own.flatMap(() => arraysAt(at++)));
}

/** By name where the file has the names; else the layers that have weights, in order, as Keras does. */
async function byNames(
  file: KerasFile,
  layers: readonly LayerPlace[],
  own: readonly (readonly string[])[],
  trained: ReadonlySet<string>,
): Promise<Arrays> {
  const needs = layers.filter((_, i) => own[i].length > 0);
  const names = [...new Set(needs.map((layer) => layer.own))];
  const named = names.every((name) => file.layers.includes(name));
  const found = await file.arrays(named ? names : file.layers);
  const filled = named ? found : found.filter(({ length }) => length > 0);
  const left = new Map(names.map((name, i) => [name, filled[i] ?? []]));
  const taken = new Map<string, StoredTensor>();
  const extra = new Map<string, readonly StoredTensor[]>();
  for (const name of names) {
    // A model in the place of a layer has one name for all of its layers. What is not trained follows on what is.
    const paths = layers.flatMap((layer, i) => (layer.own === name ? own[i] : []));
    const order = [...paths.filter((path) => trained.has(path)), ...paths.filter((path) => !trained.has(path))];
    const arrays = left.get(name)!;
    order.forEach((path, i) => {
      if (arrays[i]) taken.set(path, arrays[i]);
    });
    extra.set(name, arrays.slice(order.length));
  }
  return layers.map((layer, i) => {
    const last = !layers.slice(i + 1).some((other, k) => other.own === layer.own && own[i + 1 + k].length > 0);
    const mine = own[i].flatMap((path) => taken.get(path) ?? []);
    return own[i].length > 0 && last ? [...mine, ...extra.get(layer.own)!] : mine;
  });
}

/** Compiled where all of that is known; otherwise the model predicts, and it is told why it is not compiled. */
function made({ architecture, outputs }: ReadModel, training: Json, warn: (text: string) => void): Model<unknown> {
  const plain = modelFromConfig(architecture);
  // Keras keeps an empty record, or one without a loss, of a model that was never compiled.
  if ((member(training, "loss") ?? null) === null) return plain;
  try {
    const compile = readTraining(training, { keras: outputs, own: plain.outputNames }, warn);
    const compiled = modelFromConfig({ ...architecture, compile });
    plain.dispose();
    return compiled;
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    warn(`The model is not compiled: ${error.message}`);
    return plain;
  }
}
