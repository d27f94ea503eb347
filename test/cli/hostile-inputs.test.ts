// What a command may be given where a file belongs: each is refused with one sentence and exit code 2, at once, and
// nothing is left behind; or read as what it is.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { bytesOf, peek } from "../../src/cli/input.ts";
import { errorOf } from "../interchange/files.ts";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const run = (args: string[], input?: string | Uint8Array) => gruvy(args, { cwd: place.folder, input });

beforeAll(async () => {
  const rows = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `a good film ${i},yes` : `a bad film ${i},no`));
  writeFileSync(place.path("texts.csv"), `text,label\n${rows.join("\n")}\n`);
  const { code, err } = await inProcess(["train", "texts.csv", "--epochs", "1", "--units", "2", "--out", "m.gruvy"], {
    cwd: place.folder,
  });
  if (code !== 0) throw new Error(err);
  for (const name of ["--help", "-", "line\nfeed.csv"]) copyFileSync(place.path("texts.csv"), place.path(name));
  mkdirSync(place.path("folder"));
  mkdirSync(place.path("folder.jsonl"));
  for (const name of ["pipe", "pipe.jsonl"]) execFileSync("mkfifo", [place.path(name)]);
  symlinkSync("/dev/zero", place.path("zero"));
  symlinkSync("/dev/zero", place.path("zero.jsonl"));
});

const data = (input: string): string[][] => [
  ["train", input, "--out", "none.gruvy"],
  ["train", "texts.csv", "--test", input, "--out", "none.gruvy"],
  ["compare", input, "--out", "none"],
  ["tune", input, "--units", "2,3", "--out", "none"],
  ["check", input],
  ["evaluate", "m.gruvy", input],
  ["explain", "m.gruvy", input, "--out", "none.html"],
  ["predict", "m.gruvy", input],
  ["predict", "m.gruvy", `${input}.jsonl`, "--out", "none.csv"],
];
const models = (input: string): string[][] => [
  ["predict", input, "texts.csv"],
  ["evaluate", input, "texts.csv"],
  ["forecast", input],
  ["explain", input, "texts.csv", "--out", "none.html"],
  ["export", input, "--out", "none.wasm"],
  ["import", input, "--out", "none.gruvy"],
  ["study", "show", input],
  ["study", "repair", input],
  ["verify", input],
];

test.each(["folder", "pipe", "zero"])("a %s as input of each command", async (kind) => {
  process.chdir(place.folder);
  const before = readdirSync(place.folder, { recursive: true }).sort();
  for (const args of [...data(kind), ...models(kind)]) {
    const { code, out, err } = await inProcess(args);
    expect([args.join(" "), code, out, err]).toEqual([
      args.join(" "),
      2,
      "",
      expect.stringMatching(/^.*(folder|file).*\n$/),
    ]);
  }
  expect(readdirSync(place.folder, { recursive: true }).sort()).toEqual(before);
});

test("a pipe is refused by a process too, which ends", async () => {
  const { code, err } = await run(["predict", "m.gruvy", "pipe.jsonl"]);
  expect([code, err]).toEqual([2, expect.stringContaining("or - and give it as standard input")]);
});

test("files whose names are --help, - or hold a line feed", async () => {
  const named = async (name: string, ...args: string[]) => {
    const { code, err } = await inProcess(args, { cwd: place.folder });
    expect([name, code, err.includes("line\nfeed")]).toEqual([name, 0, false]);
  };
  await named("help", "check", "--", "--help");
  await named("help", "predict", "m.gruvy", "./--help", "--out", "./--version");
  await named("minus", "check", "-");
  await named("minus", "predict", "m.gruvy", "./-", "--out", "minus.csv");
  await named("feed", "check", "line\nfeed.csv");
  await named("feed", "predict", "m.gruvy", "line\nfeed.csv", "--out", "out\nfeed.csv");
  const answers = ["--version", "minus.csv", "out\nfeed.csv"].map((name) => readFileSync(place.path(name), "utf8"));
  expect(new Set(answers).size).toBe(1);
  const { code, err } = await inProcess(["check", "no\nfile.csv"], { cwd: place.folder });
  expect([code, err.trimEnd().split("\n").length]).toEqual([2, 1]);
});

test("a file that shrinks while it is read", async () => {
  const path = place.path("shrinks.jsonl");
  writeFileSync(path, "{}\n".repeat(1e6));
  const reading = bytesOf(path);
  await reading.next();
  truncateSync(path, 200_000);
  const error = await errorOf(
    (async () => {
      for await (const _ of reading);
    })(),
  );
  expect([error.code, error.message]).toEqual(["file/changed", expect.stringContaining("of 3000000 bytes")]);
});

test("no input at all", async () => {
  const { code, out, err } = await run(["predict", "m.gruvy", "-"], "");
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/^Expected a table in standard input, found nothing/);
});

// A stream without end: each piece is counted, and so is what it takes.
async function* endless(text: string, before = "", most = 4000): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  if (before !== "") yield encoder.encode(before);
  const piece = encoder.encode(text.repeat(Math.ceil(65_536 / text.length)));
  for (let i = 0; i < most; i++) yield piece;
  expect.unreachable("it was read to its end");
}

test("blank lines without end are looked through for a while", async () => {
  const { start, bytes } = await peek(endless("\n"));
  expect(start).toBe("");
  const { value } = await bytes.next();
  expect(value?.length).toBe(65_536);
});

test.each([
  ["yes", "y\n", /No column "text" in standard input/],
  ["blank lines", "\n", /found blank lines alone/],
  ["spaces", "  \n", /Expected the names of the columns/],
  ["NUL bytes", "\0", /Byte 0 of standard input is zero/],
  ["braces", "{", /longer than|not JSON|line 1/],
])("an input of %s without end is refused", { timeout: 60_000 }, async (_, text, message) => {
  const preload = `
    import { Readable } from "node:stream";
    const piece = Buffer.from(${JSON.stringify(text)}.repeat(65536));
    const stdin = Readable.from((function* () { for (;;) yield piece; })());
    Object.defineProperty(process, "stdin", { value: stdin });
  `;
  const { code, out, err } = await gruvy(["predict", "m.gruvy", "-"], { cwd: place.folder, preload });
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(message);
});

test("rows without end are answered piece by piece", { timeout: 60_000 }, async () => {
  const preload = `
    import { Readable } from "node:stream";
    const piece = Buffer.from("a good film\\n".repeat(5000));
    const stdin = Readable.from((function* () {
      yield Buffer.from("text\\n");
      for (let i = 0; i < 40; i++) yield piece;
      process.exitCode = answered > 10 ? 0 : 3;
    })());
    let answered = 0;
    const { write } = process.stdout;
    process.stdout.write = (...args) => (answered++, write.apply(process.stdout, args));
    Object.defineProperty(process, "stdin", { value: stdin });
  `;
  const { code, out } = await gruvy(["predict", "m.gruvy", "-"], { cwd: place.folder, preload });
  expect([code, out.split("\n").length]).toEqual([0, 200_002]); // a header, the rows, and the end of the last
  expect(out.startsWith("text,predicted,probability\na good film,")).toBe(true);
});
