import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { GruvyError } from "../base/index.ts";
import { attempt, closing } from "./durable.ts";
import { checkPath } from "./file-error.ts";
import { type FileLayer, kindOf, nodeFiles, READ_WITHOUT_WAITING } from "./file-layer.ts";
import { sourceName } from "./source-name.ts";

/**
 * The bytes of a plain file of at most `maxBytes` (default 2 GiB). A folder, pipe or device is refused without waiting
 * for it, and so is a file whose length changes while it is read.
 *
 * @throws {GruvyError} `file/missing`, `file/is-folder`, `file/not-a-file`, `file/too-large`, `file/changed`...
 * @example
 * const bytes = await readFileLimited("package.json", { maxBytes: 1_000_000 });
 * bytes[0]; // 123
 * await readFileLimited("package.json", { maxBytes: 10 }); // throws file/too-large
 */
export async function readFileLimited(
  path: string,
  { maxBytes = 2 ** 31, files = nodeFiles }: { maxBytes?: number; files?: FileLayer } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkPath(path);
  // Looked at before it is opened, for opening a device can have effects; and after, for it may be another by then.
  checkPlain(await attempt("read", path, () => files.stat(path)), path, maxBytes);
  const handle = await attempt("read", path, () => files.open(path, READ_WITHOUT_WAITING));
  return attempt("read", path, () => closing(handle, () => readAll(handle, path, maxBytes)));
}

async function readAll(handle: FileHandle, path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const stats = await handle.stat();
  checkPlain(stats, path, maxBytes);
  const bytes = allocate(stats.size, path);
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(bytes.length - done, 1 << 24), done);
    if (bytesRead === 0) throw changed(path, stats.size, `only ${done} bytes`);
    done += bytesRead;
  }
  const { bytesRead } = await handle.read(new Uint8Array(1), 0, 1, done);
  if (bytesRead > 0) throw changed(path, stats.size, "more");
  return bytes;
}

function checkPlain(stats: Stats, path: string, maxBytes: number): void {
  if (!stats.isFile()) {
    const code = stats.isDirectory() ? "file/is-folder" : "file/not-a-file";
    throw new GruvyError(code, `Cannot read ${sourceName(path)}: it is ${kindOf(stats)}`, "Give the path of a file.");
  }
  if (stats.size > maxBytes) throw tooLarge(path, stats.size, `at most ${maxBytes} bytes`);
}

function allocate(size: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch {
    throw tooLarge(path, size, "what fits in memory");
  }
}

function tooLarge(path: string, size: number, expected: string): GruvyError {
  return new GruvyError(
    "file/too-large",
    `Expected ${expected} in ${sourceName(path)}, found ${size} bytes`,
    "Check that it is the right file.",
  );
}

function changed(path: string, expected: number, found: string): GruvyError {
  return new GruvyError(
    "file/changed",
    `Expected ${expected} bytes in ${sourceName(path)}, found ${found}: it changed while it was read`,
    "Wait until the program that writes it is done, then try again.",
  );
}
