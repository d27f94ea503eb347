import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { loadModel } from "../../src/node.ts";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const run = (...args: string[]) => inProcess(["import", ...args], { cwd: place.folder });

beforeAll(() => {
  for (const name of ["keras3-words.keras", "keras3-words.npz", "keras3-curves.npz", "hostile-virtual.weights.h5"]) {
    copyFileSync(new URL(`../golden/keras-files/${name}`, import.meta.url), place.path(name));
  }
});

test("a model of Keras is checked and kept", async () => {
  const args = ["keras3-words.keras", "--check", "keras3-words.npz"];
  const { code, out } = await gruvy(["import", ...args, "--out", "words.gruvy"], { cwd: place.folder });
  expect(code).toBe(0);
  const said = out.match(/The answers agree: 4 numbers, off by at most (\S+e-\d+) \(at \[\d, 0\], (\S+) for (\S+)\)\./);
  // The numbers are seen to differ by as much.
  expect(Math.abs(Number(said?.[2]) - Number(said?.[3])) / Number(said?.[1])).toBeCloseTo(1, 0);
  expect(out).toContain("Written: words.gruvy");
  expect((await loadModel(place.path("words.gruvy"))).isCompiled).toBe(true);
  const json = JSON.parse((await run(...args, "--json")).out);
  expect(json).toMatchObject({ model: "keras3-words.keras", warnings: [], parity: { agrees: true, compared: 4 } });
});

test("answers beyond the tolerance end it with 1, and nothing is written", async () => {
  const args = ["keras3-words.keras", "--check", "keras3-words.npz", "--tolerance", "1e-12", "--out", "none.gruvy"];
  const { code, out } = await run(...args);
  expect([code, existsSync(place.path("none.gruvy"))]).toEqual([1, false]);
  expect(out).toMatch(
    /The answers do not agree: \d of 4 numbers are beyond the tolerance, the furthest at \[\d, 0\], \S+ for \S+; off by up to/,
  );
  expect(out).toContain("Not written: none.gruvy");
});

test("what cannot be used ends it with 2 and one sentence", async () => {
  writeFileSync(place.path("cut.keras"), readFileSync(place.path("keras3-words.keras")).subarray(0, 3000));
  for (const [args, message] of [
    [["nothing.keras"], "nothing.keras"],
    [["cut.keras"], "Expected a zip archive in cut.keras, found none or one whose end is missing"],
    [["keras3-words.npz"], "Expected config.json in the archive keras3-words.npz, found none"],
    [["hostile-virtual.weights.h5"], "found weights alone"],
    [["keras3-words.keras", "--check", "keras3-curves.npz"], "Expected x of shape [rows, steps], found [3, 6, 3]"],
    [["keras3-words.keras", "--out", "keras3-words.keras"], "is the input itself"],
    [["keras3-words.keras", "--tolerance", "2"], "Expected --tolerance to be a number above 0 and below 1"],
  ] as const) {
    const { code, err } = await run(...args);
    expect([code, err.trimEnd().split("\n").length, err]).toEqual([2, 1, expect.stringContaining(message)]);
  }
});
