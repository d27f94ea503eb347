import { GruvyError, refuseUnknown, shown, Tensor, wholeNumber } from "../base/index.ts";

/** Where padding is added, or what is cut: in front (`"pre"`) or behind (`"post"`). */
export type Side = "pre" | "post";

export interface PadOptions {
  /** The length of every row. Default: that of the longest sequence. */
  readonly maxLength?: number;
  /** Where the padding goes. Default `"pre"`. */
  readonly padding?: Side;
  /** Which end of a longer sequence is cut; `"pre"`, the default, keeps its last tokens. */
  readonly truncating?: Side;
  /** The token that pads. Default 0. */
  readonly value?: number;
  /** `"float32"` for sequences of measurements: numbers, or vectors of one width. Default `"int32"`, for tokens. */
  readonly dtype?: "int32" | "float32";
}

/** One sequence: tokens or numbers, or with `dtype: "float32"` also vectors, one for each step. */
export type PadSequence = ArrayLike<number> | readonly ArrayLike<number>[];

/**
 * Brings sequences to one length, as Keras's `pad_sequences` does: padded and cut in front by default. So `padding: "post"`
 * alone still keeps the last `maxLength` steps of a long sequence.
 *
 * @returns int32 or float32 [rows, maxLength]; float32 [rows, maxLength, features] for vectors
 * @throws {GruvyError} `data/token` for a token that is no whole number of 32 bits, or a number or vector that does not
 *   fit, with its sequence and place; `data/type` for a sequence that is no array; `usage/option` for an option that makes
 *   no sense.
 * @example
 * padSequences([[1, 2, 3], [4]], { maxLength: 2 }).toArray();                    // [[2, 3], [0, 4]]
 * padSequences([[1, 2, 3], [4]], { maxLength: 2, padding: "post" }).toArray();   // [[2, 3], [4, 0]]
 * padSequences([[[0.5, 1]], [[2, 3], [4, 5]]], { dtype: "float32" }).shape;      // [2, 2, 2]
 */
export function padSequences(sequences: readonly PadSequence[], options: PadOptions = {}): Tensor {
  refuseUnknown(options, ["maxLength", "padding", "truncating", "value", "dtype"], "padSequences");
  const padding = side(options.padding, "padding");
  const truncating = side(options.truncating, "truncating");
  const { value = 0, dtype = "int32" } = options;
  if (dtype !== "int32" && dtype !== "float32") {
    throw new GruvyError("usage/option", `Expected dtype to be "int32" or "float32", found ${shown(dtype)}`);
  }
  const checked = dtype === "int32" ? int32 : number;
  checked(value, () => "value");
  if (!Array.isArray(sequences)) {
    throw new GruvyError("data/type", `Expected an array of sequences, found ${shown(sequences)}`);
  }
  let longest = 0;
  let first: unknown;
  for (let row = 0; row < sequences.length; row++) {
    const sequence: unknown = sequences[row];
    if (!isArray(sequence)) {
      throw new GruvyError("data/type", `Expected sequence ${row} to be an array of tokens, found ${shown(sequence)}`);
    }
    longest = Math.max(longest, sequence.length);
    first ??= sequence[0];
  }
  const steps = options.maxLength === undefined ? longest : wholeNumber(options.maxLength, "maxLength");
  const features = dtype === "float32" && isArray(first) ? first.length : undefined;
  const width = features ?? 1;
  const length = sequences.length * steps * width;
  const data = dtype === "int32" ? new Int32Array(length) : new Float32Array(length);
  if (value !== 0) data.fill(value);
  for (let row = 0; row < sequences.length; row++) {
    const sequence: ArrayLike<unknown> = sequences[row];
    const kept = Math.min(sequence.length, steps);
    const from = truncating === "pre" ? sequence.length - kept : 0;
    const to = (row * steps + (padding === "pre" ? steps - kept : 0)) * width;
    if (sequence instanceof Int32Array && dtype === "int32") {
      data.set(sequence.subarray(from, from + kept), to);
      continue;
    }
    for (let i = 0; i < kept; i++) {
      const where = () => `sequence ${row}, position ${from + i}`;
      const step = sequence[from + i];
      if (features === undefined) {
        data[to + i] = checked(step, where);
        continue;
      }
      const vector = vectorOf(step, features, where);
      for (let k = 0; k < width; k++) data[to + i * width + k] = number(vector[k], () => `${where()}, feature ${k}`);
    }
  }
  return new Tensor(features === undefined ? [sequences.length, steps] : [sequences.length, steps, features], data);
}

const isArray = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

function vectorOf(step: unknown, features: number, where: () => string): ArrayLike<unknown> {
  if (isArray(step) && step.length === features) return step;
  const found = isArray(step) ? `${step.length}` : shown(step);
  throw new GruvyError(
    "data/token",
    `Expected a vector of ${features} numbers at ${where()}, as in the first sequence, found ${found}`,
  );
}

function side(value: unknown, name: string): Side {
  if (value === undefined) return "pre";
  if (value === "pre" || value === "post") return value;
  throw new GruvyError("usage/option", `Expected ${name} to be "pre" or "post", found ${shown(value)}`);
}

function int32(token: unknown, where: () => string): number {
  if (typeof token === "number" && (token | 0) === token) return token;
  throw new GruvyError(
    "data/token",
    `Expected a whole number of 32 bits at ${where()}, found ${shown(token)}`,
    typeof token === "number" || isArray(token)
      ? 'Sequences of measurements, not tokens, want dtype: "float32".'
      : "wordIndex and textVectorization turn words into such numbers.",
  );
}

function number(value: unknown, where: () => string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new GruvyError("data/token", `Expected a finite number at ${where()}, found ${shown(value)}`);
}
