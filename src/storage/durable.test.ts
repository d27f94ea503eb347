import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GruvyError } from "../base/index.ts";
import { writeDurably, writeTogether } from "./durable.ts";
import { errorOf } from "./error-of.twin.ts";
import { failingFiles, faults } from "./failing-files.twin.ts";
import { nodeFiles } from "./file-layer.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const windows = process.platform === "win32";
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-durable-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe("writeDurably", () => {
  test("writes a new file and replaces an old one, leaving nothing beside it", async () => {
    const path = join(folder, "a.txt");
    await writeDurably(path, bytesOf("one"));
    expect(fs.readFileSync(path, "utf8")).toBe("one");
    await writeDurably(path, bytesOf("second"));
    expect(fs.readFileSync(path, "utf8")).toBe("second");
    await writeDurably(path, new Uint8Array(0));
    expect(fs.readFileSync(path, "utf8")).toBe("");
    expect(fs.readdirSync(folder)).toEqual(["a.txt"]);
  });

  test("takes pieces as they come", async () => {
    const path = join(folder, "a.txt");
    await writeDurably(path, [bytesOf("a"), bytesOf(""), bytesOf("bc")]);
    expect(fs.readFileSync(path, "utf8")).toBe("abc");
    await writeDurably(
      path,
      (async function* () {
        yield bytesOf("d");
        yield bytesOf("ef");
      })(),
    );
    expect(fs.readFileSync(path, "utf8")).toBe("def");
  });

  test("keeps the old file when the pieces end in an error, which comes through as it is", async () => {
    const path = join(folder, "a.txt");
    fs.writeFileSync(path, "old");
    const broken = (function* () {
      yield bytesOf("new");
      throw new RangeError("no more");
    })();
    await expect(writeDurably(path, broken)).rejects.toThrow(RangeError);
    expect(fs.readFileSync(path, "utf8")).toBe("old");
    expect(fs.readdirSync(folder)).toEqual(["a.txt"]);
  });

  test("syncs the file before the rename and the folder after it", async () => {
    const { files, calls } = failingFiles(0);
    await writeDurably(join(folder, "a.txt"), bytesOf("x"), files);
    const order = calls.filter((call) => /sync|rename|write|close/.test(call));
    expect(order).toEqual([
      "file.write",
      "file.sync",
      "file.close",
      "rename",
      ...(windows ? [] : ["file.sync", "file.close"]),
    ]);
  });

  test.skipIf(windows)("keeps permissions, and is never more readable meanwhile", async () => {
    const path = join(folder, "a.txt");
    for (const mode of [0o600, 0o640, 0o755, 0o200]) {
      fs.writeFileSync(path, "old");
      fs.chmodSync(path, mode);
      await writeDurably(path, pieces(mode));
      expect(fs.statSync(path).mode & 0o7777).toBe(mode);
    }
    function* pieces(mode: number) {
      const temporary = fs.readdirSync(folder).find((name) => name.startsWith(".gruvy-")) ?? "";
      expect(fs.statSync(join(folder, temporary)).mode & 0o777 & ~mode).toBe(0);
      yield bytesOf("new");
    }
  });

  test.skipIf(windows)("follows a link, which stays", async () => {
    fs.mkdirSync(join(folder, "real"));
    fs.writeFileSync(join(folder, "real", "a.txt"), "old");
    fs.symlinkSync(join("real", "a.txt"), join(folder, "link"));
    await writeDurably(join(folder, "link"), bytesOf("new"));
    expect(fs.lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(join(folder, "real", "a.txt"), "utf8")).toBe("new");
  });

  test("two writers at once leave one whole file", async () => {
    const path = join(folder, "a.txt");
    const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(contents.map((text) => writeDurably(path, bytesOf(text))));
    expect(contents).toContain(fs.readFileSync(path, "utf8"));
    expect(fs.readdirSync(folder)).toEqual(["a.txt"]);
  });

  test("removes its temporary file when the process exits meanwhile", async () => {
    const others = process.listeners("exit");
    const leaving = (function* () {
      yield bytesOf("new");
      expect(fs.readdirSync(folder)).toHaveLength(1);
      for (const listener of process.listeners("exit")) if (!others.includes(listener)) listener(0);
      expect(fs.readdirSync(folder)).toEqual([]);
    })();
    await errorOf(writeDurably(join(folder, "a.txt"), leaving));
    expect(process.listeners("exit")).toEqual(others);
  });
});

describe("every file call fails in turn", () => {
  for (const old of ["old content", undefined]) {
    for (const fault of faults) {
      test(`${fault}, ${old === undefined ? "no" : "an"} old file`, async () => {
        const path = join(folder, "model.gruvy");
        const fresh = "n".repeat(1000);
        let failures = 0;
        for (let failAt = 1; ; failAt++) {
          fs.rmSync(path, { force: true });
          if (old !== undefined) fs.writeFileSync(path, old);
          const { files, failed } = failingFiles(failAt, fault);
          let error: unknown;
          await writeDurably(path, bytesOf(fresh), files).catch((caught: unknown) => {
            error = caught;
          });
          const found = fs.existsSync(path) ? fs.readFileSync(path, "utf8") : undefined;
          const left = fs.readdirSync(folder).filter((name) => name !== "model.gruvy");
          expect(left, `a temporary file after ${failed()}`).toEqual([]);
          if (failed() === undefined) {
            if (error) throw error;
            expect(found).toBe(fresh);
            // A short write can only happen in the one write; a failure everywhere else too.
            if (fault !== "short write" || failAt > 40) break;
            continue;
          }
          failures++;
          if (error !== undefined) {
            expect(error).toBeInstanceOf(GruvyError);
            expect((error as GruvyError).code).toMatch(/^file\/(device|disk-full|no-permission)$/);
            expect((error as GruvyError).message).toContain(path);
          }
          // After the rename the new file is in place, whatever the sync of the folder says.
          if (found !== fresh) expect(found, `the old file after ${failed()}`).toBe(old);
          if (error === undefined) expect(found).toBe(fresh);
        }
        expect(failures).toBeGreaterThanOrEqual(fault === "short write" ? 1 : 8);
      });
    }
  }

  test("a disk that takes no byte more, without an error, is full", async () => {
    const { files } = failingFiles(0);
    const stuck = {
      ...nodeFiles,
      open: async (...args: Parameters<typeof files.open>) => {
        const handle = await nodeFiles.open(...args);
        handle.write = (async () => ({ bytesWritten: 0 })) as unknown as typeof handle.write;
        return handle;
      },
    };
    const error = await errorOf(writeDurably(join(folder, "a.txt"), bytesOf("x"), stuck));
    expect(error.code).toBe("file/disk-full");
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("a write that takes a few bytes at a time is gone on with", async () => {
    const slow = {
      ...nodeFiles,
      open: async (...args: Parameters<typeof nodeFiles.open>) => {
        const handle = await nodeFiles.open(...args);
        const write = handle.write.bind(handle) as (
          bytes: Uint8Array,
          offset: number,
          length: number,
        ) => Promise<unknown>;
        handle.write = ((bytes: Uint8Array, offset: number, length: number) =>
          write(bytes, offset, Math.min(length, 3))) as unknown as typeof handle.write;
        return handle;
      },
    };
    await writeDurably(join(folder, "a.txt"), bytesOf("ten bytes."), slow);
    expect(fs.readFileSync(join(folder, "a.txt"), "utf8")).toBe("ten bytes.");
  });
});

test.each(faults)(
  "files that belong together: %s before the first is in its place leaves all the old ones",
  async (fault) => {
    const names = ["a.txt", "b.txt", "c.txt"];
    const content = () => names.map((name) => fs.readFileSync(join(folder, name), "utf8"));
    const parts = names.map((name) => ({ path: join(folder, name), content: bytesOf("new") }));
    const { calls, files } = failingFiles(0);
    for (const { path } of parts) fs.writeFileSync(path, "old");
    await writeTogether(parts, files);
    expect(content()).toEqual(["new", "new", "new"]);
    for (let failAt = 1; failAt <= calls.length; failAt++) {
      for (const { path } of parts) fs.writeFileSync(path, "old");
      const failing = failingFiles(failAt, fault);
      await writeTogether(parts, failing.files).catch((error: unknown) => expect(error).toBeInstanceOf(GruvyError));
      const first = calls.indexOf("rename") + 1;
      if (failing.failed() !== undefined && failAt <= first) expect(content()).toEqual(["old", "old", "old"]);
      expect(fs.readdirSync(folder).sort()).toEqual(names);
    }
  },
);

describe("a place that cannot be written", () => {
  const made = (name: string, mode = 0o666) => {
    fs.writeFileSync(join(folder, name), "old", { mode });
    return join(folder, name);
  };
  const cases: [name: string, make: () => string, code: string, part: string][] = [
    ["a folder", () => folder, "file/is-folder", "it is a folder"],
    ["a path that ends in a slash", () => `${join(folder, "new")}/`, "file/is-folder", "Give the path of a file"],
    ["a missing folder", () => join(folder, "no", "a.txt"), "file/missing-folder", "Make it first"],
    ["a file as a folder", () => join(made("f"), "a.txt"), "file/not-a-folder", "is a file, not a folder"],
    ["a name that is too long", () => join(folder, "x".repeat(300)), "file/name", "too long"],
    ["no name", () => "", "file/name", "found nothing"],
    ["what is no name", () => ({}) as never, "file/name", "found an object"],
    ["NUL in the name", () => join(folder, "a\0b"), "file/name", "NUL"],
    ["a read-only file", () => made("r", 0o444), "file/read-only", "the file is read-only"],
  ];
  test.each(cases)("%s", async (_, make, code, part) => {
    const path = make();
    const before = fs.readdirSync(folder);
    const error = await errorOf(writeDurably(path, bytesOf("new")));
    expect(error.code).toBe(code);
    expect(error.message).toContain(part);
    expect(fs.readdirSync(folder)).toEqual(before);
  });

  test.skipIf(windows)("a pipe and a device, which a rename would replace", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const path of [pipe, "/dev/null"]) {
      const error = await errorOf(writeDurably(path, bytesOf("new")));
      expect(error.code).toBe("file/not-a-file");
    }
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test.skipIf(windows)("links in a circle", async () => {
    fs.symlinkSync("b", join(folder, "a"));
    fs.symlinkSync("a", join(folder, "b"));
    expect((await errorOf(writeDurably(join(folder, "a"), bytesOf("x")))).code).toBe("file/link-loop");
  });

  test.skipIf(windows || process.getuid?.() === 0)("a folder without permission", async () => {
    fs.chmodSync(folder, 0o555);
    const error = await errorOf(writeDurably(join(folder, "a.txt"), bytesOf("x")));
    fs.chmodSync(folder, 0o755);
    expect(error.code).toBe("file/no-permission");
  });
});
