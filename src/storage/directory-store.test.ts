import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GruvyError, type Store } from "../base/index.ts";
import { directoryStore } from "./directory-store.ts";
import { failingFiles, faults } from "./failing-files.twin.ts";
import { memoryStore } from "./memory-store.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const windows = process.platform === "win32";
let parent: string;
let folder: string;

beforeEach(() => {
  parent = fs.mkdtempSync(join(tmpdir(), "gruvy-store-"));
  folder = join(parent, "run");
});
afterEach(() => fs.rmSync(parent, { recursive: true, force: true }));

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GruvyError) return error.code;
    throw error;
  }
  return "no error";
}

describe.each([
  ["directoryStore", () => directoryStore(folder)],
  ["memoryStore", () => memoryStore()],
])("%s", (_, open: () => Store) => {
  test("reads what was written, appended, replaced and removed", async () => {
    const store = open();
    expect(await store.read("a.txt")).toBe(undefined);
    expect(await store.list()).toEqual([]);
    await store.write("a.txt", bytesOf("one"));
    await store.append("a.txt", bytesOf(" two"));
    await store.append("logs/deep/b.txt", bytesOf("new"));
    await store.write("logs/c.txt", bytesOf(""));
    expect(textOf(await store.read("a.txt"))).toBe("one two");
    expect(textOf(await store.read("logs/deep/b.txt"))).toBe("new");
    expect(await store.list()).toEqual(["a.txt", "logs/c.txt", "logs/deep/b.txt"]);
    await store.write("a.txt", bytesOf("x"));
    expect(textOf(await store.read("a.txt"))).toBe("x");
    await store.remove("a.txt");
    await store.remove("a.txt");
    expect(await store.read("a.txt")).toBe(undefined);
    expect(await store.list()).toEqual(["logs/c.txt", "logs/deep/b.txt"]);
  });

  test("keeps what was given and gives copies", async () => {
    const store = open();
    const bytes = bytesOf("abc");
    await store.write("a", bytes);
    bytes.fill(0);
    (await store.read("a"))?.fill(0);
    expect(textOf(await store.read("a"))).toBe("abc");
  });

  test("appends in the order asked for, also when nobody waits", async () => {
    const store = open();
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.append("log", bytesOf(`${i},`))));
    expect(textOf(await store.read("log"))).toBe(Array.from({ length: 20 }, (_, i) => `${i},`).join(""));
  });

  test.each([
    "",
    ".",
    "..",
    "../a",
    "a/../b",
    "/a",
    "a//b",
    "a/",
    "C:/a",
    "c:a",
    "a\\b",
    "a\0",
    "a\nb",
    ".gruvy.lock.x",
    "a/.gruvy-1.tmp",
    "\ud800",
  ])("refuses the name %j", async (name) => {
    const store = open();
    for (const call of [
      store.read(name),
      store.write(name, bytesOf("")),
      store.append(name, bytesOf("")),
      store.remove(name),
    ]) {
      expect(await codeOf(call)).toBe("usage/store-name");
    }
    expect(fs.readdirSync(parent)).toEqual([]);
  });

  test("takes names that only look odd", async () => {
    const store = open();
    const names = ["__proto__", "-", "--help", "a b", "..a", "constructor", "ü.csv"];
    for (const name of names) await store.write(name, bytesOf(name));
    expect(await store.list()).toEqual([...names].sort());
    for (const name of names) expect(textOf(await store.read(name))).toBe(name);
  });
});

describe("directoryStore on a disk", () => {
  test("a failed append leaves what was there, whatever call fails", async () => {
    for (const fault of faults) {
      for (let failAt = 1; failAt < 40; failAt++) {
        const store = directoryStore(folder);
        await store.write("log", bytesOf("one\n"));
        const { files, failed } = failingFiles(failAt, fault);
        const error = await directoryStore(folder, { files })
          .append("log", bytesOf("two\n"))
          .then(
            () => undefined,
            (caught: unknown) => caught,
          );
        const text = textOf(await store.read("log"));
        if (error === undefined) expect(text).toBe("one\ntwo\n");
        else {
          expect(error).toBeInstanceOf(GruvyError);
          // A failing close comes after the sync: the line is there, whole.
          expect(text).toBe(failed() === "file.close" ? "one\ntwo\n" : "one\n");
        }
      }
    }
  });

  test("a failed write leaves what was there, whatever call fails", async () => {
    for (const fault of faults) {
      for (let failAt = 1; failAt < 40; failAt++) {
        fs.rmSync(folder, { recursive: true, force: true });
        const { files } = failingFiles(failAt, fault);
        const code = await codeOf(directoryStore(folder, { files }).write("new/a", bytesOf("new")));
        const text = textOf(await directoryStore(folder).read("new/a"));
        if (code === "no error") expect(text).toBe("new");
        expect(["new", undefined]).toContain(text);
        expect(fs.existsSync(join(folder, "new")) ? fs.readdirSync(join(folder, "new")) : []).toEqual(
          text ? ["a"] : [],
        );
      }
    }
  });

  test("an append after a failed one goes on", async () => {
    const { files } = failingFiles(2, "EIO");
    const store = directoryStore(folder, { files });
    const first = codeOf(store.append("log", bytesOf("lost")));
    const second = codeOf(store.append("log", bytesOf("kept")));
    expect([await first, await second]).toEqual(["file/device", "no error"]);
    expect(textOf(await store.read("log"))).toBe("kept");
  });

  test("says what stands in the way", async () => {
    fs.mkdirSync(join(folder, "a"), { recursive: true });
    fs.writeFileSync(join(folder, "f"), "");
    const store = directoryStore(folder);
    expect(await codeOf(store.read("a"))).toBe("file/is-folder");
    expect(await codeOf(store.write("a", bytesOf("")))).toBe("file/is-folder");
    expect(await codeOf(store.append("a", bytesOf("")))).toBe("file/is-folder");
    expect(await codeOf(store.write("f/b", bytesOf("")))).toBe("file/not-a-folder");
    if (windows) return;
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(await codeOf(store.append("pipe", bytesOf("x")))).toBe("file/not-a-file");
    expect(await store.list()).toEqual(["f"]);
  });

  test.skipIf(windows)("does not follow links out of the folder", async () => {
    fs.mkdirSync(join(folder, "sub"), { recursive: true });
    fs.writeFileSync(join(parent, "secret"), "old");
    fs.symlinkSync("../secret", join(folder, "file"));
    fs.symlinkSync("..", join(folder, "up"));
    fs.symlinkSync("sub", join(folder, "inside"));
    const store = directoryStore(folder);
    for (const name of ["file", "up/secret", "up/new"]) {
      expect(await codeOf(store.read(name))).toBe("file/outside-folder");
      expect(await codeOf(store.write(name, bytesOf("x")))).toBe("file/outside-folder");
      expect(await codeOf(store.append(name, bytesOf("x")))).toBe("file/outside-folder");
      expect(await codeOf(store.remove(name))).toBe("file/outside-folder");
    }
    expect(fs.readFileSync(join(parent, "secret"), "utf8")).toBe("old");
    expect(fs.readdirSync(parent).sort()).toEqual(["run", "secret"]);
    await store.write("inside/a", bytesOf("x"));
    expect(await store.list()).toEqual(["sub/a"]);
  });

  test.skipIf(windows)("may itself be reached through a link", async () => {
    fs.mkdirSync(join(parent, "real"));
    fs.symlinkSync("real", join(parent, "link"));
    const store = directoryStore(join(parent, "link"));
    await store.write("x/a", bytesOf("1"));
    expect(textOf(await store.read("x/a"))).toBe("1");
  });
});
