import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { GruvyError, shown } from "../base/index.ts";
import { openClassFolder } from "./class-folder.ts";
import { type CsvOptions, parseCsv } from "./csv.ts";
import { type FetchOptions, isAddress, openAddress, shownAddress } from "./fetch-table.ts";
import { gunzip, isGzip } from "./gzip.ts";
import { parseJsonLines } from "./json-lines.ts";
import { sourceName } from "./source-name.ts";
import type { Table } from "./table.ts";

/** How a table is opened. */
export interface TableOptions {
  /** Default: the one of comma, semicolon and tab that the first rows show. */
  readonly delimiter?: CsvOptions["delimiter"];
  /** Longer tables, after decompression, are refused. Default 1 GiB, and 256 MiB for what an address sends. */
  readonly maxBytes?: number;
  /** Milliseconds an address may take. Default 60,000. */
  readonly timeout?: FetchOptions["timeout"];
  readonly signal?: AbortSignal;
}

/**
 * Opens a table: a CSV or JSON lines, either also compressed with gzip; a folder of class folders of `.txt` files
 * (columns `text`, `label`, and `split` where it has `train` and `test`); or the https address of such a file.
 *
 * @throws {GruvyError} `file/...` for what cannot be read, `network/...` for addresses, `data/...` for the content
 * @example
 * const table = await openTable("sales.csv");
 * table.names; // ["month", "sales"]
 */
export async function openTable(path: string, options: TableOptions = {}): Promise<Table> {
  if (typeof path !== "string" || path === "") {
    throw new GruvyError("usage/data", `Expected the path or address of a table, found ${shown(path)}`);
  }
  if (!isAddress(path)) {
    const size = await sizeOf(path);
    if (size === "folder") return openClassFolder(path, options);
    return parse(fileBytes(path, size), path, path, options);
  }
  // However this ends, nothing is left waiting for the server.
  const done = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, done.signal]) : done.signal;
  try {
    const { bytes, address, contentType } = await openAddress(path, { ...options, signal });
    const { pathname } = new URL(address);
    const name = contentType.includes("json") && !/\.\w+$/.test(pathname) ? `${pathname}.jsonl` : pathname;
    return await parse(bytes, shownAddress(path), name, options);
  } finally {
    done.abort();
  }
}

async function parse(
  bytes: AsyncGenerator<Uint8Array>,
  source: string,
  name: string,
  options: TableOptions,
): Promise<Table> {
  let content = await peeked(bytes);
  if (isGzip(content.first)) content = await peeked(gunzip(content.bytes, source));
  const parseOptions = { source, maxBytes: options.maxBytes, delimiter: options.delimiter };
  return isJsonLines(name, content.first)
    ? parseJsonLines(content.bytes, parseOptions)
    : parseCsv(content.bytes, parseOptions).catch((error) => {
        throw orProse(error, source, content.first);
      });
}

/** Running text breaks the rules of CSV somewhere; that it is no table says more than where. */
function orProse(error: unknown, source: string, first: Uint8Array): unknown {
  if (!(error instanceof GruvyError) || !["data/ragged", "data/quote", "data/csv"].includes(error.code)) return error;
  const [line] = new TextDecoder()
    .decode(first.subarray(0, 400))
    .trimStart()
    .split(/[\r\n]/, 1);
  if (/^#(?!,)/.test(line)) {
    return new GruvyError(
      error.code,
      `${sourceName(source)} begins with a comment: ${shown(line)}`,
      "Remove such lines: the first row of a CSV names its columns.",
      { cause: error },
    );
  }
  const sentence = /[.!?:]["')]*\s*$/.test(line) || line.split(/[,;]/).some((field) => /\S+(?:\s+\S+){3}/.test(field));
  if (!sentence || line.includes("\t")) return error;
  return new GruvyError(
    error.code,
    `${sourceName(source)} looks like running text, not like a table: it begins with ${shown(line)}`,
    TABLE_ADVICE,
    { cause: error },
  );
}

/** What a table is, for those who gave something else. */
export const TABLE_ADVICE =
  'A table is CSV whose first row names the columns, or JSON lines such as {"text": "good", "label": 1}. Texts may also lie in a folder for each class: pos/1.txt, neg/1.txt.';

/** By the ending of the name where it says, else by a first character that no CSV of ours starts with. */
function isJsonLines(name: string, first: Uint8Array): boolean {
  if (/\.(jsonl|ndjson|json)(\.gz)?$/i.test(name)) return true;
  if (/\.(csv|tsv)(\.gz)?$/i.test(name)) return false;
  const marked = first[0] === 0xef && first[1] === 0xbb ? 3 : 0;
  return first[marked] === 0x7b;
}

/** The first bytes (four, or all there are) beside the whole. */
async function peeked(
  bytes: AsyncGenerator<Uint8Array>,
): Promise<{ first: Uint8Array; bytes: AsyncGenerator<Uint8Array> }> {
  const head: Uint8Array[] = [];
  let length = 0;
  while (length < 4) {
    const { value, done } = await bytes.next();
    if (done) break;
    head.push(value);
    length += value.length;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* head;
      yield* bytes;
    } finally {
      await bytes.return(undefined);
    }
  }
  return { first: Buffer.concat(head), bytes: whole() };
}

async function sizeOf(path: string): Promise<number | "folder"> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return "folder";
    if (found.isFile()) return found.size;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  // A pipe or a device might never answer or never end.
  throw new GruvyError("file/not-a-file", `${sourceName(path)} is neither a file nor a folder`, "Name a file.");
}

async function* fileBytes(path: string, size: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 17 })) {
      total += chunk.length;
      yield chunk;
    }
  } catch (cause) {
    throw cause instanceof GruvyError ? cause : unreadable(path, cause);
  }
  if (total < size) {
    const what = `${sourceName(path)} became shorter while it was read (${total} of ${size} bytes)`;
    throw new GruvyError("file/changed", what, "Read it again when nothing writes to it.");
  }
}

function unreadable(path: string, cause: unknown): GruvyError {
  const { code } = cause as { code?: string };
  const name = sourceName(path);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new GruvyError("file/not-found", `There is no file ${name}`, "Check the path.", { cause });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new GruvyError("file/unreadable", `${name} may not be read by you`, "Check its permissions.", { cause });
  }
  return new GruvyError("file/unreadable", `${name} could not be read (${code ?? "unknown reason"})`, "", { cause });
}
