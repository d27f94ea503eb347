// Where a command may be told to write: a place that cannot be written, or that is an input, is refused before any
// work is done, by a sentence that names it and what to do; inputs stay as they are.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import * as promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { systemError } from "../../src/storage/failing-files.twin.ts";
import { directoryStore } from "../../src/storage/node.ts";
import { errorOf, kerasFile } from "../interchange/files.ts";
import { workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const small = ["--epochs", "1", "--units", "2"];

beforeAll(async () => {
  process.chdir(realpathSync(place.folder));
  const rows = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `a good film ${i},yes` : `a bad film ${i},no`));
  for (const name of ["texts.csv", "result.csv"]) writeFileSync(name, `text,label\n${rows.join("\n")}\n`);
  writeFileSync("words.keras", kerasFile("keras3-words.keras"));
  const { code, err } = await inProcess(["train", "texts.csv", ...small, "--out", "m.gruvy"]);
  if (code !== 0) throw new Error(err);
  mkdirSync("sealed");
  symlinkSync("texts.csv", "link.csv");
  execFileSync("mkfifo", ["pipe"]);
});

/** Commands that write a file, and those that fill a folder, with the option that says where. */
const writers: [option: string, args: string[]][] = [
  ["--out", ["train", "texts.csv", ...small]],
  ["--out", ["predict", "m.gruvy", "texts.csv"]],
  ["--out", ["explain", "m.gruvy", "texts.csv"]],
  ["--out", ["import", "words.keras"]],
];
const fillers: [option: string, args: string[]][] = [
  ["--out", ["compare", "texts.csv", "--cell", "rnn", ...small]],
  ["--out", ["tune", "texts.csv", "--units", "2,3"]],
  ["--checkpoint", ["train", "texts.csv", ...small, "--out", "none.gruvy"]],
];

async function refused(args: readonly string[], message: RegExp): Promise<void> {
  const before = readdirSync(".", { recursive: true }).sort();
  const { code, out, err } = await inProcess(args);
  expect([args.join(" "), code, out, err]).toEqual([args.join(" "), 2, "", expect.stringMatching(message)]);
  expect(readdirSync(".", { recursive: true }).sort()).toEqual(before);
}

/** Whatever would change something in `sealed` gets the answer of a read-only file system. */
async function readOnly(work: () => Promise<void>): Promise<void> {
  const real = (promises as unknown as { default: Record<string, unknown> }).default;
  const sealed = resolve("sealed");
  const inside = (path: unknown) => typeof path === "string" && resolve(path).startsWith(sealed);
  const changing = { mkdir: () => true, writeFile: () => true, open: (flags: unknown) => flags !== "r" };
  const originals = Object.keys(changing).map((name) => [name, real[name] as (...args: unknown[]) => unknown] as const);
  for (const [name, original] of originals) {
    real[name] = async (...args: unknown[]) => {
      if (!inside(args[0]) || !changing[name as keyof typeof changing](args[1])) return original(...args);
      // So Node says it of folders that are to be made with those above.
      throw systemError(name === "mkdir" && (args[1] as { recursive?: boolean })?.recursive ? "ENOENT" : "EROFS", name);
    };
  }
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    for (const [name, original] of originals) real[name] = original;
    syncBuiltinESMExports();
  }
}

test("a read-only folder", async () => {
  await readOnly(async () => {
    for (const [option, args] of [...writers, ["--out", ["export", "m.gruvy"]] as const]) {
      const message = new RegExp(
        `^Cannot write \\S+: the file system is read-only. Choose another place with ${option}.\n$`,
      );
      await refused([...args, option, "sealed/m.wasm"], message);
    }
    for (const [option, args] of fillers) {
      const message = new RegExp(
        `^Cannot write into \\S+: the file system is read-only. Choose another folder with ${option}.\n$`,
      );
      for (const folder of ["sealed", "sealed/a/b"]) await refused([...args, option, folder], message);
    }
    const error = await errorOf(directoryStore("sealed/a/b").write("x", new Uint8Array(1)));
    expect(error.message).toMatch(/^Cannot make sealed\/a\/b: the file system is read-only/);
  });
});

test("a missing folder", async () => {
  for (const [option, args] of [...writers, ["--out", ["export", "m.gruvy"]] as const]) {
    const message = /there is no folder "none". Make it first, or choose another place with --out.\n$/;
    await refused([...args, option, "none/m.wasm"], message);
  }
});

test("a folder, a pipe and a device for a file", async () => {
  for (const [option, args] of writers) {
    await refused([...args, option, "sealed"], /--out to be a file, found the folder "sealed"/);
    for (const name of ["pipe", "/dev/null"]) {
      await refused([...args, option, name], /--out to be a file, found the device or pipe/);
    }
  }
});

test("a file, a pipe and a device for a folder", async () => {
  for (const [option, args] of fillers) {
    for (const name of ["words.keras", "pipe", "/dev/null", "words.keras/x"]) {
      await refused([...args, option, name], new RegExp(`Expected ${option} to be a folder, found the file`));
    }
  }
});

test("an output that is an input stays as it was, by whatever name", async () => {
  const files = ["texts.csv", "m.gruvy", "words.keras"].map((name) => [name, readFileSync(name)] as const);
  const same = /is the input itself. Give another name: inputs are never written over.\n$/;
  const both = (args: string[], ...names: string[]) => names.map((name) => [...args, "--out", name]);
  const cases = [
    ...both(["train", "texts.csv", ...small], "texts.csv", "./texts.csv", "sealed/../texts.csv", "link.csv"),
    ...both(["train", "result.csv", "--test", "texts.csv", ...small], "texts.csv"),
    ...both(["predict", "m.gruvy", "texts.csv"], "texts.csv", "m.gruvy"),
    ...both(["explain", "m.gruvy", "texts.csv"], "texts.csv", "m.gruvy"),
    ...both(["import", "words.keras"], "words.keras"),
    ...both(["import", "words.keras", "--check", "texts.csv"], "texts.csv"),
    ...both(["compare", "texts.csv"], "texts.csv"),
    ...both(["tune", "texts.csv", "--units", "2,3"], "texts.csv"),
  ];
  for (const args of cases) await refused(args, same);
  await refused(["train", "texts.csv", "--checkpoint", "texts.csv"], same);
  for (const [name, bytes] of files) expect(readFileSync(name)).toEqual(bytes);
});

test("an input that bears the name of a report or a model to be written", async () => {
  const rows = readFileSync("texts.csv", "utf8").split("\n").slice(1, -1);
  const lines = rows.map((row) => JSON.stringify({ text: row.split(",")[0], label: row.split(",")[1] })).join("\n");
  mkdirSync("own");
  for (const name of ["result.json", "report.html", "best.gruvy"]) writeFileSync(join("own", name), lines);
  const columns = ["--text", "text", "--label", "label"];
  await refused(["compare", "own/result.json", ...columns, "--out", "own"], /"own\/result.json" is the input itself/);
  await refused(["compare", "own/report.html", ...columns, "--out", "own"], /"own\/report.html" is the input itself/);
  await refused(
    ["tune", "own/best.gruvy", ...columns, "--units", "2,3", "--out", "own"],
    /"own\/best.gruvy" is the input itself/,
  );
  await refused(
    ["train", "texts.csv", "--checkpoint", "both", "--out", "./both"],
    /Expected --out and --checkpoint to be different/,
  );
  await refused(["export", "m.gruvy", "--out", "m.gruvy"], /Expected --out to end in .wasm/);
});
