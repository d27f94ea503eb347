import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failingFiles, faults } from "../storage/failing-files.twin.ts";
import { scripts, wordPattern } from "../tasks/text-words.ts";
import { load } from "./index.ts";
import { writeExported } from "./node.ts";
import { isKnown } from "./words.js";

const names = ["model.d.ts", "model.js", "model.wasm"];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gruvy-exported-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A module with nothing in it but what it says of itself. */
function wasm(about: object): Uint8Array<ArrayBuffer> {
  const text = [5, ...Buffer.from("gruvy"), ...Buffer.from(JSON.stringify(about))];
  const length = [0, 7, 14, 21].map((bits) => ((text.length >> bits) & 127) | (bits < 21 ? 128 : 0));
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, ...length, ...text]);
}

const about = (name: string, kind?: string, word: unknown = "[a-z0-9']+") =>
  wasm({
    gruvy: 2,
    name,
    inputs: [{ kind: "sequence" }],
    outputs: [{}],
    answer: 0,
    preprocessing: kind ? { kind, word } : null,
  });

const content = () => names.map((name) => readFileSync(join(folder, name), "latin1"));

test.each(faults)(
  "whichever call fails with %s, each file is the old or the new one, and no other stays",
  async (fault) => {
    const path = join(folder, "model.wasm");
    await writeExported(about("next"), path);
    const after = content();
    await writeExported(about("first", "texts"), path);
    const before = content();
    const { calls, files } = failingFiles(0);
    await writeExported(about("first", "texts"), path, files);
    for (let n = 1; n <= calls.length; n++) {
      await writeExported(about("first", "texts"), path);
      await writeExported(about("next"), path, failingFiles(n, fault).files).catch((error: unknown) => {
        expect(error).toMatchObject({ code: expect.stringMatching(/^file\//) });
      });
      expect(readdirSync(folder).sort()).toEqual(names);
      content().forEach((text, i) => {
        expect([before[i], after[i]]).toContain(text);
      });
    }
  },
);

test("a file of others is left alone, and a loader of ours replaced", async () => {
  const path = join(folder, "model.wasm");
  writeFileSync(join(folder, "model.d.ts"), "export {};\n");
  await expect(writeExported(about("a"), path)).rejects.toMatchObject({ code: "file/exists" });
  expect(readdirSync(folder)).toEqual(["model.d.ts"]);
  rmSync(join(folder, "model.d.ts"));
  mkdirSync(join(folder, "model.js"));
  await expect(writeExported(about("a"), path)).rejects.toMatchObject({ code: "file/is-folder" });
});

test("preprocessing that no loader knows is refused", async () => {
  for (const kind of ["mine", "constructor", "__proto__"]) {
    await expect(writeExported(about("a", kind), join(folder, "a.wasm"))).rejects.toMatchObject({
      code: "model/preprocessing",
    });
  }
  expect(readdirSync(folder)).toEqual([]);
});

const hostile: unknown[] = [
  "(a+)+$",
  "([a-z]+)*\\1!",
  "(",
  "[a-z",
  "a".repeat(2 ** 20),
  "(?:".repeat(50_000),
  '"); process.exit(7); RegExp("',
  "/.source; throw 1; /*",
  "`+globalThis.process.exit(7)+`",
  "\u2028process.exit(7)//",
  "",
  "[a-z0-9']+|",
  null,
  7,
  ["[a-z0-9']+"],
  { source: "[a-z0-9']+" },
];

test("of patterns of words only those that Gruvy writes are exported, and run", async () => {
  const path = join(folder, "model.wasm");
  await writeExported(about("a", "texts"), path);
  const before = content();
  for (const word of hostile) {
    const bytes = about("a", "texts", word);
    await expect(writeExported(bytes, path)).rejects.toMatchObject({
      code: "model/preprocessing",
      message: expect.stringMatching("^Expected a pattern of words that Gruvy writes, found"),
    });
    await expect(load(bytes)).rejects.toThrow("Expected a pattern of words that Gruvy writes, found");
  }
  expect(content()).toEqual(before);
  for (const script of scripts) expect(isKnown(wordPattern(script))).toBe(true);
});

test("the types of a model without a stream give its step nothing to take, and say why", async () => {
  const types = async (bytes: Uint8Array<ArrayBuffer>) => {
    await writeExported(bytes, join(folder, "model.wasm"));
    return readFileSync(join(folder, "model.d.ts"), "utf8");
  };
  const series = await types(about("a", "series"));
  expect(series).toMatch(
    /Throws: this model has no stream, for it takes windows of one length\..*\n +step\(state: undefined, x: never\): never;\n\}/,
  );
  const fixed = { gruvy: 2, name: "a", inputs: [{ kind: "vector" }], outputs: [{}], answer: 0, preprocessing: null };
  expect(await types(wasm({ ...fixed, stream: "its rows have */ no steps" }))).toMatch(
    /for its rows have \* \/ no steps\./,
  );
  expect(await types(about("a"))).toMatch(/step\(state: Float32Array \| undefined, x: Step\)/);
});

test("names that read like code stay names", async () => {
  const name = 'a"; alert(1);\u2028throw 1;\u2029`$b`\nc';
  await writeExported(about("a"), join(folder, `${name}.wasm`));
  const file = readdirSync(folder).find((one) => one.endsWith(".js"))!;
  const { load: own } = await import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href);
  expect(typeof own).toBe("function");
  expect(
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .slice(0, 5)
      .every((line) => line === "" || line.startsWith("//")),
  ).toBe(true);
});
