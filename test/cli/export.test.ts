// gruvy export as a user has it: a fresh process with the exported files alone, held against gruvy predict and forecast.

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { minify } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeThreads, concatenate, dense, gru, input, model } from "../../src/index.ts";
import { saveModel } from "../../src/node.ts";
import { workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const place = workplace();
const run = (args: string[], input?: string) => inProcess(args, { cwd: place.folder, input });

const texts = Array.from({ length: 120 }, (_, i) => (i % 2 ? `A good,<br />warm FILM ${i}` : `a bad dull film's ${i}`));

/** Made in code: two inputs, and outputs by name. */
const shop = (() => {
  const [sold, day] = [input({ shape: [null, 2], name: "sold" }), input({ shape: [3], name: "day-$&" })];
  const states = gru({ units: 4, returnSequences: true }).apply(sold);
  const end = concatenate().apply([gru({ units: 3 }).apply(states), day]);
  return model({ inputs: [sold, day], outputs: { each: states, next: dense({ units: 1 }).apply(end) } });
})();

afterAll(closeThreads);

beforeAll(async () => {
  const rows = texts.map((text, i) => `"${text}",${i % 2 ? "yes" : "no"}`).join("\n");
  writeFileSync(place.path("train.csv"), `remark,verdict\n${rows}\n`);
  const tiny = ["--epochs", "1", "--units", "5"];
  const made = await Promise.all([
    run([
      "train",
      "airline-passengers",
      "--transform",
      "logSeasonalDifference",
      "--horizon",
      "3",
      ...tiny,
      "--out",
      "air.gruvy",
    ]),
    run(["train", "sine", "--transform", "windowNormalised", ...tiny, "--out", "level.gruvy"]),
    run([
      "train",
      "train.csv",
      "--text",
      "remark",
      "--label",
      "verdict",
      "--epochs",
      "4",
      "--units",
      "6",
      "--out",
      "texts.gruvy",
    ]),
    run(["train", "reber", "--length", "6", ...tiny, "--out", "reber.gruvy"]),
    run(["train", "adding", "--length", "6", ...tiny, "--out", "adding.gruvy"]),
  ]);
  for (const { code, err } of made) if (code !== 0) throw new Error(err);
  await saveModel(shop, place.path("shop.gruvy"));
  for (const name of ["air", "level", "texts", "reber", "adding", "shop"]) {
    const { code, err } = await run(["export", `${name}.gruvy`, "--out", `${name}.wasm`]);
    if (code !== 0) throw new Error(err);
  }
});

/** Runs code beside the two files of a model in a folder that holds nothing else; `model` is loaded. */
function alone(name: string, code: string): unknown {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-export-"));
  try {
    for (const file of [`${name}.wasm`, `${name}.js`]) copyFileSync(place.path(file), join(folder, file));
    const program = `
      import { readFile } from "node:fs/promises";
      import { load } from "./${name}.js";
      const model = await load(await readFile("${name}.wasm"));
      console.log(JSON.stringify(${code}));`;
    const args = ["--input-type=module", "--eval", program];
    return JSON.parse(execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("texts: the labels and probabilities of gruvy predict, and the same word by word", async () => {
  const asked = ["a good film", "A BAD<br />dull one!", "", "İstanbul's \u212Aind film", texts.join(" ")];
  const { out } = await run(
    ["predict", "texts.gruvy", "-"],
    asked.map((remark) => JSON.stringify({ remark })).join("\n"),
  );
  const expected = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const exact = alone("texts", `model.predict(${JSON.stringify(asked)})`) as typeof expected;
  expect(exact.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  exact.forEach(({ probabilities }, i) => {
    for (const [label, share] of Object.entries(probabilities)) {
      expect(share).toBeCloseTo(expected[i].probabilities[label], 5);
    }
  });
  const words = asked[0].split(" ");
  const stream = `${JSON.stringify(words)}.reduce(({ state }, word) => model.step(state, word), {}).output`;
  expect(alone("texts", stream)).toEqual(exact[0]);
});

test("series: the forecasts of gruvy forecast", async () => {
  for (const [name, horizon] of [
    ["air", 3],
    ["level", 1],
  ] as const) {
    const series = Array.from({ length: 60 }, (_, i) => 100 + i + 10 * Math.sin(i / 2));
    const { out, err } = await run(["predict", `${name}.gruvy`, "-"], `${JSON.stringify({ series })}\n`);
    expect(err).toBe("");
    const { forecast } = JSON.parse(out);
    const [found] = alone(name, `model.predict([${JSON.stringify(series)}])`) as number[][];
    expect(found.length).toBe(horizon);
    found.forEach((value, i) => {
      expect(value / forecast[i]).toBeCloseTo(1, 5);
    });
  }
  const refused = `(() => { try { model.predict([[1, 2]]) } catch ({ name, message }) { return [name, message] } })()`;
  expect(alone("air", refused)).toEqual(["RangeError", expect.stringMatching(/Expected \d+ values or more, found 2/)]);
  const stepping = `(() => { try { model.step(undefined, 1) } catch ({ message }) { return message } })()`;
  expect(alone("air", stepping)).toMatch(/step by step: it takes windows/);
});

test("sequences: symbols and numbers", async () => {
  const symbols = ["BTBTXSETE", "BPVVE"];
  const asked = symbols.map((sequence) => JSON.stringify({ sequence })).join("\n");
  const labels = (await run(["predict", "reber.gruvy", "-"], asked)).out.trimEnd().split("\n");
  const found = alone("reber", `model.predict(${JSON.stringify(symbols)})`) as { label: string }[];
  expect(found.map(({ label }) => label)).toEqual(labels.map((line) => JSON.parse(line).label));
  const last = `Array.from("BPVVE").reduce(({ state }, symbol) => model.step(state, symbol), {}).output`;
  expect(alone("reber", last)).toEqual(found[1]);
  const numbers = [
    [0.5, 1],
    [0.25, 0],
    [0.125, 1],
  ];
  const { value } = JSON.parse(
    (await run(["predict", "adding.gruvy", "-"], JSON.stringify({ sequence: numbers }))).out,
  );
  expect(alone("adding", `model.predict([${JSON.stringify(numbers)}])`)).toEqual([expect.closeTo(value, 5)]);
});

test("several inputs and outputs: the bits of predict", async () => {
  shop.compile({ loss: "meanSquaredError", numerics: "exact" });
  const sold = [
    [0.5, 1],
    [0.25, 0],
  ];
  const day = [1, 2, 3];
  const { each, next } = await shop.predict({ sold: [sold], "day-$&": [day] });
  const written = `model.predict([${JSON.stringify([sold, day])}]).map(({ each, next }) => [each.map((x) => [...x]), [...next]])`;
  expect(alone("shop", written)).toEqual([[each.toArray()[0 as never], [...next.data]]]);
});

test("rows that do not fit are refused in one sentence", () => {
  const asked = {
    reber: [
      ["BTBTXSETE", "BTQ"],
      ["BT", ["B", null]],
      ["BT", 7],
      [
        ["B", "T"],
        ["T", 8],
      ],
      [{}],
      "BTX",
    ],
    adding: [[[[0.5, 1], [0.25]]], [[[0.5, "1"]]], ["0.5"], [[]]],
    texts: [["a good film", 3], [null], "a good film"],
    air: [
      [Array(60).fill(100), null],
      [Array(60).fill("100")],
      [Array(60).fill(0)],
      [[1, null]],
      [Array(60).fill(null)],
    ],
  };
  const refused = Object.entries(asked).map(([name, rows]) => {
    const tried = `((rows) => { try { model.predict(rows) } catch (error) { return String(error) } })`;
    return alone(name, `${JSON.stringify(rows)}.map(${tried})`);
  });
  expect(refused).toEqual([
    [
      'RangeError: Row at index 1: Expected a symbol of B,T,P,S,X,V,E, found "Q"',
      "RangeError: Row at index 1: Expected a token below 8, found null",
      "RangeError: Row at index 1: Expected a list, found 7",
      "RangeError: Row at index 1: Expected a token below 8, found 8",
      "RangeError: Row at index 0: Expected a list, found object",
      "RangeError: Expected a list, found string",
    ],
    [
      "RangeError: Row at index 0: Expected steps of 2 numbers, found 1",
      "RangeError: Row at index 0: Expected a finite number, found string",
      "RangeError: Row at index 0: Expected a list, found string",
      "RangeError: Row at index 0: Expected 1 or more x 2 numbers, found 0",
    ],
    [
      "RangeError: Row at index 1: Expected a text, found 3",
      "RangeError: Row at index 0: Expected a text, found null",
      "RangeError: Expected a list, found string",
    ],
    [
      "RangeError: Row at index 1: Expected a list, found null",
      "RangeError: Row at index 0: Expected a number above 0, found string",
      "RangeError: Row at index 0: Expected a number above 0, found 0",
      "RangeError: Row at index 0: Expected 26 values or more, found 2",
      "RangeError: Row at index 0: Expected a number above 0, found null",
    ],
  ]);
});

test("each loader is one file under 3 KB when minified, with types that compile", async () => {
  for (const name of ["air", "texts", "reber", "adding", "shop"]) {
    const code = readFileSync(place.path(`${name}.js`), "utf8");
    const { code: small } = await minify(`${name}.js`, code, { module: true });
    expect(small.length, name).toBeLessThan(3072);
    expect(code).not.toMatch(/^import /m);
  }
  const uses = [
    'import { load as air } from "./air.js";',
    'import { load as adding } from "./adding.js";',
    'import { load as reber } from "./reber.js";',
    'import { load as shop } from "./shop.js";',
    'import { load as texts } from "./texts.js";',
    "const bytes = new Uint8Array(1);",
    "(await air(bytes)).predict([[1, 2]])[0][0] + 1;",
    "(await adding(bytes)).predict([[[1, 2]], Float32Array.of(1, 2)])[0] + 1;",
    '(await reber(fetch("x"))).predict(["BP", [1, "T"]])[0].label.length;',
    'const [{ each, next }] = (await shop(bytes)).predict([{ sold: [[1, 2]], "day-$&": [1, 2, 3] }]);',
    "each[0][0] + next[0];",
    "(await shop(bytes)).predict([[[[1, 2]], [1, 2, 3]]])[0].next.length + 1;",
    "// @ts-expect-error: an input is missing",
    "(await shop(bytes)).predict([{ sold: [[1, 2]] }]);",
    "const model = await texts(bytes.buffer);",
    'const { output, state } = model.step(undefined, "word");',
    'model.step(state, "word");',
    'output.probabilities["a"] + 1;',
    "// @ts-expect-error: numbers are no texts",
    "model.predict([1]);",
  ];
  writeFileSync(place.path("uses.mts"), uses.join("\n"));
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", ""];
  execFileSync(process.execPath, [tsc, ...options, "uses.mts"], { cwd: place.folder, encoding: "utf8" });
});

test("a loader refuses a model of another kind", () => {
  copyFileSync(place.path("air.wasm"), place.path("mixed.wasm"));
  copyFileSync(place.path("texts.js"), place.path("mixed.js"));
  expect(() => alone("mixed", "0")).toThrow(/No model that this loader knows/);
});

test("says what it wrote, and does not write over a file of others", async () => {
  const { code, out } = await run(["export", "reber.gruvy", "--json"]);
  expect(code).toBe(0);
  const { files } = JSON.parse(out);
  expect(files.map(({ file }: { file: string }) => file)).toEqual(["reber.wasm", "reber.js", "reber.d.ts"]);
  expect((await run(["export", "reber.gruvy"])).out).toMatch(
    /^reber\.wasm .*KB {2}the model\nreber\.js .*predict\(rows\) and step\(state, x\)\nreber\.d\.ts/,
  );
  writeFileSync(place.path("mine.js"), "export {};\n");
  const before = readdirSync(place.folder);
  const refused = await run(["export", "reber.gruvy", "--out", "mine.wasm"]);
  expect([refused.code, refused.out]).toEqual([2, ""]);
  expect(refused.err).toMatch(/would replace "mine\.js"/);
  expect(readdirSync(place.folder)).toEqual(before);
  expect((await run(["export", "reber.gruvy", "--out", "reber.gruvy"])).err).toMatch(/--out to end in \.wasm/);
  expect((await run(["export", "train.csv"])).code).toBe(2);
  expect((await run(["export", "absent.gruvy"])).code).toBe(2);
});

test("warns where Node takes the loader for CommonJS, and what it says helps", async () => {
  const folder = place.path("app");
  mkdirSync(join(folder, "deep"), { recursive: true });
  const settings = join(folder, "package.json");
  writeFileSync(settings, '{"name":"app","type":"commonjs"}');
  const exported = () => run(["export", "reber.gruvy", "--out", "app/deep/r.wasm"]);
  const loads = (file: string) =>
    spawnSync(process.execPath, ["--input-type=module", "--eval", `import "./deep/${file}"`], { cwd: folder }).status;
  const { code, err } = await exported();
  expect([code, err]).toEqual([
    0,
    expect.stringMatching(/r\.js: .*app.package\.json says "type": "commonjs".* r\.mjs/),
  ]);
  expect(loads("r.js")).toBe(1);
  copyFileSync(join(folder, "deep/r.js"), join(folder, "deep/r.mjs"));
  expect(loads("r.mjs")).toBe(0);
  writeFileSync(join(folder, "deep/package.json"), '{"type": "module"}');
  expect((await exported()).err).toBe("");
  expect(loads("r.js")).toBe(0);
});
