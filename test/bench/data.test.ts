import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeData, missing, readData, wordNumbers, wordsOf, writeData } from "../../bench/data.js";
import { workloads } from "../../bench/workloads.js";

const folder = mkdtempSync(join(tmpdir(), "gruvy-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("data of the benchmark", () => {
  test("random tokens lie in the vocabulary; one row in three is padded after, by up to three quarters", async () => {
    const work = workloads["w0-gru"];
    const { x, y } = await makeData(work);
    expect(x.shape).toEqual([768, 200]);
    expect(x.data.every((token) => token >= 0 && token < 10_000)).toBe(true);
    for (let row = 0; row < 768; row++) {
      const tokens = [...x.data.subarray(row * 200, (row + 1) * 200)];
      const length = tokens.indexOf(0) === -1 ? 200 : tokens.indexOf(0);
      expect(tokens.slice(length).every((token) => token === 0)).toBe(true);
      if (row % 3 !== 0) expect(length).toBe(200);
      else expect(length).toBeGreaterThanOrEqual(50);
    }
    const ones = y.data.filter((label) => label === 1).length;
    expect(ones).toBeGreaterThan(768 * 0.4);
    expect(ones).toBeLessThan(768 * 0.6);
  });

  test("tokens are spread evenly, so that no library meets fewer different ones by accident", async () => {
    const { x } = await makeData(workloads["w0-gru"]);
    const counts = new Array(10).fill(0);
    for (const token of x.data) if (token > 0) counts[Math.floor(token / 1000)]++;
    const mean = counts.reduce((a, b) => a + b) / 10;
    for (const count of counts) expect(Math.abs(count - mean)).toBeLessThan(0.05 * mean);
  });

  test("a window's target is the value after it", async () => {
    const { x, y } = await makeData(workloads["w4-gru"]);
    expect(x.shape).toEqual([791, 10, 1]);
    expect(y.data[0]).toBe(x.data[1 * 10 + 9]);
    expect(y.data[789]).toBe(x.data[790 * 10 + 9]);
    expect(Math.max(...x.data)).toBeLessThanOrEqual(1);
    expect(Math.min(...x.data)).toBe(0);
  });

  test("files hold exactly what was written", async () => {
    const data = await makeData({ ...workloads["e-odd-gru"], rows: 3 });
    writeData(folder, "some", data);
    expect(readData(folder, "some")).toEqual(data);
    const tokens = await makeData({ ...workloads["w0-gru"], rows: 3 });
    writeData(folder, "tokens", tokens);
    expect(readData(folder, "tokens")).toEqual(tokens);
  });

  test("words are numbered by frequency from 3, ties by first appearance", () => {
    const texts = ["A good<br /><br />film, a GOOD one!", "one bad film; good-ish"].map(wordsOf);
    expect(texts[0]).toEqual(["a", "good", "film", "a", "good", "one"]);
    const index = wordNumbers(texts, 6);
    expect([...index]).toEqual([
      ["good", 3],
      ["a", 4],
      ["film", 5],
    ]);
  });

  test("reviews say what they lack", () => {
    const before = process.env.GRUVY_DATA;
    delete process.env.GRUVY_DATA;
    expect(missing(workloads["r0-gru"])).toContain("GRUVY_DATA");
    expect(missing(workloads["w0-gru"])).toBeUndefined();
    if (before !== undefined) process.env.GRUVY_DATA = before;
  });
});
