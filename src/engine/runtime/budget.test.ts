import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import { sameBits } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, head, recurrent, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import "../../../test/engine/targets.ts";
import { GruvyError } from "../../base/index.ts";
import type { Stack } from "../graph/stack.twin.ts";
import { budgetOf } from "./budget.ts";
import { closeTeam } from "./index.ts";

const ROWS = 70;
const BATCH = 40;
const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false } as const;

afterAll(closeTeam);

const burden = (stack: Stack, x: ArrayLike<number>) => ({
  rows: ROWS,
  batchSize: BATCH,
  steps: [stack.steps],
  inputBytes: [4 * x.length],
  targetBytes: [4 * ROWS],
});

/** Weights and losses after some steps, and the plan they were made by. */
async function trained(stack: Stack, memoryBudget: number) {
  const { x, y } = sampleData(stack, ROWS);
  const run = new StackRun(stack, { loss: binary, rule: adam, memoryBudget });
  try {
    const plan = await run.executable.plan("train", burden(stack, x));
    const losses: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      const outcome = await run.train(x, y, { rows: ROWS, batchSize: BATCH, rate: 0.01, iteration: 2 * epoch });
      losses.push(...outcome.losses);
    }
    return { plan, losses, weights: await run.weights() };
  } finally {
    run.dispose();
  }
}

/** The same training with all memory and with too little to keep the gates. */
async function twice(stack: Stack) {
  const rich = await trained(stack, 2 ** 32);
  const { x } = sampleData(stack, ROWS);
  const run = new StackRun(stack, { loss: binary, rule: adam, memoryBudget: rich.plan.need - 1 });
  const { need } = await run.executable.plan("train", burden(stack, x));
  run.dispose();
  return { rich, poor: await trained(stack, need) };
}

function expectSame({ rich, poor }: Awaited<ReturnType<typeof twice>>): void {
  expect(poor.plan).toMatchObject({ recomputes: true, fits: true });
  expect(rich.plan.recomputes).toBe(false);
  expect(rich.losses.every(Number.isFinite)).toBe(true);
  expect(poor.losses).toEqual(rich.losses);
  for (const [path, data] of rich.weights) expect(sameBits(poor.weights.get(path)!, data), path).toBe("");
}

describe("computing again gives the bits of keeping", () => {
  it("random stacks", async () => {
    const layer = fc.record({
      layer: fc.constantFrom("gruAfter" as const, "gruBefore" as const, "lstm" as const, "simpleRnn" as const),
      units: fc.constantFrom(5, 8, 17, 33),
      activation: fc.constantFrom("tanh" as const, "swish" as const),
      recurrentActivation: fc.constantFrom("sigmoid" as const, "gelu" as const),
      goBackwards: fc.boolean(),
      dropout: fc.constantFrom(0, 0.3),
      recurrentDropout: fc.constantFrom(0, 0.2),
      sequences: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(layer, layer, fc.integer({ min: 40, max: 65 }), async (first, second, steps) => {
        const stack: Stack = {
          input: { kind: "sequence", features: 3 },
          steps,
          layers: [
            ...(first.sequences ? [{ ...recurrent, ...first, returnSequences: true }] : []),
            { ...recurrent, ...second },
            ...head,
          ],
        };
        const both = await twice(stack);
        fc.pre(both.rich.losses.every(Number.isFinite)); // a gate that gelu does not bound may let a state grow
        expectSame(both);
      }),
      { numRuns: 12, seed: 7 },
    );
  });

  it("behind masked tokens, of which only the layers that read features can be spared", async () => {
    const { layers, input } = samples["masked tokens, GRU twice, dropout"];
    expectSame(await twice({ input, steps: 40, layers }));
  });
});

describe("what does not fit", () => {
  const stack: Stack = {
    input: { kind: "sequence", features: 3 },
    steps: 300,
    layers: [{ ...recurrent, layer: "lstm", units: 33 }, ...head],
  };

  it("is refused with what is needed and what is allowed", async () => {
    const { x, y } = sampleData(stack, ROWS);
    const run = new StackRun(stack, { loss: binary, memoryBudget: 2 ** 20 });
    await expect(run.train(x, y, { rows: ROWS })).rejects.toMatchObject({
      code: "engine/memory",
      message: expect.stringMatching(
        /^The model with a batch of 70 rows of 300 steps needs \d\.\d MB of memory, and its memoryBudget is 1 MB/,
      ),
    });
    await expect(run.predict(x, ROWS, 10)).resolves.toHaveLength(ROWS);
    run.dispose();
  });
});

describe("a refusal says what helps", () => {
  it.each([
    ["a large batch", 2 ** 20, /batchSize/, /sgd/],
    ["weights that alone do not fit", 200, /need \d+ KB: use fewer units.*sgd/, /batchSize/],
  ])("%s", async (_, memoryBudget, advice, other) => {
    const stack: Stack = {
      input: { kind: "sequence", features: 3 },
      steps: 300,
      layers: [{ ...recurrent, layer: "lstm", units: 5 }, ...head],
    };
    const { x, y } = sampleData(stack, ROWS);
    const run = new StackRun(stack, { loss: binary, memoryBudget });
    const error = await run.train(x, y, { rows: ROWS }).catch((error: unknown) => error as GruvyError);
    expect(error).toBeInstanceOf(GruvyError);
    expect(String(error)).toMatch(advice);
    expect(String(error)).not.toMatch(other);
    run.dispose();
  });
});

it("the usual budget is half of what is there, at most what can be addressed, and a run may take all of it", () => {
  for (const free of [2 ** 28, 2 ** 32, 3 * 2 ** 31, 2 ** 35]) {
    const all = free + 2 ** 20;
    vi.spyOn(process, "availableMemory").mockReturnValue(free);
    const most = Math.min(all, 2 ** 32);
    expect(budgetOf(undefined, 2 ** 20)).toEqual({ sparing: Math.min(all / 2, 2 ** 32), most, all });
  }
  vi.restoreAllMocks();
  expect(budgetOf(undefined, 0).most).toBeGreaterThan(2 ** 26);
  expect(budgetOf(1000, 0)).toEqual({ sparing: 1000, most: 1000, all: 1000 });
});

it("what memory is free is asked once for calls of a shape: it takes half as long as to predict a row", async () => {
  const stack = samples["series, simple RNN, softmax"];
  const { x } = sampleData(stack, 1);
  const run = new StackRun(stack, { loss: binary });
  const asked = vi.spyOn(process, "availableMemory");
  await run.predict(x, 1);
  const first = asked.mock.calls.length;
  for (let i = 0; i < 3; i++) await run.predict(x, 1);
  expect(asked).toHaveBeenCalledTimes(first);
  asked.mockRestore();
  run.dispose();
});
