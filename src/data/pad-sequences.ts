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
}

/**
 * Brings sequences of tokens to one length, as Keras's `pad_sequences` does: padded and cut in front by default.
 * So `padding: "post"` alone still keeps the last `maxLength` tokens of a long sequence.
 *
 * @returns int32 [rows, maxLength]
 * @throws {GruvyError} `data/token` for a token that is no whole number of 32 bits, with its sequence and place;
 *   `data/type` for a sequence that is no array; `usage/option` for an option that makes no sense.
 * @example
 * padSequences([[1, 2, 3], [4]], { maxLength: 2 }).toArray();                    // [[2, 3], [0, 4]]
 * padSequences([[1, 2, 3], [4]], { maxLength: 2, padding: "post" }).toArray();   // [[2, 3], [4, 0]]
 */
export function padSequences(sequences: readonly ArrayLike<number>[], options: PadOptions = {}): Tensor {
  refuseUnknown(options, ["maxLength", "padding", "truncating", "value"], "padSequences");
  const padding = side(options.padding, "padding");
  const truncating = side(options.truncating, "truncating");
  const value = int32(options.value ?? 0, () => "value");
  if (!Array.isArray(sequences)) {
    throw new GruvyError("data/type", `Expected an array of sequences, found ${shown(sequences)}`);
  }
  let longest = 0;
  for (let row = 0; row < sequences.length; row++) {
    const sequence: unknown = sequences[row];
    if (!Array.isArray(sequence) && (!ArrayBuffer.isView(sequence) || sequence instanceof DataView)) {
      throw new GruvyError("data/type", `Expected sequence ${row} to be an array of tokens, found ${shown(sequence)}`);
    }
    longest = Math.max(longest, sequences[row].length);
  }
  const steps = options.maxLength === undefined ? longest : wholeNumber(options.maxLength, "maxLength");
  const data = new Int32Array(sequences.length * steps);
  if (value !== 0) data.fill(value);
  for (let row = 0; row < sequences.length; row++) {
    const sequence = sequences[row];
    const kept = Math.min(sequence.length, steps);
    const from = truncating === "pre" ? sequence.length - kept : 0;
    const to = row * steps + (padding === "pre" ? steps - kept : 0);
    if (sequence instanceof Int32Array) {
      data.set(sequence.subarray(from, from + kept), to);
    } else {
      for (let i = 0; i < kept; i++) {
        data[to + i] = int32(sequence[from + i], () => `sequence ${row}, position ${from + i}`);
      }
    }
  }
  return new Tensor([sequences.length, steps], data);
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
    "wordIndex and textVectorization turn words into such numbers.",
  );
}
