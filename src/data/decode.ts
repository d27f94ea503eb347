import { GruvyError, shown } from "../base/index.ts";
import { sourceName } from "./source-name.ts";

/** Bytes of a file in one piece or many, or text that is decoded already. */
export type ByteSource = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A buffer that stays in the processor's cache while it is checked, cut into rows and parsed. */
const PIECE = 1 << 15;

/**
 * Text files as UTF-8 bytes without byte-order mark: UTF-8 is checked, UTF-16 with its mark is converted, anything
 * else is refused where it starts. However the input was split, it is passed on in the same pieces of 32 KiB.
 *
 * @throws {GruvyError} `data/encoding` for bytes that are not UTF-8, `data/binary` for files that are no text.
 */
export async function* utf8Pieces(input: ByteSource, source: string): AsyncGenerator<Uint8Array> {
  const check = new Utf8Check(source);
  let convert: Convert | undefined;
  let first = true;
  for await (const piece of evenPieces(typeof input === "string" ? encoded(input, source) : input)) {
    let bytes = piece;
    if (first) [bytes, convert] = unmarked(bytes, check, source);
    first = false;
    if (convert) bytes = convert(bytes);
    check.feed(bytes);
    yield bytes;
  }
  const rest = convert?.();
  if (rest && rest.length > 0) {
    check.feed(rest);
    yield rest;
  }
  check.end();
}

/**
 * A whole text file as a string; the same rules as for tables.
 *
 * @throws {GruvyError} `data/encoding`, `data/binary`
 */
export function decodeText(input: Uint8Array, source: string): string {
  const check = new Utf8Check(source);
  const [bytes, convert] = unmarked(input, check, source);
  const text = convert ? joined([convert(bytes), convert()]) : bytes;
  check.feed(text);
  check.end();
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

async function* evenPieces(
  input: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(PIECE);
  let length = 0;
  for await (const chunk of input instanceof Uint8Array ? [input] : input) {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + PIECE - length);
      piece.set(part, length);
      length += part.length;
      from += part.length;
      if (length < PIECE) continue;
      yield piece;
      // A new one, since a reader may keep the end of a row.
      piece = new Uint8Array(PIECE);
      length = 0;
    }
  }
  if (length > 0) yield piece.subarray(0, length);
}

function encoded(text: string, source: string): Uint8Array {
  const at = text.search(/\p{Surrogate}/u);
  if (at >= 0) {
    throw new GruvyError(
      "data/encoding",
      `Character ${at} of ${sourceName(source)} is half of a surrogate pair`,
      "Such text cannot be stored; cut strings between whole characters.",
    );
  }
  const zero = text.indexOf("\0");
  if (zero >= 0) throw binary(source, zero, "");
  return new TextEncoder().encode(text.startsWith("\ufeff") ? text.slice(1) : text);
}

/** Makes UTF-8 of a piece; called without one, of what the pieces before left over. */
type Convert = (piece?: Uint8Array) => Uint8Array;

/** Takes off the byte-order mark, and says how what follows becomes UTF-8 when it is not. */
function unmarked(bytes: Uint8Array, check: Utf8Check, source: string): [Uint8Array, Convert | undefined] {
  const [a, b, c, d] = bytes;
  if (a === 0x50 && b === 0x4b && c === 3 && d === 4) {
    throw binary(source, undefined, "It is a zip file or an Excel workbook: export the sheet as CSV first");
  }
  if (a === 0x1f && b === 0x8b) throw binary(source, undefined, "It is compressed with gzip: decompress it first");
  // The length of a header, then the header: `{"__metadata__"...`.
  if (bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0x7b && bytes[9] === 0x22) {
    throw binary(
      source,
      undefined,
      "It is a model or another safetensors file, and data are expected here; a command that takes both takes the model first",
    );
  }
  if (a === 0xef && b === 0xbb && c === 0xbf) {
    check.skip(3);
    return [bytes.subarray(3), undefined];
  }
  if (!((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))) return [bytes, undefined];
  const decoder = new TextDecoder(a === 0xff ? "utf-16le" : "utf-16be", { fatal: true });
  const encoder = new TextEncoder();
  const convert: Convert = (piece) => {
    try {
      return encoder.encode(decoder.decode(piece, { stream: piece !== undefined }));
    } catch (cause) {
      throw new GruvyError(
        "data/encoding",
        `${sourceName(source)} starts with the mark of UTF-16 but is not UTF-16 throughout`,
        "Save it as UTF-8.",
        { cause },
      );
    }
  };
  return [bytes.subarray(2), convert];
}

function binary(source: string, offset: number | undefined, guess: string): GruvyError {
  const where =
    offset === undefined ? `${sourceName(source)} is no text` : `Byte ${offset} of ${sourceName(source)} is zero`;
  return new GruvyError(
    "data/binary",
    where,
    guess === "" ? "Text files hold none: is it UTF-16 without a mark, or no text at all? Save it as UTF-8." : guess,
  );
}

/**
 * Finds the first byte that is no UTF-8, in input split anywhere; a decoder would not say where. Refuses zero bytes,
 * overlong forms, surrogates and code points past U+10FFFF.
 */
class Utf8Check {
  readonly #source: string;
  #offset = 0;
  #line = 1;
  /** Bytes still due in the character begun, and the bounds of the next one. */
  #due = 0;
  #low = 0x80;
  #high = 0xbf;
  #lead = 0;
  #leadOffset = 0;

  constructor(source: string) {
    this.#source = source;
  }

  skip(bytes: number): void {
    this.#offset += bytes;
  }

  feed(bytes: Uint8Array): void {
    let due = this.#due;
    let low = this.#low;
    let high = this.#high;
    let line = this.#line;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (due > 0) {
        if (byte < low || byte > high) throw this.#refused(this.#lead, this.#leadOffset, line);
        due--;
        low = 0x80;
        high = 0xbf;
      } else if (byte < 0x80) {
        if (byte === 10) line++;
        else if (byte === 0) throw binary(this.#source, this.#offset + i, "");
      } else {
        if (byte < 0xc2 || byte > 0xf4) throw this.#refused(byte, this.#offset + i, line);
        this.#lead = byte;
        this.#leadOffset = this.#offset + i;
        due = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
        high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
      }
    }
    this.#due = due;
    this.#low = low;
    this.#high = high;
    this.#line = line;
    this.#offset += bytes.length;
  }

  end(): void {
    if (this.#due === 0) return;
    throw new GruvyError(
      "data/encoding",
      `${sourceName(this.#source)} ends within a character, at byte ${this.#offset}`,
      "Was it cut? Fetch or save it again, as UTF-8.",
    );
  }

  #refused(byte: number, offset: number, line: number): GruvyError {
    const latin1 = new TextDecoder("windows-1252").decode(Uint8Array.of(byte));
    const guess = byte >= 0xa0 ? `; in Latin-1 it would be ${shown(latin1)}` : "";
    return new GruvyError(
      "data/encoding",
      `Byte ${offset} of ${sourceName(this.#source)} (line ${line}) is 0x${byte.toString(16)}, which is not UTF-8${guess}`,
      "Save the file as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 old.csv > new.csv",
    );
  }
}
