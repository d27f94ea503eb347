import { GruvyError, shown, type Tensor } from "../../base/index.ts";
import { crc32Text } from "../crc32.ts";
import { formatJson, type JsonValue, parseJson } from "../json.ts";
import { sourceName } from "../source-name.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { HDF5_SIGNATURE, startsWith } from "./signatures.ts";
import { fromTensor, type StoredTensor, toTensor } from "./stored-tensor.ts";

/** A model as described state. What the three records mean is known to those who write and read them. */
export interface StoredModel<Json = unknown> {
  readonly architecture: Json;
  readonly preprocessing: Json;
  readonly training: Json;
  /** Weights by their path, such as `gru/gru_cell/kernel`. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** State of the optimizer by name; absent when there is none. */
  readonly optimizer?: ReadonlyMap<string, Tensor>;
  /** The rest of a training that is to be gone on with; absent in a finished model. */
  readonly checkpoint?: { readonly run: Json; readonly arrays: ReadonlyMap<string, Tensor> };
  /** Texts of other programs or later versions, kept as they are. */
  readonly extra?: ReadonlyMap<string, string>;
}

export interface LoadedModel extends StoredModel<JsonValue> {
  readonly extra: ReadonlyMap<string, string>;
  /** Sentences a user should see, such as that weights hold NaN. */
  readonly warnings: readonly string[];
}

const FORMAT = "gruvy";
const VERSION = 1;
const OPTIMIZER = "optimizer/";
const CHECKPOINT = "checkpoint";
const records = ["architecture", "preprocessing", "training"] as const;
const reserved = new Set<string>(["format", "version", "checksums", CHECKPOINT, ...records]);

/**
 * Writes a model as one file that is also a valid safetensors file: weights under their paths, the optimizer's state
 * under `optimizer/`, a checkpoint's arrays under `checkpoint/`, all else as JSON texts in `__metadata__`. `checksums` there holds the type, shape and CRC-32 of
 * each tensor and the CRC-32 of each text. The same model gives the same bytes.
 *
 * @throws {GruvyError} `usage/not-json` where a record holds what JSON cannot (NaN, a map), `usage/tensor-name`,
 *   `usage/metadata-name` where a name is taken.
 * @example
 * const tensors = new Map([["dense/kernel", tensor([[0.5], [2]])]]);
 * const file = encodeModelFile({ architecture: { layers: [] }, preprocessing: null, training: { epochs: 3 }, tensors });
 * decodeModelFile(file).tensors.get("dense/kernel")?.toArray(); // [[0.5], [2]]
 */
export function encodeModelFile(model: StoredModel): Uint8Array<ArrayBuffer> {
  const { checkpoint } = model;
  const folders = [OPTIMIZER, ...(checkpoint ? [`${CHECKPOINT}/`] : [])];
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of model.tensors) {
    const folder = folders.find((folder) => name.startsWith(folder));
    if (folder !== undefined) {
      throw new GruvyError(
        "usage/tensor-name",
        `Expected no weight under ${folder}, found ${shown(name)}`,
        "That folder is for the state of the training; give the layer another name.",
      );
    }
    tensors.set(name, fromTensor(tensor));
  }
  for (const [name, tensor] of model.optimizer ?? []) tensors.set(OPTIMIZER + name, fromTensor(tensor));
  for (const [name, tensor] of checkpoint?.arrays ?? []) tensors.set(`${CHECKPOINT}/${name}`, fromTensor(tensor));

  const metadata = new Map([
    ["format", FORMAT],
    ["version", String(VERSION)],
  ]);
  for (const record of records) metadata.set(record, formatJson(model[record] ?? null, record));
  if (checkpoint) metadata.set(CHECKPOINT, formatJson(checkpoint.run, CHECKPOINT));
  for (const [key, text] of model.extra ?? []) {
    if (reserved.has(key)) throw new GruvyError("usage/metadata-name", `The metadata name ${shown(key)} is taken`);
    metadata.set(key, text);
  }
  metadata.set("checksums", formatChecksums(tensors, metadata));
  return encodeSafetensors({ tensors, metadata });
}

/**
 * Reads a model file and checks every tensor and text against its checksum. Weights that hold NaN load, with a warning.
 *
 * @throws {GruvyError} `file/not-a-model`, `file/newer-version`, `file/altered` naming the tensor or text, and whatever
 *   `decodeSafetensors` and `parseJson` throw.
 * @example
 * const tensors = new Map([["dense/bias", tensor([0.5])]]);
 * const file = encodeModelFile({ architecture: null, preprocessing: null, training: { epochs: 3 }, tensors });
 * JSON.stringify(decodeModelFile(file).training); // '{"epochs":3}'
 * file[file.length - 1] ^= 1;
 * decodeModelFile(file); // throws file/altered
 */
export function decodeModelFile(bytes: Uint8Array, { source = "the model file" } = {}): LoadedModel {
  const where = sourceName(source);
  refuseForeign(bytes, where);
  const { tensors: stored, metadata } = decodeSafetensors(bytes, { source });
  checkVersion(metadata, where);
  const json = (key: string) => {
    const text = metadata.get(key);
    if (text === undefined) throw altered(`the entry ${shown(key)} is missing`, where);
    return parseJson(text, { source: `the entry ${shown(key)} of ${source}` });
  };
  checkSums(stored, metadata, json("checksums"), where);

  const tensors = new Map<string, Tensor>();
  const optimizer = new Map<string, Tensor>();
  const arrays = new Map<string, Tensor>();
  const notNumbers: string[] = [];
  const run = metadata.has(CHECKPOINT) ? { run: json(CHECKPOINT), arrays } : undefined;
  for (const [name, item] of stored) {
    const tensor = toTensor(item, name);
    if (run && name.startsWith(`${CHECKPOINT}/`)) {
      arrays.set(name.slice(CHECKPOINT.length + 1), tensor);
      continue;
    }
    if (holdsNaN(tensor)) notNumbers.push(name);
    if (name.startsWith(OPTIMIZER)) optimizer.set(name.slice(OPTIMIZER.length), tensor);
    else tensors.set(name, tensor);
  }
  return {
    architecture: json("architecture"),
    preprocessing: json("preprocessing"),
    training: json("training"),
    tensors,
    ...(optimizer.size > 0 && { optimizer }),
    ...(run && { checkpoint: run }),
    extra: new Map([...metadata].filter(([key]) => !reserved.has(key))),
    warnings: notNumbers.length === 0 ? [] : [nanWarning(notNumbers, where)],
  };
}

/** What the files of Keras begin with. */
const foreign = [
  { begins: [0x50, 0x4b, 3, 4], what: "a zip file, as .keras files of Keras are" },
  { begins: HDF5_SIGNATURE.slice(0, 4), what: "an HDF5 file, as .h5 files of Keras are" },
] as const;

function refuseForeign(bytes: Uint8Array, where: string): void {
  const found = foreign.find(({ begins }) => startsWith(bytes, begins));
  if (found === undefined) return;
  throw new GruvyError(
    "file/header",
    `Expected a model of Gruvy in ${where}, found ${found.what}`,
    "loadKeras reads models of Keras; `gruvy import` with --out model.gruvy makes one of Gruvy of it.",
  );
}

function checkVersion(metadata: ReadonlyMap<string, string>, where: string): void {
  const format = metadata.get("format");
  if (format !== FORMAT) {
    throw new GruvyError(
      "file/not-a-model",
      `Expected the entry format "${FORMAT}" in the metadata of ${where}, found ${format === undefined ? "none" : shown(format)}`,
      "It is a safetensors file of another program; Gruvy's own are written by train and save.",
    );
  }
  const text = metadata.get("version") ?? "";
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw altered(`its version is ${shown(text)}`, where);
  if (Number(text) > VERSION) {
    throw new GruvyError(
      "file/newer-version",
      `${where} has format version ${text}, this Gruvy reads up to ${VERSION}`,
      "Update Gruvy to read it.",
    );
  }
}

const describe = ({ dtype, shape, bytes }: StoredTensor): string => `${dtype}[${shape.join(",")}] ${crc32Text(bytes)}`;

const textSum = (text: string): string => crc32Text(new TextEncoder().encode(text));

function formatChecksums(tensors: ReadonlyMap<string, StoredTensor>, metadata: ReadonlyMap<string, string>): string {
  // Written by hand, for an object would put names that look like numbers first and lose __proto__.
  const entries = <T>(map: ReadonlyMap<string, T>, sum: (value: T) => string) =>
    Array.from(map, ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(sum(value))}`).join(",");
  return `{"tensors":{${entries(tensors, describe)}},"texts":{${entries(metadata, textSum)}}}`;
}

/** Texts without a checksum were added by other programs and pass; all that is listed must be there, unaltered. */
function checkSums(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string>,
  sums: JsonValue,
  where: string,
): void {
  const tensorSums = sumsOf(sums, "tensors", where);
  const textSums = sumsOf(sums, "texts", where);
  for (const [name, sum] of Object.entries(textSums)) {
    const text = metadata.get(name);
    if (text === undefined) throw altered(`the entry ${shown(name)} is missing`, where);
    if (textSum(text) !== sum) throw altered(`the entry ${shown(name)} is not as it was written`, where);
  }
  for (const name of Object.keys(tensorSums)) {
    if (!tensors.has(name)) throw altered(`tensor ${shown(name)} is missing`, where);
  }
  for (const [name, tensor] of tensors) {
    if (tensorSums[name] === undefined) throw altered(`tensor ${shown(name)} has no checksum`, where);
    if (describe(tensor) !== tensorSums[name]) throw altered(`tensor ${shown(name)} is not as it was written`, where);
  }
}

function sumsOf(sums: JsonValue, part: string, where: string): Readonly<Record<string, unknown>> {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const found = isRecord(sums) ? sums[part] : undefined;
  if (!isRecord(found)) throw altered(`its checksums of ${part} are missing`, where);
  return found;
}

function altered(what: string, where: string): GruvyError {
  return new GruvyError(
    "file/altered",
    `${where} was altered or damaged: ${what}`,
    "Get it again from where it came, or train the model again.",
  );
}

function holdsNaN({ data }: Tensor): boolean {
  if (data instanceof Int32Array) return false;
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) return true;
  return false;
}

function nanWarning(names: readonly string[], where: string): string {
  const listed = names.slice(0, 3).map(shown).join(", ");
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return `Weights of ${where} hold NaN: ${listed}${rest}. What the model predicts will be NaN as well; train it again with a lower learning rate.`;
}
