import { GruvyError, product, shown } from "../../base/index.ts";
import { JsonCursor } from "../json-cursor.ts";
import { sourceName } from "../source-name.ts";
import { type ElementType, elementBits, isElementType, type StoredTensor } from "./stored-tensor.ts";

/** What a safetensors file holds. Tensors stand in the order of their bytes, metadata in the order of the header. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

const METADATA = "__metadata__";
const MAX_HEADER = 100_000_000;
const AGAIN = "Get the file again from where it came.";

/**
 * Writes tensors and texts as one safetensors file, in the order given: the same content gives the same bytes. The
 * header is padded so that the tensors begin at a multiple of 8.
 * Format: https://huggingface.co/docs/safetensors (8 bytes of header length, JSON header, bytes of the tensors).
 *
 * @throws {GruvyError} `usage/tensor-name`, `usage/tensor` or `usage/too-large` for what no reader would accept.
 * @example
 * const weights = new Map([["dense/kernel", fromTensor(tensor([[1, 2], [3, 4]]))]]);
 * const file = encodeSafetensors({ tensors: weights, metadata: new Map([["note", "small"]]) });
 * file.length % 8; // 0
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const entries: string[] = [];
  if (metadata.size > 0) {
    const texts = Array.from(metadata, ([key, value]) => `${quoted(key)}:${quoted(value)}`);
    entries.push(`"${METADATA}":{${texts.join(",")}}`);
  }
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    if (name === METADATA) throw new GruvyError("usage/tensor-name", `A tensor cannot be named ${shown(name)}`);
    if (!isElementType(dtype)) throw new GruvyError("usage/tensor", `Unknown type ${shown(dtype)} of ${shown(name)}`);
    const what = `tensor ${shown(name)}`;
    const bits = product([product(shape, what, "usage/tensor"), elementBits[dtype]], what, "usage/tensor");
    if (bits !== bytes.length * 8) {
      throw new GruvyError("usage/tensor", `Expected ${bits / 8} bytes in ${what}, found ${bytes.length}`);
    }
    const range = `[${offset},${offset + bytes.length}]`;
    entries.push(`${quoted(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":${range}}`);
    offset += bytes.length;
  }
  const header = new TextEncoder().encode(`{${entries.join(",")}}`);
  const padded = Math.ceil(header.length / 8) * 8;
  if (padded > MAX_HEADER) {
    throw new GruvyError("usage/too-large", `Expected at most ${MAX_HEADER} bytes of names and texts, found ${padded}`);
  }
  const file = allocate(8 + padded + offset);
  new DataView(file.buffer).setUint32(0, padded, true);
  file.fill(32, 8, 8 + padded).set(header, 8);
  let position = 8 + padded;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

/**
 * Reads a safetensors file as strictly as the reference implementation: the header is at most 100 MB of JSON without
 * duplicate names, and the tensors cover the rest of the file without overlap, hole or remainder. The `bytes` of the
 * tensors are views of the input. `source` names the input in messages.
 *
 * @throws {GruvyError} `file/cut`, `file/header`, `file/json...`, `file/element-type`, `file/shape`, `file/offsets` or
 *   `file/trailing-bytes`, naming the tensor.
 * @example
 * const kernel = fromTensor(tensor([[1, 2], [3, 4]]));
 * const file = encodeSafetensors({ tensors: new Map([["dense/kernel", kernel]]), metadata: new Map() });
 * decodeSafetensors(file).tensors.get("dense/kernel")?.shape; // [2, 2]
 * decodeSafetensors(file.subarray(0, 50)); // throws file/cut
 */
export function decodeSafetensors(input: Uint8Array, { source = "the file" } = {}): Safetensors {
  const where = sourceName(source);
  const file = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  const data = 8 + headerLength(file, where);
  const text = utf8(file.subarray(8, data), where);
  if (text[0] !== "{") {
    const found = text === "" ? "nothing" : shown(text.slice(0, 8));
    throw new GruvyError("file/header", `Expected { at the start of the header of ${where}, found ${found}`, AGAIN);
  }
  const cursor = new JsonCursor(text, { source: `the header of ${source}`, wellFormed: true });
  const metadata = new Map<string, string>();
  const found = new Map<string, FileTensor>();
  cursor.object((name) => {
    if (name === METADATA) readMetadata(cursor, metadata);
    else found.set(name, readTensor(cursor, name, file, data, where));
  });
  cursor.end();
  const tensors = inOrder(found);
  checkCover(tensors, data, file.length, where);
  return { tensors, metadata };
}

/** A million names must not mean a million typed arrays: the view is made when it is asked for. */
class FileTensor implements StoredTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
  readonly #file: Uint8Array;

  constructor(dtype: ElementType, shape: readonly number[], file: Uint8Array, begin: number, end: number) {
    this.dtype = dtype;
    this.shape = shape;
    this.#file = file;
    this.begin = begin;
    this.end = end;
  }

  get bytes(): Uint8Array {
    return this.#file.subarray(this.begin, this.end);
  }
}

function headerLength(file: Uint8Array, where: string): number {
  if (file.length < 8) {
    throw new GruvyError("file/cut", `Expected at least 8 bytes in ${where}, found ${file.length}`, AGAIN);
  }
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER) {
    const marked = file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf;
    const text = file.subarray(marked ? 3 : 0, 8).every((byte) => byte >= 9 && byte < 127);
    throw new GruvyError(
      "file/header",
      text
        ? `Expected named tensors in ${where}, found text`
        : `Expected a header of at most ${MAX_HEADER} bytes in ${where}, found a length of ${length}`,
      text
        ? "Is it the data? A file of a model or of weights is expected here."
        : "It is probably no safetensors file; check the path.",
    );
  }
  if (8 + Number(length) > file.length) {
    throw new GruvyError(
      "file/cut",
      `Expected a header of ${length} bytes in ${where}, found ${file.length - 8}`,
      AGAIN,
    );
  }
  return Number(length);
}

function utf8(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new GruvyError("file/header", `Expected UTF-8 in the header of ${where}, found other bytes`, AGAIN, {
      cause,
    });
  }
}

function readMetadata(cursor: JsonCursor, metadata: Map<string, string>): void {
  // The reference writes and reads null for no metadata.
  if (cursor.kind() === "null") cursor.null();
  else cursor.object((key) => metadata.set(key, cursor.string(`a text for ${shown(key)}`)), `an object of texts`);
}

function readTensor(cursor: JsonCursor, name: string, file: Uint8Array, data: number, where: string): FileTensor {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  cursor.object(
    (key) => {
      if (key === "dtype") dtype = cursor.string();
      else if (key === "shape") shape = wholeNumbers(cursor);
      else if (key === "data_offsets") offsets = wholeNumbers(cursor);
      else cursor.skip(); // as the reference does
    },
    `an object that describes tensor ${shown(name)}`,
  );
  if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
    throw new GruvyError(
      "file/header",
      `Expected dtype, shape and two data_offsets of tensor ${shown(name)} in ${where}`,
      AGAIN,
    );
  }
  if (!isElementType(dtype)) {
    throw new GruvyError(
      "file/element-type",
      `Unknown type ${shown(dtype)} of tensor ${shown(name)} in ${where}`,
      `Known are ${Object.keys(elementBits).join(", ")}.`,
    );
  }
  const [begin, end] = offsets;
  if (begin > end) throw badOffsets(name, where, `it begins at byte ${begin} and ends at ${end}`);
  checkSize(dtype, shape, end - begin, () => `tensor ${shown(name)} in ${where}`);
  return new FileTensor(dtype, shape, file, data + begin, data + end);
}

/** Messages are made when they are needed: there may be a million tensors. */
function checkSize(dtype: ElementType, shape: readonly number[], bytes: number, what: () => string): void {
  const bitsOf = (name = "") => product([product(shape, name, "file/shape"), elementBits[dtype]], name, "file/shape");
  let bits: number;
  try {
    bits = bitsOf();
  } catch {
    bits = bitsOf(what());
  }
  if (bits === bytes * 8) return;
  throw new GruvyError(
    "file/shape",
    `Expected ${bits / 8} bytes of ${dtype} for shape [${shape.join(", ")}] of ${what()}, found ${bytes}`,
    AGAIN,
  );
}

function wholeNumbers(cursor: JsonCursor): number[] {
  const numbers: number[] = [];
  cursor.array(() => numbers.push(cursor.wholeNumber()));
  return numbers.slice(); // gives back the room left for growth
}

/** The tensors in the order of their bytes, in which most files have them already. */
function inOrder(tensors: Map<string, FileTensor>): Map<string, FileTensor> {
  let last: FileTensor | undefined;
  for (const tensor of tensors.values()) {
    if (last && (tensor.begin - last.begin || tensor.end - last.end) < 0) {
      return new Map([...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end));
    }
    last = tensor;
  }
  return tensors;
}

/** The tensors, sorted, follow each other from the end of the header to the end of the file. */
function checkCover(tensors: ReadonlyMap<string, FileTensor>, data: number, length: number, where: string): void {
  let covered = data;
  for (const [name, { begin, end }] of tensors) {
    if (begin < covered) throw badOffsets(name, where, `it begins ${covered - begin} bytes before the last one ends`);
    if (begin > covered) throw badOffsets(name, where, `${begin - covered} bytes before it belong to no tensor`);
    covered = end;
  }
  if (covered > length) {
    throw new GruvyError(
      "file/cut",
      `Expected ${covered} bytes in ${where}, found ${length}: its end is missing`,
      AGAIN,
    );
  }
  if (covered < length) {
    throw new GruvyError(
      "file/trailing-bytes",
      `Expected ${covered} bytes in ${where}, found ${length}: ${length - covered} bytes at the end belong to no tensor`,
      "Something was added to the file or its header altered; get it again from where it came.",
    );
  }
}

function badOffsets(name: string, where: string, what: string): GruvyError {
  return new GruvyError("file/offsets", `The offsets of tensor ${shown(name)} in ${where} are wrong: ${what}`, AGAIN);
}

function quoted(text: string): string {
  if (/\p{Cs}/u.test(text)) {
    throw new GruvyError(
      "usage/tensor-name",
      `Expected whole characters, found half a surrogate pair in ${shown(text)}`,
    );
  }
  return JSON.stringify(text);
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new GruvyError("usage/too-large", `A file of ${size} bytes does not fit in memory`, "", { cause });
  }
}
