import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/** Whether a name says JSON lines. */
export const isJsonLines = (path: string): boolean => /\.(jsonl|ndjson|json)(\.gz)?$/i.test(path);

/** The bytes of a file, unpacked where its name says gzip, or of standard input for `-`. */
export async function* bytesOf(spec: string): AsyncGenerator<Uint8Array> {
  if (spec === "-") yield* process.stdin;
  else if (/\.gz$/i.test(spec)) yield* createReadStream(spec).pipe(createGunzip());
  else yield* createReadStream(spec);
}

/** The first character that is no white space, beside all of the bytes. */
export async function peek(source: AsyncGenerator<Uint8Array>): Promise<{ first: string; bytes: AsyncGenerator<Uint8Array> }> {
  const seen: Uint8Array[] = [];
  let first = "";
  while (first === "") {
    const { done, value } = await source.next();
    if (done) break;
    seen.push(value);
    first = new TextDecoder().decode(value).replace(/^\ufeff/, "").trimStart()[0] ?? "";
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* seen;
    yield* source;
  }
  return { first, bytes: bytes() };
}
