import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { keyOf, plan } from "../../examples/support/plan.js";
import { addRun, median, page, readRuns, writeResults } from "../../examples/support/results.js";

interface Run {
  readonly run: string;
  readonly seed: number;
  readonly result: Readonly<Record<string, number>>;
  readonly node: string;
}

const [sine, constant] = plan;

test("the median is the middle value", () => {
  expect(median([3])).toBe(3);
  expect(median([10, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 10])).toBe(3);
});

test("every line of the plan has a name of its own", () => {
  expect(new Set(plan.map(keyOf)).size).toBe(plan.length);
});

test("runs are kept in the order of the plan, the last one of each seed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gruvy-results-"));
  try {
    const place = pathToFileURL(folder + sep);
    expect(await readRuns(place)).toEqual([]);
    await addRun(constant, 0, { testLoss: 1e-5, seconds: 2 }, place);
    await addRun(sine, 1, { testLoss: 3e-9, seconds: 2 }, place);
    await addRun(sine, 0, { testLoss: 1e-9, seconds: 2 }, place);
    await addRun(sine, 1, { testLoss: 2e-9, seconds: 2, next: 5 }, place);
    const runs: Run[] = await readRuns(place);
    expect(runs.map(({ run, seed, result }) => [run, seed, result])).toEqual([
      [keyOf(sine), 0, { testLoss: 1e-9, seconds: 2 }],
      [keyOf(sine), 1, { testLoss: 2e-9, seconds: 2 }],
      [keyOf(constant), 0, { testLoss: 1e-5, seconds: 2 }],
    ]);
    expect(runs[0].node).toBe(process.version);
    await writeResults(runs, place);
    expect(await readFile(join(folder, "results.md"), "utf8")).toBe(page(runs));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the page says whether what was measured holds", () => {
  const about = (...losses: number[]) => {
    const runs = losses.map((testLoss, seed) => ({ run: keyOf(sine), seed, result: { testLoss, seconds: 1 } }));
    return page(runs)
      .split("\n")
      .find((line) => line.startsWith(`| ${sine.title}`));
  };
  expect(about(1e-9, 2e-9, 2e-6)).toMatch(
    /\| 2\.0e-9 \| 3 of 5 \| median at most 6\.6e-7, none above 2\.2e-6: yes so far \|$/,
  );
  expect(about(1e-9, 2e-9, 2e-6, 2e-9, 3e-9)).toMatch(/ 5 of 5 .*: yes \|$/);
  expect(about(1e-9, 2e-9, 3e-6)).toMatch(/: no \|$/);
  expect(about(7e-7, 7e-7, 1e-9)).toMatch(/: no \|$/);
  expect(about()).toMatch(/\| {2}\| 0 of 5 \| median at most 6\.6e-7, none above 2\.2e-6 \|$/);
});
