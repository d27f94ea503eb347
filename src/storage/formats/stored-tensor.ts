import { GruvyError, product, shown, Tensor } from "../../base/index.ts";

/**
 * Bits of one element of every type that safetensors knows. Types we cannot compute with still load and are kept.
 *
 * @example
 * elementBits.BF16; // 16
 */
export const elementBits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type ElementType = keyof typeof elementBits;

/**
 * Whether a text names a type of safetensors.
 *
 * @example
 * isElementType("F32");         // true
 * isElementType("constructor"); // false
 */
export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(elementBits, name);
}

/** A tensor as a file holds it: little-endian bytes in row-major order, a view where it was read from a file. */
export interface StoredTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * The bytes of a tensor, shared, not copied: F32, F64 or I32.
 *
 * @example
 * const { dtype, bytes } = fromTensor(tensor([1, 2, 3]));
 * dtype;        // "F32"
 * bytes.length; // 12
 */
export function fromTensor(tensor: Tensor): StoredTensor {
  const { data, shape } = tensor;
  const dtype = data instanceof Float32Array ? "F32" : data instanceof Float64Array ? "F64" : "I32";
  return { dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/**
 * The numbers of a stored tensor, copied and exact: F32, F16 and BF16 become float32, F64 float64, whole numbers and
 * booleans int32. `name` is for messages.
 *
 * @throws {GruvyError} `file/inexact` where a whole number does not fit int32, `file/element-type` for F4, F8, C64...
 * @example
 * toTensor({ dtype: "F16", shape: [2], bytes: Uint8Array.of(0x00, 0x3c, 0x00, 0xc0) }, "weights").toArray(); // [1, -2]
 */
export function toTensor(stored: StoredTensor, name: string): Tensor {
  const numbers = numbersOf(stored, name);
  if (numbers instanceof Float32Array || numbers instanceof Float64Array || numbers instanceof Int32Array) {
    return new Tensor(stored.shape, numbers);
  }
  return new Tensor(stored.shape, exactly(numbers, new Int32Array(numbers.length), "int32", name));
}

/**
 * The same as float32, whatever type is stored.
 *
 * @throws {GruvyError} `file/inexact` where float32 would have to round, `file/element-type` as `toTensor`.
 * @example
 * const double = fromTensor(tensor(Float64Array.of(0.5)));
 * toFloat32Tensor(double, "bias").data; // Float32Array [0.5]
 * toFloat32Tensor(fromTensor(tensor(Float64Array.of(0.1))), "bias"); // throws file/inexact
 */
export function toFloat32Tensor(stored: StoredTensor, name: string): Tensor {
  const numbers = numbersOf(stored, name);
  if (numbers instanceof Float32Array) return new Tensor(stored.shape, numbers);
  return new Tensor(stored.shape, exactly(numbers, new Float32Array(numbers.length), "float32", name));
}

const readers = {
  F32: (buffer: ArrayBuffer) => new Float32Array(buffer),
  F64: (buffer: ArrayBuffer) => new Float64Array(buffer),
  F16: (buffer: ArrayBuffer) => float16(new Uint16Array(buffer)),
  BF16: (buffer: ArrayBuffer) =>
    new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
  BOOL: (buffer: ArrayBuffer) => new Uint8Array(buffer),
  U8: (buffer: ArrayBuffer) => new Uint8Array(buffer),
  I8: (buffer: ArrayBuffer) => new Int8Array(buffer),
  U16: (buffer: ArrayBuffer) => new Uint16Array(buffer),
  I16: (buffer: ArrayBuffer) => new Int16Array(buffer),
  U32: (buffer: ArrayBuffer) => new Uint32Array(buffer),
  I32: (buffer: ArrayBuffer) => new Int32Array(buffer),
  U64: (buffer: ArrayBuffer) => new BigUint64Array(buffer),
  I64: (buffer: ArrayBuffer) => new BigInt64Array(buffer),
};

type Numbers = ReturnType<(typeof readers)[keyof typeof readers]>;

function numbersOf(stored: StoredTensor, name: string): Numbers {
  const { dtype, shape, bytes } = stored;
  const expected = product([product(shape), elementBits[dtype]]) / 8;
  if (bytes.length !== expected) {
    throw new GruvyError("file/shape", `Expected ${expected} bytes in tensor ${shown(name)}, found ${bytes.length}`);
  }
  if (!Object.hasOwn(readers, dtype)) {
    throw new GruvyError(
      "file/element-type",
      `Tensor ${shown(name)} holds ${dtype}, which Gruvy cannot compute with`,
      `Convert it to F32 first; known are ${Object.keys(readers).join(", ")}.`,
    );
  }
  // Copied to a buffer of its own, for the bytes may begin anywhere in the file and belong to the caller.
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return readers[dtype as keyof typeof readers](copy.buffer);
}

/** IEEE 754 half precision to single, bit by bit; every half is a single. */
function float16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(halves.length);
  const bits = new Uint32Array(numbers.buffer);
  for (let i = 0; i < halves.length; i++) {
    const sign = (halves[i] & 0x8000) << 16;
    const exponent = (halves[i] >>> 10) & 31;
    const fraction = halves[i] & 1023;
    if (exponent === 0) {
      numbers[i] = fraction / 16777216; // 2^24
      bits[i] |= sign;
    } else bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  return numbers;
}

function exactly<T extends Int32Array | Float32Array>(from: Numbers, to: T, type: string, name: string): T {
  for (let i = 0; i < from.length; i++) {
    const value = from[i];
    to[i] = Number(value);
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint never strictly equals a number
    if (to[i] != value && !Number.isNaN(to[i])) {
      throw new GruvyError(
        "file/inexact",
        `Element ${i} of tensor ${shown(name)} is ${shown(value)}, which ${type} cannot hold exactly`,
        `Convert the tensor to ${type} where it was written, if rounding is right.`,
      );
    }
  }
  return to;
}
