import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GruvyError } from "../base/index.ts";
import { errorOf } from "./error-of.twin.ts";
import { failingFiles, faults } from "./failing-files.twin.ts";
import { type FileLayer, nodeFiles } from "./file-layer.ts";
import { readFileLimited } from "./read-file.ts";

const windows = process.platform === "win32";
let folder: string;
let file: string;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-read-"));
  file = join(folder, "a.bin");
  fs.writeFileSync(
    file,
    Uint8Array.from({ length: 1000 }, (_, i) => i),
  );
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe("readFileLimited", () => {
  test("reads a whole file, also an empty one, and through a link", async () => {
    expect(await readFileLimited(file)).toEqual(Uint8Array.from({ length: 1000 }, (_, i) => i));
    fs.writeFileSync(join(folder, "empty"), "");
    expect(await readFileLimited(join(folder, "empty"))).toEqual(new Uint8Array(0));
    if (windows) return;
    fs.symlinkSync("a.bin", join(folder, "link"));
    expect((await readFileLimited(join(folder, "link"))).length).toBe(1000);
  });

  test("gives a buffer of its own", async () => {
    expect((await readFileLimited(file)).buffer.byteLength).toBe(1000);
  });

  test("holds to the limit", async () => {
    expect((await readFileLimited(file, { maxBytes: 1000 })).length).toBe(1000);
    const error = await errorOf(readFileLimited(file, { maxBytes: 999 }));
    expect(error.code).toBe("file/too-large");
    expect(error.message).toContain("Expected at most 999 bytes");
  });

  test("refuses what is no file, without waiting", async () => {
    expect((await errorOf(readFileLimited(folder))).code).toBe("file/is-folder");
    expect((await errorOf(readFileLimited(join(folder, "none")))).code).toBe("file/missing");
    expect((await errorOf(readFileLimited(join(file, "below")))).code).toBe("file/not-a-folder");
    expect((await errorOf(readFileLimited(""))).code).toBe("file/name");
    expect((await errorOf(readFileLimited("a\0b"))).code).toBe("file/name");
    const { code, message } = await errorOf(readFileLimited(undefined as never));
    expect([code, message]).toEqual([
      "file/name",
      expect.stringMatching(/^Expected the path of a file, found undefined/),
    ]);
    if (windows) return;
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect((await errorOf(readFileLimited(pipe))).code).toBe("file/not-a-file");
    expect((await errorOf(readFileLimited("/dev/zero"))).code).toBe("file/not-a-file");
  });

  test.skipIf(windows)("refuses a pipe that took the place of the file meanwhile, without waiting", async () => {
    const pipe = join(folder, "swapped");
    execFileSync("mkfifo", [pipe]);
    const files: FileLayer = { ...nodeFiles, stat: (() => nodeFiles.stat(file)) as unknown as FileLayer["stat"] };
    expect((await errorOf(readFileLimited(pipe, { files }))).code).toBe("file/not-a-file");
  });

  test("notices a file that shrinks or grows while it is read", async () => {
    const changing = (change: () => void): FileLayer => ({
      ...nodeFiles,
      open: async (...args: Parameters<FileLayer["open"]>) => {
        const handle = await nodeFiles.open(...args);
        const stat = handle.stat.bind(handle);
        handle.stat = (async () => {
          const stats = await stat();
          change();
          return stats;
        }) as unknown as typeof handle.stat;
        return handle;
      },
    });
    const path = join(folder, "changing");
    fs.writeFileSync(path, "0123456789");
    const shrunk = await errorOf(readFileLimited(path, { files: changing(() => fs.truncateSync(path, 4)) }));
    expect(shrunk.code).toBe("file/changed");
    expect(shrunk.message).toContain("Expected 10 bytes");
    expect(shrunk.message).toContain("only 4 bytes");
    const grown = await errorOf(readFileLimited(path, { files: changing(() => fs.appendFileSync(path, "x")) }));
    expect(grown.code).toBe("file/changed");
  });

  test("a failing call gives a GruvyError that names the file", async () => {
    for (const fault of faults.filter((name) => name !== "short write")) {
      for (let failAt = 1; ; failAt++) {
        const { files, failed } = failingFiles(failAt, fault);
        const promise = readFileLimited(file, { files });
        const error = await promise.then(
          () => undefined,
          (caught: unknown) => caught,
        );
        if (failed() === undefined) {
          expect(error).toBe(undefined);
          expect(failAt).toBeGreaterThan(5);
          break;
        }
        expect(error).toBeInstanceOf(GruvyError);
        expect((error as GruvyError).message).toContain(file);
      }
    }
  });
});
