import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { sameBits } from "../../../test/engine/numbers.ts";
import { type Setting, StackRun } from "../../../test/engine/run-stack.ts";
import { binary, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import { dataOf, stackCases } from "../../../test/engine/stacks.ts";
import "../../../test/engine/targets.ts";
import type { Stack } from "../graph/stack.twin.ts";
import { probeAgain } from "../wasm/index.ts";
import { closeTeam, dealBatch, setThreads } from "./index.ts";

const page = globalThis as { crossOriginIsolated?: boolean };
const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false } as const;
const ROWS = 70;
const BATCH = 40;

afterEach(() => {
  setThreads(undefined);
  delete page.crossOriginIsolated;
  probeAgain();
});
afterAll(closeTeam);

type Numbers = Record<string, ArrayLike<number>>;

const differences = (found: Numbers, expected: Numbers) =>
  Object.fromEntries(
    Object.keys(expected).flatMap((name) => {
      const difference = sameBits(found[name], expected[name]);
      return difference ? [[name, difference]] : [];
    }),
  );

/** Trains three epochs of a full and a short batch; everything that could differ. */
async function trained(
  stack: Stack,
  setting: Partial<Setting> = {},
  prepare?: (run: StackRun) => void,
): Promise<Numbers> {
  const { x, y } = sampleData(stack, ROWS);
  const metrics = [
    { kind: "binaryAccuracy", threshold: 0.5 },
    { kind: "thresholds", count: 20 },
  ] as const;
  const run = new StackRun(stack, { loss: binary, metrics, rule: adam, ...setting });
  try {
    prepare?.(run);
    const results: Numbers = {};
    for (let epoch = 0; epoch < 3; epoch++) {
      const { losses, totals } = await run.train(x, y, {
        rows: ROWS,
        batchSize: BATCH,
        rate: 0.01,
        iteration: 2 * epoch,
      });
      Object.assign(results, { [`losses ${epoch}`]: losses, [`totals ${epoch}`]: totals });
    }
    Object.assign(results, Object.fromEntries(await run.weights()));
    const { totals, losses } = await run.evaluate(x, y, ROWS, BATCH);
    return { ...results, predicted: await run.predict(x, ROWS, BATCH), totals, losses };
  } finally {
    run.dispose();
  }
}

describe.each(Object.entries(samples))("%s", (_, stack) => {
  it("gives the same bits twice, on one thread, two and three, and without shared memory", async () => {
    setThreads(1);
    const one = await trained(stack);
    expect(Object.values(one).every((numbers) => Array.from(numbers).every(Number.isFinite))).toBe(true);
    expect(differences(await trained(stack), one)).toEqual({});
    for (const threads of [2, 3]) {
      setThreads(threads);
      expect(differences(await trained(stack), one), `${threads} threads`).toEqual({});
    }
    page.crossOriginIsolated = false;
    probeAgain();
    closeTeam();
    const alone = await trained(stack, {}, ({ executable }) => {
      expect(executable.memory.shared).toBeUndefined();
    });
    expect(differences(alone, one)).toEqual({});
    closeTeam();
  });

  it("exact arithmetic gives the same bits on any number of threads, other ones than fused", async () => {
    setThreads(1);
    const exact = await trained(stack, { exact: true });
    setThreads(2);
    expect(differences(await trained(stack, { exact: true }), exact)).toEqual({});
  });

  it("wide tiles change no bit", async () => {
    setThreads(2);
    for (const exact of [false, true]) {
      expect(differences(await trained(stack, { exact, wide: true }), await trained(stack, { exact }))).toEqual({});
    }
  });

  it("does not depend on what its memory held before", async () => {
    setThreads(2);
    const clean = await trained(stack);
    const dirty = await trained(stack, {}, ({ executable: { memory, layout } }) => {
      memory.reserve(layout.end + (1 << 23));
      memory.write(Math.ceil(layout.end / 64) * 64, new Float32Array(1 << 21).fill(Number.NaN));
    });
    expect(differences(dirty, clean)).toEqual({});
  });

  it("predicts a row alone as in any batch", async () => {
    const { x } = sampleData(stack, ROWS);
    const run = new StackRun(stack, { loss: binary });
    const width = x.length / ROWS;
    const together = await run.predict(x, ROWS);
    for (const batchSize of [1, 3, 16, 17, 33, 64, 1000]) {
      expect(sameBits(await run.predict(x, ROWS, batchSize), together), `batches of ${batchSize}`).toBe("");
    }
    for (const row of [0, 1, 2, 3, 16, 37, 69]) {
      const alone = await run.predict(x.slice(row * width, (row + 1) * width), 1);
      expect(sameBits(alone, together.slice(row, row + 1)), `row ${row}`).toBe("");
    }
    const backwards = Array.from({ length: ROWS }, (_, i) => ROWS - 1 - i);
    const turned = await run.predict(
      backwards.flatMap((row) => x.slice(row * width, (row + 1) * width)),
      ROWS,
    );
    expect(
      sameBits(
        turned,
        together.map((_, i) => together[ROWS - 1 - i]),
      ),
    ).toBe("");
    run.dispose();
  });

  it("takes batches in one call as in many; a short batch is what its rows are alone", async () => {
    const { x, y } = sampleData(stack, ROWS);
    const width = x.length / ROWS;
    const run = new StackRun(stack, { loss: binary, rule: adam });
    const at = { batchSize: 32, rate: 0.01 };
    const whole = await run.train(x, y, { rows: ROWS, ...at, iteration: 7 });
    const weights = await run.weights();
    run.reset();
    const losses: number[] = [];
    for (let first = 0; first < ROWS; first += 32) {
      const rows = Math.min(32, ROWS - first);
      const [from, to] = [x.slice(first * width, (first + rows) * width), y.slice(first, first + rows)];
      losses.push((await run.train(from, to, { rows, ...at, iteration: 7 + first / 32 })).losses[0]);
    }
    expect(sameBits(losses, whole.losses)).toBe("");
    for (const [path, data] of await run.weights()) expect(sameBits(data, weights.get(path)!), path).toBe("");
    run.dispose();
  });

  it("deals the rows of a short batch as if its size were theirs", async () => {
    const { x, y } = sampleData(stack, 32);
    const width = x.length / 32;
    const run = new StackRun(stack, { loss: binary, rule: adam });
    for (const rows of [5, 8, 11, 17, 29]) {
      const [from, to] = [x.slice(0, rows * width), y.slice(0, rows)];
      const inBatches = async (batchSize: number): Promise<Numbers> => {
        run.reset();
        const { losses } = await run.train(from, to, { rows, batchSize, rate: 0.01, iteration: 0 });
        return { losses, ...Object.fromEntries(await run.weights()) };
      };
      const own = await inBatches(rows);
      expect(differences(await inBatches(32), own), `${rows} rows`).toEqual({});
    }
    run.dispose();
  });
});

// `npm run soak:stacks` takes more of them: one for ten of its stacks.
const numRuns = Math.max(20, Math.ceil(Number(process.env.GRUVY_CASES ?? 0) / 10));

it(`${numRuns} random models: the same bits on 1, 2, 3, 4 and 8 threads`, { timeout: 3_600_000 }, async () => {
  const cases = fc.sample(stackCases, { numRuns, seed: Number(process.env.GRUVY_SEED ?? 5) });
  const all = async (threads: number): Promise<Numbers[]> => {
    setThreads(threads);
    const results: Numbers[] = [];
    for (const test of cases) {
      const { stack, loss, exact, wide, seed, iteration } = test;
      const rows = test.rows + 40; // several slices, the last one short
      const { x, y } = dataOf({ ...test, rows });
      const run = new StackRun(stack, { loss, exact, wide, rule: adam }, seed);
      const { losses, totals } = await run.train(x, y, { rows, batchSize: 37 + (seed % 20), rate: 0.01, iteration });
      const predicted = await run.predict(x, rows);
      results.push({ losses, totals, predicted, ...Object.fromEntries(await run.weights()) });
      run.dispose();
    }
    return results;
  };
  const one = await all(1);
  for (const threads of [2, 3, 4, 8]) {
    const found = await all(threads);
    found.forEach((numbers, i) => {
      expect(differences(numbers, one[i]), `${threads} threads: ${JSON.stringify(cases[i])}`).toEqual({});
    });
  }
});

it("deals batches evenly, by their size alone", () => {
  for (let size = 1; size <= 3000; size++) {
    for (const purpose of ["train", "evaluate", "predict"] as const) {
      const { slices, sliceRows } = dealBatch(size, purpose);
      expect(slices * sliceRows).toBeGreaterThanOrEqual(size);
      expect((slices - 1) * sliceRows).toBeLessThan(size);
      if (purpose === "train") expect(slices).toBeLessThanOrEqual(8);
      if (size < 8) expect(slices).toBe(1);
      else expect((Math.ceil(slices / 2) * sliceRows) / size, `${size} rows on two threads`).toBeLessThan(0.56);
    }
  }
});
