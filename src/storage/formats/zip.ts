import { GruvyError, shown } from "../../base/index.ts";
import { crc32 } from "../crc32.ts";
import { sourceName } from "../source-name.ts";

/** A file within a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Its length, as the archive declares it. */
  readonly size: number;
  /** Its bytes, checked against length and CRC-32: a view of the archive where they are stored as they are. */
  read(): Promise<Uint8Array>;
}

export interface ZipLimits {
  readonly source?: string;
  /** Bytes that all entries together may unpack to. Default: 8 times the archive, at least 16 MiB. */
  readonly maxBytes?: number;
}

const MOST_ENTRIES = 10_000;
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** What no deflated byte can exceed. */
const MOST_EXPANSION = 1032;
const AGAIN = "Get the file again from where it came.";

/** How much a packed file may become: as much as its like ever does, so that a small one cannot fill the memory. */
export const unpackedLimit = (bytes: number): number => Math.max(2 ** 24, 8 * bytes);

/**
 * Opens a zip archive in memory. Nothing is unpacked before it is read, names are keys and no paths, and what comes out
 * is counted. Refused: encrypted entries, entries that overlap, a name twice, sizes that lie, more than 10,000 entries.
 *
 * @throws {GruvyError} `file/zip` for what is no archive or a damaged one, `file/too-large` beyond `maxBytes`.
 * @example
 * const file = await encodeZip(new Map([["note.txt", new TextEncoder().encode("hello")]]));
 * const entries = decodeZip(file);
 * new TextDecoder().decode(await entries.get("note.txt")?.read()); // "hello"
 * decodeZip(file.subarray(0, 30)); // throws file/zip
 */
export function decodeZip(input: Uint8Array, limits: ZipLimits = {}): ReadonlyMap<string, ZipEntry> {
  const { source = "the archive", maxBytes = unpackedLimit(input.length) } = limits;
  const where = sourceName(source);
  const file = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { count, start, end } = directory(view, where);
  const entries = new Map<string, Entry>();
  let at = start;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw broken(where, `its list ends after ${i} entries`);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > end) throw broken(where, "its list of entries is cut");
    const nameBytes = file.subarray(at + 46, at + 46 + nameLength);
    const flags = view.getUint16(at + 8, true);
    const name = entryName(nameBytes, (flags & 0x800) !== 0);
    const sizes = {
      size: view.getUint32(at + 24, true),
      packed: view.getUint32(at + 20, true),
      local: view.getUint32(at + 42, true),
    };
    wideSizes(view, at + 46 + nameLength, extraLength, sizes);
    const { size, packed, local } = sizes;
    if (entries.has(name)) throw broken(where, `it holds ${shown(name)} twice`);
    const about = `${shown(name)} in ${where}`;
    sum += size;
    if (sum > maxBytes) {
      throw new GruvyError(
        "file/too-large",
        `Expected ${where} to unpack to at most ${maxBytes} bytes, found ${sum} and more up to ${shown(name)}`,
        "If that is right, allow more with maxBytes.",
      );
    }
    entries.set(name, {
      name,
      size,
      method: view.getUint16(at + 10, true),
      encrypted: (flags & 1) !== 0,
      crc: view.getUint32(at + 16, true),
      from: local,
      data: dataOf(file, view, local, packed, nameBytes, start, about),
      about,
    });
    at = next;
  }
  if (at !== end) throw broken(where, `${end - at} bytes behind its list of entries belong to none`);
  refuseOverlaps([...entries.values()], file.byteOffset, where);
  return new Map(Array.from(entries, ([name, entry]) => [name, { name, size: entry.size, read: () => read(entry) }]));
}

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  /** Where its own header begins. */
  readonly from: number;
  readonly data: Uint8Array;
  readonly about: string;
}

/** The record at the very end says where the list of entries lies. */
function directory(view: DataView, where: string): { count: number; start: number; end: number } {
  const last = view.byteLength - 22;
  for (let at = last; at >= 0 && at >= last - 65535; at--) {
    if (view.getUint32(at, true) !== END || at + 22 + view.getUint16(at + 20, true) !== view.byteLength) continue;
    const count = view.getUint16(at + 10, true);
    const size = view.getUint32(at + 12, true);
    const start = view.getUint32(at + 16, true);
    if (view.getUint32(at + 4, true) !== 0 || view.getUint16(at + 8, true) !== count) {
      throw broken(where, "it is a part of a split archive");
    }
    if (count > MOST_ENTRIES) throw broken(where, `it lists ${count} entries; ${MOST_ENTRIES} are the most`);
    if (start + size !== at) throw broken(where, "its list of entries is not where it should be");
    return { count, start, end: at };
  }
  throw new GruvyError("file/zip", `Expected a zip archive in ${where}, found none or one whose end is missing`, AGAIN);
}

/** Names are UTF-8 where the archive says so; older ones differ in the upper half, which is kept apart. */
const entryName = (bytes: Uint8Array, utf8: boolean): string =>
  utf8 ? new TextDecoder().decode(bytes) : String.fromCharCode(...bytes);

/** Archives written as a stream keep sizes of 64 bits in an extra field, also where they are small. */
function wideSizes(
  view: DataView,
  from: number,
  length: number,
  sizes: { size: number; packed: number; local: number },
): void {
  for (let at = from; at + 4 <= from + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    const end = Math.min(field + view.getUint16(at + 2, true), from + length);
    for (const key of ["size", "packed", "local"] as const) {
      if (sizes[key] !== 0xffffffff || field + 8 > end) continue;
      sizes[key] = Number(view.getBigUint64(field, true));
      field += 8;
    }
  }
}

/** The packed bytes: they lie behind a header of their own, which must be of the same entry. */
function dataOf(
  file: Uint8Array,
  view: DataView,
  local: number,
  packed: number,
  name: Uint8Array,
  limit: number,
  about: string,
): Uint8Array {
  if (local + 30 > limit || view.getUint32(local, true) !== LOCAL) {
    throw broken(about, "there is no entry where the list says");
  }
  const nameLength = view.getUint16(local + 26, true);
  const from = local + 30 + nameLength + view.getUint16(local + 28, true);
  const own = file.subarray(local + 30, local + 30 + nameLength);
  if (own.length !== name.length || own.some((byte, i) => byte !== name[i])) {
    throw broken(about, "the entry and the list name it differently");
  }
  if (from + packed > limit) throw broken(about, "it reaches beyond the entries");
  return file.subarray(from, from + packed);
}

function refuseOverlaps(entries: Entry[], offset: number, where: string): void {
  entries.sort((a, b) => a.from - b.from);
  let end = 0;
  for (const { name, from, data } of entries) {
    if (from < end) throw broken(where, `${shown(name)} overlaps with the entry before it`);
    end = data.byteOffset - offset + data.length;
  }
}

async function read({ size, method, encrypted, crc, data, about }: Entry): Promise<Uint8Array> {
  if (encrypted) throw broken(about, "it is encrypted");
  if (method !== 0 && method !== 8)
    throw broken(about, `it is packed by method ${method}; stored and deflated are read`);
  const lies = method === 0 ? data.length !== size : size > data.length * MOST_EXPANSION + 64;
  if (lies) throw broken(about, `it cannot hold the ${size} bytes that it declares`);
  const bytes = method === 0 ? data : await inflated(data, size, about);
  if (crc32(bytes) !== crc) throw broken(about, "its checksum does not fit");
  return bytes;
}

/** Unpacks piece by piece, so that no more than a piece comes out beyond what was declared. */
async function inflated(data: Uint8Array, size: number, about: string): Promise<Uint8Array> {
  const { Inflate } = await import("fflate");
  const out = new Uint8Array(size);
  let done = 0;
  const inflate = new Inflate((piece) => {
    if (done + piece.length > size) throw broken(about, `it unpacks to more than the ${size} bytes that it declares`);
    out.set(piece, done);
    done += piece.length;
  });
  try {
    for (let at = 0; at < data.length; at += 8192) {
      inflate.push(data.subarray(at, at + 8192), at + 8192 >= data.length);
    }
  } catch (error) {
    if (error instanceof GruvyError) throw error;
    throw broken(about, "its packed bytes are damaged", error);
  }
  if (done !== size) throw broken(about, `it unpacks to ${done} bytes and declares ${size}`);
  return out;
}

/**
 * Writes files into a zip archive, stored as they are. The same content gives the same bytes.
 *
 * @example
 * const file = await encodeZip(new Map([["empty", new Uint8Array(0)]]));
 * file.length; // 108
 */
export async function encodeZip(files: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const { zipSync } = await import("fflate");
  // The date is the first that zip can hold, so that the bytes do not depend on the clock or its zone.
  const mtime = new Date(1980, 0, 1);
  return zipSync(Object.fromEntries(files), { level: 0, mtime });
}

function broken(where: string, what: string, cause?: unknown): GruvyError {
  return new GruvyError("file/zip", `The archive ${where} cannot be used: ${what}`, AGAIN, { cause });
}
