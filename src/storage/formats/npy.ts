import { GruvyError, product, shown } from "../../base/index.ts";
import { sourceName } from "../source-name.ts";
import { type ElementType, elementBits, type StoredTensor } from "./stored-tensor.ts";
import { decodeZip, type ZipLimits } from "./zip.ts";

const types: Readonly<Record<string, ElementType>> = {
  b1: "BOOL",
  i1: "I8",
  i2: "I16",
  i4: "I32",
  i8: "I64",
  u1: "U8",
  u2: "U16",
  u4: "U32",
  u8: "U64",
  f2: "F16",
  f4: "F32",
  f8: "F64",
};

const MOST_AXES = 64;

/**
 * Reads an array of NumPy (`.npy`, versions 1 to 3): numbers and booleans of either byte order, in C or Fortran order.
 * Arrays of objects are pickles, which could run code, and are refused.
 *
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @throws {GruvyError} `file/npy` for what is none or damaged, `file/element-type` for other types.
 * @example
 * decodeNpy(new Uint8Array(3)); // throws file/npy
 */
export function decodeNpy(input: Uint8Array, { source = "the array" } = {}): StoredTensor {
  const where = sourceName(source);
  const file = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (file.length < 12 || magic.some((byte, i) => file[i] !== byte)) {
    throw broken(where, "it does not begin like an array of NumPy");
  }
  const version = file[6];
  if (version < 1 || version > 3) throw broken(where, `its version is ${version}; 1 to 3 are read`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > file.length) throw broken(where, "its header is cut");
  if (length > 65536) throw broken(where, `its header has ${length} bytes`);
  const { descr, fortran, shape } = header(new TextDecoder().decode(file.subarray(start, start + length)), where);
  const order = descr[0];
  const dtype = Object.hasOwn(types, descr.slice(1)) ? types[descr.slice(1)] : undefined;
  if (dtype === undefined || !"<>|=".includes(order)) {
    throw new GruvyError(
      "file/element-type",
      `Expected numbers in ${where}, found the type ${shown(descr)}`,
      "Convert the array with astype before it is saved; arrays of objects are never read.",
    );
  }
  const size = elementBits[dtype] / 8;
  const bytes = file.subarray(start + length);
  const expected = product([product(shape, `the array ${where}`, "file/npy"), size], where, "file/npy");
  if (bytes.length !== expected) throw broken(where, `its shape asks for ${expected} bytes and it has ${bytes.length}`);
  const little = order === ">" ? swapped(bytes, size) : bytes;
  return { dtype, shape, bytes: fortran && shape.length > 1 ? rowMajor(little, shape, size) : little };
}

/**
 * Reads the arrays of an `.npz` archive by name, without their ending.
 *
 * @throws {GruvyError} what `decodeZip` and `decodeNpy` throw.
 */
export async function decodeNpz(input: Uint8Array, limits: ZipLimits = {}): Promise<ReadonlyMap<string, StoredTensor>> {
  const { source = "the archive" } = limits;
  const found = new Map<string, StoredTensor>();
  for (const [name, entry] of decodeZip(input, { ...limits, source })) {
    if (!name.endsWith(".npy")) throw broken(sourceName(source), `${shown(name)} in it is no array`);
    found.set(name.slice(0, -4), decodeNpy(await entry.read(), { source: `${name} of ${source}` }));
  }
  return found;
}

/** The header is a literal of Python with three known keys; anything else in it is refused. */
function header(text: string, where: string): { descr: string; fortran: boolean; shape: number[] } {
  const found = /^\{([^{}]*)\}\s*$/.exec(text)?.[1] ?? "";
  const descr = /'descr':\s*'([^'\\]{2,8})'/.exec(found)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(found)?.[1];
  const sizes = /'shape':\s*\(([0-9, ]*)\)/.exec(found)?.[1];
  if (fortran === undefined || sizes === undefined || (descr === undefined && !/'descr':/.test(found))) {
    throw broken(where, "its header does not say type, order and shape");
  }
  const shape = sizes.split(",").map((size) => size.trim());
  if (shape.at(-1) === "") shape.pop();
  const numbers = shape.map(Number);
  if (shape.includes("") || !numbers.every(Number.isSafeInteger)) throw broken(where, `its shape is (${sizes})`);
  if (numbers.length > MOST_AXES) throw broken(where, `it has ${numbers.length} axes; NumPy has at most ${MOST_AXES}`);
  return { descr: descr ?? "structured", fortran: fortran === "True", shape: numbers };
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = bytes[i - (i % size) + size - 1 - (i % size)];
  return out;
}

/** From the order in which the first index runs fastest to that of the last. */
function rowMajor(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, size));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let i = 0; i < size; i++) out[to + i] = bytes[from + i];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

function broken(where: string, what: string): GruvyError {
  return new GruvyError("file/npy", `The array ${where} cannot be read: ${what}`, "Save it again with numpy.save.");
}
