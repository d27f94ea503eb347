import { availableParallelism } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { built } from "../cli/gruvy.ts";
import { bundledPage, findChromium, openPage } from "./chromium.ts";
import { trainAll } from "./training.js";

type Results = Record<string, number[]>;

interface Outcome {
  readonly error?: string;
  readonly isolated: boolean;
  readonly fma: boolean;
  readonly threads: number;
  readonly warnings: readonly string[];
  /** Of the page, and of a thread that does nothing else; undefined where memory is not shared. */
  readonly ticks?: readonly [page: number, thread: number];
  readonly results: Results;
}

const browser = findChromium();
if (browser === undefined) {
  console.warn("Skipped: training in a page needs Chromium (apt-get install chromium, or GRUVY_CHROMIUM=path).");
}

describe.runIf(browser !== undefined)("a page trains in headless Chromium with the bits of Node", () => {
  let files: Map<string, string>;
  let fma: boolean;
  let node: Results;

  beforeAll(async () => {
    built();
    files = await bundledPage();
    const gruvy = await import("../../src/index.ts");
    fma = gruvy.enableExperimentalSimd().fma;
    node = await trainAll(gruvy);
    gruvy.closeThreads();
  });

  const open = async (isolated: boolean): Promise<Outcome> => {
    const outcome = await openPage<Outcome>(browser!, files, isolated);
    expect(outcome.error).toBeUndefined();
    expect(outcome.isolated).toBe(isolated);
    // Fused arithmetic rounds once where the other rounds twice: "fast" can agree only where both have it.
    const compared = Object.keys(node).filter((name) => name.startsWith("exact") || outcome.fma === fma);
    expect(compared.length).toBeGreaterThanOrEqual(2);
    for (const name of compared) expect(outcome.results[name], name).toEqual(node[name]);
    for (const bits of Object.values(outcome.results)) {
      expect(new Float32Array(Uint32Array.from(bits).buffer).every(Number.isFinite)).toBe(true);
    }
    return outcome;
  };

  test("isolated: on several threads, without a word", async () => {
    const { threads, warnings, ticks } = await open(true);
    if (availableParallelism() > 1) expect(threads).toBeGreaterThan(1);
    const [page, thread] = ticks!;
    expect(thread).toBeGreaterThan(0);
    expect(page / thread).toBeGreaterThan(0.2); // the page itself stays free
    expect(warnings).toEqual([]);
  });

  test("not isolated: on one worker, and says so once", async () => {
    const { threads, warnings } = await open(false);
    expect(threads).toBe(1);
    expect(warnings).toEqual([expect.stringMatching(/^Gruvy uses one thread.*Cross-Origin-Opener-Policy/)]);
  });
});
