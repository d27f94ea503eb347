import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { violations } from "../../scripts/rooms/rules.js";

const trees: string[] = [];

/** Writes a small tree and returns what breaks the rules in it. */
function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "gruvy-rooms-"));
  trees.push(root);
  writeFileSync(join(root, "package.json"), JSON.stringify({ dependencies: { "csv-parse": "7" } }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, "src", name)), { recursive: true });
    writeFileSync(join(root, "src", name), text);
  }
  return violations(root);
}

afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

/** A house that keeps every rule, for the planted violations to be added to. */
const house = {
  "base/index.ts": 'export { a } from "./a.ts";',
  "base/a.ts": "export const a = 1;",
  "engine/index.ts": 'export { run } from "./runtime/run.ts";',
  "engine/wasm/module.ts": 'import { a } from "../../base/index.ts"; export const m = a;',
  "engine/kernels/gru.ts": 'import { m } from "../wasm/module.ts"; export const k = m;',
  "engine/graph/plan.ts": 'import { k } from "../kernels/gru.ts"; export const p = k;',
  "engine/runtime/run.ts": 'import { p } from "../graph/plan.ts"; export const run = p;',
  "model/index.ts": 'export { run } from "../engine/index.ts";',
  "data/index.ts": 'import { parse } from "csv-parse"; export const data = parse;',
  "data/node.ts": 'import { readFileSync } from "node:fs"; export const read = readFileSync;',
  "tasks/results.ts": "export interface Result { readonly a: number }",
  "tasks/index.ts":
    'import { read } from "../data/node.ts"; import { run } from "../model/index.ts"; export const t = [read, run];',
  "report/index.ts": 'import type { Result } from "../tasks/results.ts"; export const show = (r: Result) => r.a;',
  "report/plot.ts": 'import { plot } from "@observablehq/plot"; export const chart = plot;',
  "cli/main.ts": 'import { t } from "../tasks/index.ts"; import { run } from "../index.ts"; export const c = [t, run];',
  "index.ts":
    'export * from "./base/index.ts"; export * from "./model/index.ts"; import type { Stats } from "node:fs";',
  "node.ts": 'export * from "./data/node.ts";',
};

test("a house that keeps the rules passes", () => {
  expect(check({ ...house, "base/a.test.ts": 'import "../cli/main.ts";' })).toEqual([]);
});

describe("a planted violation is found", () => {
  const planted: [what: string, file: string, text: string, message: RegExp][] = [
    [
      "a room that may not be known",
      "data/x.ts",
      'import "../model/index.ts";',
      /^src\/data\/x\.ts:1 .* data may not know model/,
    ],
    ["base knows somebody", "base/x.ts", '\nimport "../engine/index.ts";', /^src\/base\/x\.ts:2 .* it may know nobody/],
    ["types count too", "storage/x.ts", 'export type { m } from "../model/index.ts";', /storage may not know model/],
    [
      "an imported type counts too",
      "storage/x.ts",
      'export type T = import("../model/index.ts").M;',
      /storage may not know/,
    ],
    [
      "not through the door",
      "model/x.ts",
      'import "../engine/runtime/run.ts";',
      /engine is entered through src\/engine\/index\.ts/,
    ],
    [
      "dynamic imports count too",
      "model/x.ts",
      'await import("../engine/runtime/run.ts");',
      /engine is entered through/,
    ],
    ["a Node door", "evaluation/x.ts", 'import "../data/node.ts";', /this door is open to tasks, cli, node\.ts alone/],
    ["the report and more than types", "report/x.ts", 'import "../tasks/results.ts";', /use `import type`/],
    [
      "the report and the tasks",
      "report/x.ts",
      'import type { t } from "../tasks/index.ts";',
      /report may not know tasks/,
    ],
    ["the order of the engine", "engine/wasm/x.ts", 'import "../kernels/gru.ts";', /wasm knows only those before it/],
    [
      "the engine and its doctor",
      "engine/runtime/x.ts",
      'import "../doctor/index.ts";',
      /runtime knows only those before it/,
    ],
    [
      "the library and the doctor",
      "model/x.ts",
      'import "../engine/doctor/index.ts";',
      /this door is open to cli alone/,
    ],
    [
      "a definition in float64",
      "engine/graph/x.ts",
      'import "../kernels/gru.twin.ts";',
      /float64 definitions are for tests and engine\/doctor alone/,
    ],
    ["what such a definition imports", "engine/kernels/gru.twin.ts", 'import "fast-check";', /fast-check is not among/],
    ["the engine's own index", "engine/graph/x.ts", 'import "../index.ts";', /import the file that defines/],
    ["a public entry from a room", "tasks/x.ts", 'import "../index.ts";', /tasks may not know the public entries/],
    ["an unknown room", "attic/x.ts", "export {};", /^src\/attic\/x\.ts: there is no room "attic"/],
    ["a file of the tests", "base/x.ts", 'import "./a.twin.ts";', /belongs to the tests/],
    ["a file outside", "base/x.ts", 'import "../../package.json";', /lies outside src/],
    ["a package users lack", "data/x.ts", 'import "@scope/pack/deep";', /@scope\/pack is not among the dependencies/],
    ["a builtin without its prefix", "data/x.ts", 'import "fs";', /write node:fs/],
    [
      "a circle",
      "base/a.ts",
      'import "./b.ts"; export const a = 1;',
      /^circle: src\/base\/a\.ts -> src\/base\/b\.ts -> src\/base\/a\.ts$/,
    ],
    [
      "Node in the browser",
      "base/a.ts",
      'import "node:fs"; export const a = 1;',
      /browsers load it: src\/index\.ts -> src\/base\/index\.ts -> src\/base\/a\.ts/,
    ],
    ["Node in the browser, late", "base/a.ts", 'await import("node:fs"); export const a = 1;', /browsers load it/],
    [
      "Node in a worker",
      "engine/runtime/run.ts",
      'export const run = new Worker(new URL("./worker.js", import.meta.url));',
      /worker\.ts:1 imports node:fs, but browsers load it/,
    ],
  ];
  const helpers = {
    "base/b.ts": 'import "./a.ts";',
    "engine/runtime/worker.ts": 'import "node:fs";',
    "engine/doctor/index.ts": "export const d = 1;",
  };
  test.each(planted)("%s", (_, file, text, message) => {
    const found = check({ ...house, ...helpers, [file]: text });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});

test("the doctor may know the kernels' definitions, and the command line the doctor", () => {
  const files = {
    "engine/kernels/gru.twin.ts": 'import type { k } from "./gru.ts"; export const twin = 1 as unknown as typeof k;',
    "engine/doctor/index.ts": 'export { twin } from "../kernels/gru.twin.ts";',
    "cli/doctor.ts": 'import { twin } from "../engine/doctor/index.ts"; export const d = twin;',
  };
  expect(check({ ...house, ...files })).toEqual([]);
});

test("types may refer to each other, and to packages that are only there while building", () => {
  const files = {
    "base/a.ts": 'import type { B } from "./b.ts"; export interface A { b: B }',
    "base/b.ts": 'import type { A } from "./a.ts"; export interface B { a: A }',
    "report/frame.ts": 'import type { Markish } from "@observablehq/plot"; export type Mark = Markish;',
  };
  expect(check(files)).toEqual([]);
});

test("an address of a file that is no script is no import", () => {
  expect(check({ "cli/main.ts": 'new URL("../../package.json", import.meta.url);' })).toEqual([]);
});

test("comments and strings are no imports", () => {
  expect(check({ "base/a.ts": `// import "../cli/main.ts";\nexport const a = 'import "../cli/main.ts"';` })).toEqual(
    [],
  );
});

test("a file that cannot be parsed is named", () => {
  expect(() => check({ "base/a.ts": "import {" })).toThrow("src/base/a.ts cannot be parsed");
});
