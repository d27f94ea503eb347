import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { GruvyError, shown } from "../base/index.ts";
import { fileError } from "../storage/node.ts";

/** Whether a name says JSON lines. */
export const isJsonLines = (path: string): boolean => /\.(jsonl|ndjson|json)(\.gz)?$/i.test(path);

/** The bytes of a file, unpacked where its name says gzip, or of standard input for `-`. */
export async function* bytesOf(spec: string): AsyncGenerator<Uint8Array> {
  try {
    if (spec === "-") {
      yield* process.stdin;
      return;
    }
    const size = await plainSize(spec);
    const file = createReadStream(spec);
    if (!/\.gz$/i.test(spec)) yield* file;
    else yield* pipeline(file, createGunzip(), () => {}); // its errors reach who reads
    if (file.bytesRead < size) {
      throw new GruvyError(
        "file/changed",
        `${shown(spec)} became shorter while it was read (${file.bytesRead} of ${size} bytes)`,
        "Read it again when nothing writes to it.",
      );
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) {
      throw new GruvyError(
        "file/damaged",
        `${shown(spec)} is not whole gzip data`,
        "Get the file again from where it came.",
      );
    }
    throw fileError(error, "read", spec === "-" ? "standard input" : spec);
  }
}

/** A pipe would be waited for, and a device might never end; those who mean it have `-`. */
async function plainSize(spec: string): Promise<number> {
  const stats = await stat(spec);
  if (stats.isFile()) return stats.size;
  if (stats.isDirectory()) return 0; // reading says what it is
  throw new GruvyError(
    "file/not-a-file",
    `${shown(spec)} is neither a file nor a folder`,
    "Name a file, or - and give it as standard input.",
  );
}

/** White space that is looked through for a first character. */
const MOST_BLANK = 2 ** 20;

/** The first characters from one on that is no white space, "" where there is none for long, beside all of the bytes. */
export async function peek(
  source: AsyncGenerator<Uint8Array>,
): Promise<{ start: string; bytes: AsyncGenerator<Uint8Array> }> {
  const seen: Uint8Array[] = [];
  let start = "";
  let blank = 0;
  while (start === "" && blank <= MOST_BLANK) {
    const { done, value } = await source.next();
    if (done) break;
    seen.push(value);
    blank += value.length;
    start = new TextDecoder()
      .decode(value)
      .replace(/^\ufeff/, "")
      .trimStart()
      .slice(0, 64);
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* seen;
    yield* source;
  }
  return { start, bytes: bytes() };
}
