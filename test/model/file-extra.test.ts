import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dense, input, sequential } from "../../src/index.ts";
import { loadModel, saveModel } from "../../src/node.ts";
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
