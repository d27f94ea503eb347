import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTable } from "./open-table.ts";
import { refused } from "./refused.twin.ts";
import { textsFromTable } from "./texts.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gruvy-folder-"));
});
afterEach(() => rm(root, { recursive: true }));

async function write(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

describe("openTable, of a folder", () => {
  it("reads class folders, in an order that is always the same", async () => {
    await write({
      "pos/2.txt": "good",
      "pos/10.txt": "great",
      "neg/1.TXT": 'bad, "so"\n',
      "neg/notes.md": "x",
      "README.txt": "x",
    });
    const table = await openTable(root);
    expect(table.names).toEqual(["text", "label"]);
    expect(table.column("text").values).toEqual(['bad, "so"\n', "great", "good"]);
    expect(table.column("label").values).toEqual(["neg", "pos", "pos"]);
  });

  it("uses train and test where they are, and passes over unsup and hidden folders", async () => {
    await write({
      "train/pos/1.txt": "a",
      "train/neg/1.txt": "b",
      "train/unsup/1.txt": "c",
      "train/.cache/1.txt": "d",
      "test/pos/1.txt": "e",
      "extra/1.txt": "f",
    });
    const table = await openTable(root);
    expect(table.column("split").values).toEqual(["train", "train", "test"]);
    const { train, test } = textsFromTable(table);
    expect(train).toEqual({ texts: ["b", "a"], labels: ["neg", "pos"], rows: [1, 2] });
    expect(test).toEqual({ texts: ["e"], labels: ["pos"], rows: [3] });
  });

  it("does without test", async () => {
    await write({ "train/a/1.txt": "a", "train/b/1.txt": "b" });
    expect((await openTable(root)).column("split").values).toEqual(["train", "train"]);
  });

  it.each<[string, Record<string, string>, string]>([
    ["is empty", {}, "Expected a folder for each class"],
    ["holds a table", { "sales.csv": "a\n1" }, 'Or name a file in it: "sales.csv"'],
    ["has one class", { "pos/1.txt": "a" }, "of at least two classes"],
    ["has no texts", { "pos/1.md": "a", "neg/1.md": "b" }, "found none"],
    ["has train without classes", { "train/1.txt": "a" }, "Expected a folder for each class"],
  ])("refuses one that %s", async (_, files, message) => {
    await write(files);
    const error = await refused(() => openTable(root));
    expect(error.code).toBe("data/class-folders");
    expect(error.message).toContain(message);
  });

  it("names the file that is not UTF-8", async () => {
    await write({ "pos/1.txt": "a", "neg/1.txt": Buffer.from("caf\xe9", "latin1") });
    const error = await refused(() => openTable(root));
    expect(error.code).toBe("data/encoding");
    expect(error.message).toContain(join("neg", "1.txt"));
  });

  it("follows no links", async () => {
    await write({ "pos/1.txt": "a", "neg/1.txt": "b", "outside/x.md": "x" });
    await symlink("/etc/hostname", join(root, "pos", "2.txt"));
    await symlink("/etc", join(root, "etc"));
    expect((await openTable(root)).rows).toBe(2);
  });

  it("takes labels as objects name theirs", async () => {
    await write({ "__proto__/1.txt": "a", "constructor/1.txt": "b" });
    expect((await openTable(root)).column("label").values).toEqual(["__proto__", "constructor"]);
  });

  it("refuses more than it may take", async () => {
    await write({ "pos/1.txt": "aaaa", "neg/1.txt": "bbbb" });
    expect((await refused(() => openTable(root, { maxBytes: 5 }))).code).toBe("data/too-large");
  });
});
