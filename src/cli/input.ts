import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { GruvyError, shown } from "../base/index.ts";
import { fileError } from "../storage/node.ts";

/** Whether a name says JSON lines. */
export const isJsonLines = (path: string): boolean => /\.(jsonl|ndjson|json)(\.gz)?$/i.test(path);

/** The bytes of a file, unpacked where its name says gzip, or of standard input for `-`. */
export async function* bytesOf(spec: string): AsyncGenerator<Uint8Array> {
  if (spec === "-") {
    yield* process.stdin;
    return;
  }
  try {
    const file = createReadStream(spec);
    if (!/\.gz$/i.test(spec)) yield* file;
    else yield* pipeline(file, createGunzip(), () => {}); // its errors reach who reads
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) {
      throw new GruvyError(
        "file/damaged",
        `${shown(spec)} is not whole gzip data`,
        "Get the file again from where it came.",
      );
    }
    throw fileError(error, "read", spec);
  }
}

/** The first character that is no white space, beside all of the bytes. */
export async function peek(
  source: AsyncGenerator<Uint8Array>,
): Promise<{ first: string; bytes: AsyncGenerator<Uint8Array> }> {
  const seen: Uint8Array[] = [];
  let first = "";
  while (first === "") {
    const { done, value } = await source.next();
    if (done) break;
    seen.push(value);
    first =
      new TextDecoder()
        .decode(value)
        .replace(/^\ufeff/, "")
        .trimStart()[0] ?? "";
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* seen;
    yield* source;
  }
  return { first, bytes: bytes() };
}
