import { dirname } from "node:path";
import { GruvyError } from "../base/index.ts";
import { crc32Text } from "./crc32.ts";
import { attempt, syncFolder, writeAll, writeDurably } from "./durable.ts";
import { type FileLayer, nodeFiles } from "./file-layer.ts";
import { formatJson, type JsonValue, parseJson } from "./json.ts";
import { readFileLimited } from "./read-file.ts";
import { sourceName } from "./source-name.ts";

/** What a file of records holds: a line each, with its checksum and its number. */
export interface Records {
  readonly records: readonly JsonValue[];
  /** The length of the whole lines. */
  readonly length: number;
  /** What follows them, without an end of its own: it was being written when the writer died. */
  readonly torn: Uint8Array;
}

/** A file of records that is open for one writer. */
export interface RecordFile {
  readonly records: readonly JsonValue[];
  /** Adds a record; when it resolves, the record survives a power cut. A failed append leaves the file as it was. */
  append(record: unknown): Promise<void>;
  close(): Promise<void>;
}

interface Line {
  readonly bytes: Uint8Array;
  /** It ends as lines do. An append writes that last, so of one that was cut off it is missing. */
  readonly complete: boolean;
  /** Undefined where it does not hold what was written. */
  readonly whole?: { readonly number: number; readonly record: JsonValue };
}

/**
 * Reads what a file of records holds. A last line that does not end was never acknowledged, and is left out; all else
 * that is not as it was written is damage, and refused.
 *
 * @throws {GruvyError} `file/damaged` that names the line, and says `repair`; `file/...` when it cannot be read.
 */
export async function readRecords(path: string, repair: string, files: FileLayer = nodeFiles): Promise<Records> {
  return recordsOf(await readFileLimited(path, { files }), path, repair);
}

function recordsOf(content: Uint8Array, path: string, repair: string): Records {
  const records: JsonValue[] = [];
  let length = 0;
  const lines = linesOf(content);
  for (const [i, { bytes, complete, whole }] of lines.entries()) {
    if (!complete) return { records, length, torn: bytes };
    if (whole?.number !== i) {
      const what = whole === undefined ? "its checksum does not match" : `it holds record ${whole.number}, not ${i}`;
      throw new GruvyError(
        "file/damaged",
        `Line ${i + 1} of ${lines.length} in ${sourceName(path)} is damaged: ${what}`,
        repair,
      );
    }
    records.push(whole.record);
    length += bytes.length;
  }
  return { records, length, torn: new Uint8Array() };
}

/** Throws for records that are not to be changed, such as those of a later version. */
type CheckRecords = (records: readonly JsonValue[]) => void;

/**
 * Opens a file of records for writing, and makes it if need be; whoever calls holds the folder's lock. A torn last line
 * is cut off, and kept in a file beside; nothing is done where `check` throws.
 *
 * @throws {GruvyError} as `readRecords`.
 * @example
 * const file = await openRecords("log.records", "Make it anew.");
 * await file.append({ epoch: 1 });
 * await file.close();
 * (await readRecords("log.records", "")).records; // [{"epoch":1}]
 */
export async function openRecords(
  path: string,
  repair: string,
  files: FileLayer = nodeFiles,
  check: CheckRecords = () => {},
): Promise<RecordFile> {
  const found = recordsOf((await readIfThere(path, files)) ?? new Uint8Array(), path, repair);
  check(found.records);
  if (found.torn.length > 0) await keepBeside(path, "torn", found.torn, files);
  const records = [...found.records];
  let { length } = found;
  const handle = await attempt("open", path, async () => {
    const opened = await files.open(path, "a+");
    try {
      await opened.truncate(length);
      await opened.sync();
      await syncFolder(dirname(path), files);
    } catch (error) {
      await opened.close().catch(() => {});
      throw error;
    }
    return opened;
  });
  let broken = false;
  let last: Promise<unknown> = Promise.resolve();
  const write = async (record: unknown): Promise<void> => {
    if (broken)
      throw new GruvyError("file/device", `Cannot write ${sourceName(path)}: an earlier write failed`, "Start again.");
    const line = lineOf(record, records.length);
    try {
      await writeAll(handle, line, path);
      await attempt("write", path, () => handle.sync());
    } catch (error) {
      broken = await handle.truncate(length).then(
        () => false,
        () => true,
      );
      throw error;
    }
    length += line.length;
    records.push(JSON.parse(JSON.stringify(record)));
  };
  return {
    records,
    append(record) {
      const done = last.then(() => write(record));
      last = done.catch(() => {});
      return done;
    },
    async close() {
      await last;
      await attempt("close", path, () => handle.close());
    },
  };
}

/**
 * Keeps the whole records of a damaged file, each with its number, and the file as it was beside it, as `copy`. In the
 * place of one that is lost stands `missing`. Where nothing is damaged, or `check` throws, nothing is written.
 */
export async function repairRecords(
  path: string,
  missing: JsonValue,
  check: CheckRecords = () => {},
): Promise<{ kept: number; dropped: number; copy?: string }> {
  const bytes = await readFileLimited(path);
  const good = new Map<number, JsonValue>();
  let length = 0;
  const lines = linesOf(bytes);
  for (const { whole } of lines) {
    // No whole file of that many bytes holds a record of a larger number.
    if (whole === undefined || whole.number < length || whole.number > bytes.length) continue;
    good.set(whole.number, whole.record);
    length = whole.number + 1;
  }
  const dropped = Math.max(length, lines.length) - good.size;
  if (dropped === 0) return { kept: good.size, dropped };
  const records = Array.from({ length }, (_, i) => (good.has(i) ? (good.get(i) as JsonValue) : missing));
  check(records);
  const copy = await keepBeside(path, "damaged", bytes, nodeFiles);
  await writeDurably(path, records.map(lineOf));
  return { kept: good.size, dropped, copy };
}

/** Keeps bytes beside a file under a name that is free; what was kept before stays as it is. */
async function keepBeside(path: string, what: string, bytes: Uint8Array, files: FileLayer): Promise<string> {
  for (let n = 1; ; n++) {
    const copy = `${path}.${what}${n === 1 ? "" : `-${n}`}`;
    const there = await readIfThere(copy, files);
    if (there === undefined) await writeDurably(copy, bytes, files);
    else if (Buffer.compare(there, bytes) !== 0) continue;
    return copy;
  }
}

const readIfThere = (path: string, files: FileLayer): Promise<Uint8Array | undefined> =>
  readFileLimited(path, { files }).catch((error: unknown) => {
    if (error instanceof GruvyError && error.code === "file/missing") return undefined;
    throw error;
  });

function lineOf(record: unknown, number: number): Uint8Array {
  const text = `${number} ${formatJson(record, "record")}`;
  return new TextEncoder().encode(`${crc32Text(new TextEncoder().encode(text))} ${text}\n`);
}

function linesOf(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end + 1);
    lines.push({ bytes: line, complete: end >= 0, whole: end < 0 ? undefined : wholeOf(line) });
    start += line.length;
  }
  return lines;
}

function wholeOf(line: Uint8Array): Line["whole"] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(line.subarray(0, -1));
    const match = /^([0-9a-f]{8}) ((\d+) (.*))$/s.exec(text);
    if (match === null || crc32Text(new TextEncoder().encode(match[2])) !== match[1]) return undefined;
    return { number: Number(match[3]), record: parseJson(match[4], { source: "a record" }) };
  } catch {
    return undefined;
  }
}
