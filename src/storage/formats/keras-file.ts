import { GruvyError, shown } from "../../base/index.ts";
import { type JsonValue, parseJson } from "../json.ts";
import { sourceName } from "../source-name.ts";
import { type Hdf5Attribute, type Hdf5File, openHdf5 } from "./hdf5.ts";
import { HDF5_SIGNATURE, startsWith } from "./signatures.ts";
import type { StoredTensor } from "./stored-tensor.ts";
import { decodeZip, unpackedLimit } from "./zip.ts";

/** A file of Keras as described state: what its JSON means is known to those who read it. */
export interface KerasFile {
  /** The model's config; undefined in a file of weights alone. */
  readonly config: JsonValue | undefined;
  /** How the model was compiled, where the file says so apart from the config. */
  readonly training: JsonValue | undefined;
  /** The version of Keras that wrote it, such as "3.15.1". */
  readonly version: string | undefined;
  /**
   * Where arrays are kept: `places`, by the place of their layer in the model (`layers/gru/cell`); `names`, by its name,
   * for which `layers` lists all that have any.
   */
  readonly layout: "places" | "names";
  readonly layers: readonly string[];
  /** The arrays of each group, in Keras's order; none where there is no such group. */
  arrays(groups: readonly string[]): Promise<readonly (readonly StoredTensor[])[]>;
  /** The names of the layers at places, where the file has them; the HDF5 library is loaded to find out. */
  namesAt(places: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Whether the file has arrays of an optimizer that has taken steps. */
  remembers(): Promise<boolean>;
  /** To be called when all has been read. */
  close(): void;
}

export interface KerasFileOptions {
  readonly source?: string;
  /** Bytes that the file may unpack to. Default: 8 times the file, at least 16 MiB. */
  readonly maxBytes?: number;
}

const WEIGHTS = "model.weights.h5";
/** Arrays of an optimizer before its first step, at most: the number of steps, and the rate. */
const AT_FIRST = 2;
const AGAIN = "Get the file again from where it came.";

/**
 * Opens what Keras 2 and 3 write: a `.keras` archive, an HDF5 file of a whole model, or one of weights alone. Nothing in
 * it is run, no path in it is opened, and links are refused.
 *
 * @throws {GruvyError} `file/keras` for what is none, and whatever `decodeZip`, `openHdf5` and `parseJson` throw.
 */
export async function openKeras(bytes: Uint8Array, options: KerasFileOptions = {}): Promise<KerasFile> {
  const { source = "the file", maxBytes = unpackedLimit(bytes.length) } = options;
  if (startsWith(bytes, [0x50, 0x4b])) return openArchive(bytes, source, maxBytes);
  if (startsWith(bytes, HDF5_SIGNATURE)) return openLegacy(bytes, source, maxBytes);
  throw new GruvyError(
    "file/keras",
    `Expected a .keras archive or an HDF5 file in ${sourceName(source)}, found neither`,
    "Give what model.save() of Keras wrote; a SavedModel folder cannot be read.",
  );
}

async function openArchive(bytes: Uint8Array, source: string, maxBytes: number): Promise<KerasFile> {
  const entries = decodeZip(bytes, { source, maxBytes });
  const json = async (name: string) => {
    const entry = entries.get(name);
    return entry && parseJson(utf8(await entry.read(), name, source), { source: `${name} of ${source}` });
  };
  const config = await json("config.json");
  const weights = entries.get(WEIGHTS);
  if (config === undefined || weights === undefined) {
    const missing = config === undefined ? "config.json" : WEIGHTS;
    const why = entries.has("model.weights.npz") ? "; its weights are pickles of NumPy, which could run code" : "";
    throw new GruvyError(
      "file/keras",
      `Expected ${missing} in the archive ${sourceName(source)}, found none${why}`,
      "Give what model.save() of Keras wrote, with weights as HDF5.",
    );
  }
  const metadata = await json("metadata.json");
  // Opened when it is asked for: most files that cannot be used say so in their config.
  let opened: Promise<Hdf5File> | undefined;
  const open = async () => openHdf5(await weights.read(), { source: `${WEIGHTS} of ${source}`, maxBytes });
  return {
    config,
    training: undefined,
    version: textOf(member(metadata, "keras_version")),
    layout: "places",
    layers: [],
    arrays: async (groups) => {
      opened ??= open();
      return byPlace(await opened, groups);
    },
    namesAt: async (places) => {
      opened ??= open();
      return namesAt(await opened, places);
    },
    remembers: async () => {
      opened ??= open();
      return (await (await opened).names("/optimizer/vars")).length > AT_FIRST;
    },
    close: () => void opened?.then((file) => file.close()).catch(() => {}),
  };
}

const namesAt = (file: Hdf5File, places: readonly string[]): Promise<(string | undefined)[]> =>
  Promise.all(places.map(async (place) => textOf((await file.attributes(`/${place}/vars`)).get("name"))));

/** Keras 3, and Keras 2 in `.keras`: `layers/gru/cell/vars/0`; 2.12 named the first folder differently. */
async function byPlace(file: Hdf5File, groups: readonly string[]): Promise<StoredTensor[][]> {
  const older = (await file.names("/")).includes("_layer_checkpoint_dependencies");
  const folders = groups.map((group) =>
    older ? `/${group.replace(/^layers/, "_layer_checkpoint_dependencies")}/vars` : `/${group}/vars`,
  );
  const counts = await Promise.all(folders.map(async (folder) => (await file.names(folder)).length));
  return grouped(
    file,
    folders.map((folder, g) => Array.from({ length: counts[g] }, (_, i) => `${folder}/${i}`)),
  );
}

async function openLegacy(bytes: Uint8Array, source: string, maxBytes: number): Promise<KerasFile> {
  const file = await openHdf5(bytes, { source, maxBytes });
  try {
    const root = await file.attributes("/");
    const text = textOf(root.get("model_config"));
    const training = textOf(root.get("training_config"));
    const parsed = (json: string | undefined, name: string) =>
      json === undefined ? undefined : parseJson(json, { source: `${name} of ${source}` });
    const about = {
      config: parsed(text, "model_config"),
      training: parsed(training, "training_config"),
      version: textOf(root.get("keras_version")),
    };
    const names = await file.names("/");
    const remembers = async () => {
      if (!names.includes("optimizer_weights")) return false;
      return (listOf(await file.attributes("/optimizer_weights"), "weight_names") ?? []).length > AT_FIRST;
    };
    if (text === undefined && names.some((name) => ["layers", "_layer_checkpoint_dependencies"].includes(name))) {
      return {
        ...about,
        layout: "places",
        layers: [],
        arrays: (groups) => byPlace(file, groups),
        namesAt: (places) => namesAt(file, places),
        remembers,
        close: () => file.close(),
      };
    }
    const folder = text === undefined ? "" : "/model_weights";
    const attributes = folder === "" ? root : await file.attributes(folder);
    const layers = listOf(attributes, "layer_names");
    if (layers === undefined && text === undefined) {
      throw new GruvyError(
        "file/keras",
        `Expected a model or weights of Keras in ${sourceName(source)}, found another HDF5 file`,
        "Give what model.save() or model.save_weights() of Keras wrote.",
      );
    }
    const arrays = async (groups: readonly string[]) =>
      grouped(
        file,
        await Promise.all(
          groups.map(async (group) => {
            const names = listOf(await file.attributes(`${folder}/${group}`), "weight_names") ?? [];
            return names.map((name) => `${folder}/${group}/${name}`);
          }),
        ),
      );
    return {
      ...about,
      layout: "names",
      layers: layers ?? [],
      arrays,
      namesAt: async () => [],
      remembers,
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** All arrays at once, then back into their groups. */
async function grouped(file: Hdf5File, paths: readonly (readonly string[])[]): Promise<StoredTensor[][]> {
  const flat = paths.flat();
  const found = await file.tensors(flat);
  const missing = found.indexOf(undefined);
  if (missing >= 0) {
    throw new GruvyError("file/keras", `Expected the array ${shown(flat[missing])}, found none`, AGAIN);
  }
  let at = 0;
  return paths.map((group) => group.map(() => found[at++] as StoredTensor));
}

/** A list of texts; a long one is kept in pieces, `layer_names0`, `layer_names1`... */
function listOf(attributes: ReadonlyMap<string, Hdf5Attribute>, name: string): readonly string[] | undefined {
  const piece = (key: string) => {
    const value = attributes.get(key);
    if (Array.isArray(value)) return value as readonly string[];
    // An empty list has no texts, and so is kept as numbers.
    return value !== undefined && value !== null && typeof value === "object" ? [] : undefined;
  };
  if (attributes.has(name)) return piece(name);
  const all: string[] = [];
  for (let i = 0; attributes.has(`${name}${i}`); i++) all.push(...(piece(`${name}${i}`) ?? []));
  return attributes.has(`${name}0`) ? all : undefined;
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function member(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return (value as { readonly [key: string]: JsonValue | undefined })[key];
}

function utf8(bytes: Uint8Array, name: string, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new GruvyError("file/keras", `Expected UTF-8 in ${name} of ${sourceName(source)}`, AGAIN, { cause });
  }
}
