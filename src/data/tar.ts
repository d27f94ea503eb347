import { GruvyError, shown } from "../base/index.ts";
import { sourceName } from "./source-name.ts";

/** A file in an archive. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface TarOptions {
  /** How messages name the archive. */
  readonly source: string;
  /** Which files are read; the others are passed over. */
  readonly wanted: (name: string) => boolean;
  /** A longer wanted file is refused. Default 1 MiB. */
  readonly maxEntryBytes?: number;
  /** A longer archive is refused. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Default 1,000,000. */
  readonly maxEntries?: number;
}

const BLOCK = 512;
/** Headers that only carry names need no more. */
const MAX_EXTENSION = 1 << 16;
const ascii = new TextDecoder("latin1");
const utf8 = new TextDecoder();

/**
 * The wanted files of a tar archive (POSIX ustar and pax, GNU), in its order, as it streams by. Nothing is written to
 * disk; links are never followed. Headers are checked by their sums, names for leaving the archive, sizes against limits.
 *
 * @throws {GruvyError} `data/archive` for what is cut, damaged, hostile or no archive, with the byte where it shows.
 */
export async function* tarEntries(
  chunks: AsyncIterable<Uint8Array>,
  { source, wanted, maxEntryBytes = 2 ** 20, maxBytes = 2 ** 30, maxEntries = 1_000_000 }: TarOptions,
): AsyncGenerator<TarEntry> {
  const refused = (what: string) =>
    new GruvyError("data/archive", `${sourceName(source)} ${what}`, "Fetch the archive again.");
  const input = new BlockReader(chunks, maxBytes, refused);
  try {
    yield* entriesOf(input, { wanted, maxEntryBytes, maxEntries }, refused);
    // To the end of the stream, so that what carries the archive is checked to its end.
    await input.drain();
  } finally {
    await input.close();
  }
}

async function* entriesOf(
  input: BlockReader,
  { wanted, maxEntryBytes, maxEntries }: Pick<Required<TarOptions>, "wanted" | "maxEntryBytes" | "maxEntries">,
  refused: (what: string) => GruvyError,
): AsyncGenerator<TarEntry> {
  const seen = new Set<string>();
  let longName: string | undefined;
  let extension = new Map<string, string>();
  for (let entries = 0; ; entries++) {
    const at = input.position;
    const header = await input.take(BLOCK);
    if (header === undefined) throw refused(at === 0 ? "is empty" : `ends at byte ${at} without its end mark`);
    if (header[0] === 0 && header.every((byte) => byte === 0)) return;
    if (!sumHolds(header)) throw refused(`is no tar archive, or is damaged at byte ${at}`);
    if (entries >= maxEntries) throw refused(`holds more than ${maxEntries} entries`);
    const type = String.fromCharCode(header[156] || 48);
    const size = extension.has("size") ? wholeField(extension.get("size")) : sizeField(header);
    if (!Number.isSafeInteger(size)) throw refused(`gives no sound size for the entry at byte ${at}`);
    const padded = Math.ceil(size / BLOCK) * BLOCK;

    if ("xgLK".includes(type)) {
      if (size > MAX_EXTENSION) throw refused(`has a header of ${size} bytes at byte ${at}`);
      const body = (await input.exactly(padded)).subarray(0, size);
      if (type === "L") longName = untilZero(utf8.decode(body));
      if (type === "x") extension = paxRecords(body, () => refused(`has a damaged header at byte ${at}`));
      continue;
    }

    const name = extension.get("path") ?? longName ?? nameField(header);
    longName = undefined;
    extension = new Map();
    if (name === "" || name.includes("\0") || /^\/|^[A-Za-z]:|\\|(^|\/)\.\.(\/|$)/.test(name)) {
      throw refused(`holds an entry whose name leads out of it, ${shown(name)}`);
    }
    const isFile = "07".includes(type) && !name.endsWith("/");
    if (!"01234567V".includes(type)) throw refused(`holds an entry of an unknown kind, ${shown(name)}`);
    if (!isFile) {
      // A folder may give a size and has no content all the same; for links and devices that is nowhere settled.
      if (size > 0 && !"057".includes(type)) throw refused(`gives a size to ${shown(name)}, which is no file`);
      continue;
    }
    if (!wanted(name)) {
      await input.skip(padded);
      continue;
    }
    if (size > maxEntryBytes) throw refused(`holds ${shown(name)}, which has ${size} bytes`);
    if (seen.has(name)) throw refused(`holds ${shown(name)} twice`);
    seen.add(name);
    yield { name, bytes: (await input.exactly(padded)).subarray(0, size) };
  }
}

/** The sum of the header's bytes, its own field taken as spaces; old archives summed signed bytes. */
function sumHolds(header: Uint8Array): boolean {
  const stored = octal(header, 148, 8);
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 32 : header[i];
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return stored === unsigned || stored === signed;
}

/** The size: octal digits, or GNU's binary form for large ones. NaN when it is neither. */
function sizeField(header: Uint8Array): number {
  if (header[124] !== 0x80) return octal(header, 124, 12);
  let size = 0;
  for (let i = 125; i < 136; i++) size = size * 256 + header[i];
  return size;
}

const wholeField = (text = "") => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

function octal(header: Uint8Array, from: number, length: number): number {
  const digits = ascii.decode(header.subarray(from, from + length)).replace(/^ +|[ \0]+$/g, "");
  return /^[0-7]*$/.test(digits) ? Number.parseInt(`0${digits}`, 8) : Number.NaN;
}

function nameField(header: Uint8Array): string {
  const name = untilZero(utf8.decode(header.subarray(0, 100)));
  // GNU keeps other things where ustar has the folder.
  const isUstar = ascii.decode(header.subarray(257, 263)) === "ustar\0";
  const folder = isUstar ? untilZero(utf8.decode(header.subarray(345, 500))) : "";
  return folder === "" ? name : `${folder}/${name}`;
}

const untilZero = (text: string) => text.split("\0", 1)[0];

/** Records of the form "length key=value\n", whose length counts all of it. */
function paxRecords(bytes: Uint8Array, damaged: () => GruvyError): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const end = at + wholeField(ascii.decode(bytes.subarray(at, Math.max(at, space))));
    if (!(end <= bytes.length && end > space + 1 && bytes[end - 1] === 10)) throw damaged();
    const record = utf8.decode(bytes.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    if (equals < 1) throw damaged();
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

/** Gives out a stream in pieces of the sizes asked for, copying only what is split between chunks. */
class BlockReader {
  position = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  readonly #refused: (what: string) => GruvyError;
  #chunk = new Uint8Array(0);
  #received = 0;

  constructor(chunks: AsyncIterable<Uint8Array>, maxBytes: number, refused: (what: string) => GruvyError) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
    this.#refused = refused;
  }

  /** The next `length` bytes, or undefined at the end. */
  async take(length: number): Promise<Uint8Array | undefined> {
    if (this.#chunk.length < length) {
      const parts = [this.#chunk];
      let held = this.#chunk.length;
      while (held < length) {
        const next = await this.#next();
        if (next === undefined) {
          if (held > 0) throw this.#refused(`is cut at byte ${this.#received}`);
          return undefined;
        }
        parts.push(next);
        held += next.length;
      }
      const whole = new Uint8Array(held);
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      this.#chunk = whole;
    }
    const taken = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    this.position += length;
    return taken;
  }

  async exactly(length: number): Promise<Uint8Array> {
    const taken = length === 0 ? new Uint8Array(0) : await this.take(length);
    if (taken === undefined) throw this.#refused(`is cut at byte ${this.position}`);
    return taken;
  }

  async skip(length: number): Promise<void> {
    let left = length;
    while (left > this.#chunk.length) {
      left -= this.#chunk.length;
      const next = await this.#next();
      if (next === undefined) throw this.#refused(`is cut at byte ${this.#received}`);
      this.#chunk = next;
    }
    this.#chunk = this.#chunk.subarray(left);
    this.position += length;
  }

  async drain(): Promise<void> {
    while ((await this.#next()) !== undefined);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { value, done } = await this.#chunks.next();
    if (done) return undefined;
    this.#received += value.length;
    if (this.#received > this.#maxBytes) throw this.#refused(`holds more than ${this.#maxBytes} bytes`);
    return value as Uint8Array<ArrayBuffer>;
  }
}
