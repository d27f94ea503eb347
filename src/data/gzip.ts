import { createGunzip } from "node:zlib";
import { GruvyError } from "../base/index.ts";
import { sourceName } from "./source-name.ts";

/** Decompressed, a file may hold this many bytes whatever its size, or `MAX_RATIO` times what it had compressed. */
const FREE_BYTES = 1 << 23;
const MAX_RATIO = 50;

/** Whether bytes start as a gzip file does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a gzip file of one member or several, piece by piece, with its checksums held to. What comes out is
 * counted: a small file that grows without measure is refused while little of it is in memory.
 *
 * @throws {GruvyError} `file/gzip` when it is cut, damaged, or followed by something else; `file/gzip-bomb`
 */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  source: string,
): AsyncGenerator<Uint8Array> {
  const inflate = createGunzip({ chunkSize: 1 << 17 });
  let bytesIn = 0;
  let bytesOut = 0;
  /** How many bytes came in up to the last that is not zero: zeros may pad the end. */
  let bytesMeant = 0;
  let failure: unknown;
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of chunks) {
        if (inflate.destroyed) return;
        let meant = chunk.length;
        while (meant > 0 && chunk[meant - 1] === 0) meant--;
        if (meant > 0) bytesMeant = bytesIn + meant;
        bytesIn += chunk.length;
        if (!inflate.write(chunk)) await drained(inflate);
      }
      inflate.end();
    } catch (error) {
      // What the input failed with is what the reader must see, not that the stream was closed.
      failure = error;
      inflate.destroy();
    }
  };
  const feeding = feed();
  try {
    for await (const piece of inflate) {
      bytesOut += piece.length;
      if (bytesOut > FREE_BYTES && bytesOut > MAX_RATIO * bytesIn) {
        throw new GruvyError(
          "file/gzip-bomb",
          `${sourceName(source)} grows to more than ${MAX_RATIO} times its size when decompressed`,
          "If you trust it, decompress it first and give the file that comes out.",
        );
      }
      yield piece;
    }
  } catch (cause) {
    if (failure !== undefined) throw failure;
    if (cause instanceof GruvyError) throw cause;
    throw damaged(cause, source);
  } finally {
    inflate.destroy();
  }
  await feeding;
  if (failure !== undefined) throw failure;
  if (inflate.bytesWritten < bytesMeant) {
    throw new GruvyError(
      "file/gzip",
      `${sourceName(source)} holds something else after its end as a gzip file, at byte ${inflate.bytesWritten}`,
      "Fetch or compress it again.",
    );
  }
}

function drained(stream: NodeJS.WritableStream & { destroyed?: boolean }): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve();
    const done = (): void => {
      stream.off("drain", done).off("close", done).off("error", done);
      resolve();
    };
    stream.on("drain", done).on("close", done).on("error", done);
  });
}

function damaged(cause: unknown, source: string): GruvyError {
  const { code } = cause as { code?: string };
  const cut = code === "Z_BUF_ERROR" || code === "ERR_STREAM_PREMATURE_CLOSE";
  return new GruvyError(
    "file/gzip",
    cut
      ? `${sourceName(source)} ends before it is complete`
      : `${sourceName(source)} is not a sound gzip file (${(cause as Error).message})`,
    "Fetch or compress it again.",
    { cause },
  );
}
