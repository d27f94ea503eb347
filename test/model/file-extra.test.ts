import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dense, input, sequential } from "../../src/index.ts";
import { checkpoint, loadModel, modelCheckpoint, saveKeras, saveModel } from "../../src/node.ts";
import { decodeModelFile, encodeModelFile } from "../../src/storage/index.ts";

test("what others wrote into a model's file is still there after loading and saving it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-extra-"));
  const [first, second] = ["a.gruvy", "b.gruvy"].map((name) => join(folder, name));
  try {
    await saveModel(sequential([input({ shape: [2] }), dense({ units: 1 })]), first);
    const parts = decodeModelFile(readFileSync(first), { source: first });
    writeFileSync(first, encodeModelFile({ ...parts, extra: new Map([["license", "CC0"]]) }));
    await saveModel(await loadModel(first), second);
    expect(decodeModelFile(readFileSync(second), { source: second }).extra.get("license")).toBe("CC0");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("files of Keras are neither written by saveModel and modelCheckpoint nor read by loadModel without a word", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-keras-name-"));
  try {
    const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
    for (const name of ["a.keras", "a.weights.h5", "A.HDF5"]) {
      const refusal = { code: "usage/option", message: expect.stringContaining("saveKeras") };
      await expect(saveModel(model, join(folder, name))).rejects.toMatchObject(refusal);
      expect(() => modelCheckpoint({ filepath: join(folder, name) })).toThrow(expect.objectContaining(refusal));
    }
    expect(readdirSync(folder)).toEqual([]);
    const [zip, hdf5] = ["b.keras", "b.h5"].map((name) => join(folder, name));
    await saveKeras(model, zip);
    writeFileSync(hdf5, Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10, 0, 0));
    for (const [path, what] of [
      [zip, "a zip file"],
      [hdf5, "an HDF5 file"],
    ]) {
      const message = expect.stringMatching(new RegExp(`found ${what}.*\\. loadKeras `));
      await expect(loadModel(path)).rejects.toMatchObject({ code: "file/header", message });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is left out is named", async () => {
  const none = undefined as never;
  await expect(saveModel(none, "a.gruvy")).rejects.toMatchObject({ code: "usage/model" });
  const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
  await expect(saveModel(model, none)).rejects.toMatchObject({ code: "file/name" });
  await expect(loadModel(none)).rejects.toMatchObject({ code: "file/name" });
  for (const make of [checkpoint, modelCheckpoint]) {
    expect(() => make(none)).toThrow(expect.objectContaining({ code: "usage/option" }));
  }
});
