import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import kept from "../../../test/engine/kept-stacks.json" with { type: "json" };
import { closeBy, uniform } from "../../../test/engine/numbers.ts";
import { StackRun, type WeightValues } from "../../../test/engine/run-stack.ts";
import { dataOf, type StackCase, stackCases } from "../../../test/engine/stacks.ts";
import "../../../test/engine/targets.ts";
import { asStated } from "../kernels/activation.twin.ts";
import { closeTeam, setThreads } from "../runtime/index.ts";
import { type Interpretation, interpret } from "./interpreter.twin.ts";

// More cases, or others: GRUVY_CASES=2000 GRUVY_SEED=7 npx vitest run src/engine/graph/stack.test.ts
const numRuns = Number(process.env.GRUVY_CASES ?? 150);
const seed = Number(process.env.GRUVY_SEED ?? 1);

/** What is not as the float64 interpreter has it: output and loss without dropout, loss and gradients with it. */
async function mismatch(test: StackCase): Promise<string> {
  const { stack, rows, batchSize, loss, iteration, exact, wide } = test;
  const { x, y } = dataOf(test);
  const run = new StackRun(stack, { loss, exact, wide }, test.seed);
  const still = judge(run, (weights, how) => interpret(stack, weights, { rows, x, y }, { loss, ...how }));
  const moving = judge(run, (weights, how) => interpret(stack, weights, { rows, x, y }, { loss, iteration, ...how }));
  try {
    const wrong: string[] = [];
    wrong.push(still("output", await run.predict(x, rows, batchSize), ({ output }) => output));
    wrong.push(still("loss", (await run.evaluate(x, y, rows, batchSize)).losses, ({ loss }) => [loss]));
    const trained = await run.train(x, y, { rows, batchSize, iteration });
    wrong.push(moving("training loss", trained.losses, ({ loss }) => [loss]));
    const gradients = await run.gradients();
    for (const [path, found] of gradients) {
      wrong.push(moving(`gradient of ${path}`, found, (twin) => twin.gradients.get(path)!));
    }
    for (const [path, after] of await run.weights()) {
      const gradient = gradients.get(path);
      if (!gradient) {
        wrong.push(moving(path, after, (twin) => twin.moved.get(path)!));
        continue;
      }
      const moved = run.start.get(path)!.data.map((value, i) => value - gradient[i]);
      wrong.push(closeBy(after, moved, 1e-6, 1));
    }
    return wrong.filter(Boolean).join("; ");
  } finally {
    run.dispose();
  }
}

/**
 * Holds numbers to the interpreter's, within 1e-4 of their largest or 1e-7 of the largest gradient. Where gates
 * saturate, states grow or sums cancel, float32 cannot come as close; there float64 itself is asked what weights do that
 * differ by one part in a million, and what activations do that are off by their stated errors: thirty times that is
 * allowed; and what float32's own rounding does, of every value and every partial sum: ten times that.
 */
function judge(run: StackRun, twin: (weights: WeightValues, how?: Inexact) => Interpretation) {
  const exact = twin(run.start);
  const all = Math.max(...[...exact.gradients.values()].map(largest));
  let near: { readonly times: number; readonly twin: Interpretation }[] | undefined;
  return (what: string, found: ArrayLike<number>, of: (twin: Interpretation) => ArrayLike<number>): string => {
    const wrong = closeBy(found, of(exact), 1e-4, what.startsWith("gradient") ? 1e-3 * all : 0);
    if (!wrong) return "";
    near ??= [
      { times: 30, twin: twin(disturbed(run.start)) },
      { times: 30, twin: twin(run.start, { functions: asStated }) },
      ...[1, 2, 3].map((seed) => ({ times: 10, twin: twin(run.start, { round: rounding(seed) }) })),
    ];
    const off = (other: ArrayLike<number>) => largest(Float64Array.from(of(exact), (value, i) => value - other[i]));
    const allowed = Math.max(...near.map(({ times, twin }) => times * off(of(twin))));
    return off(found) <= allowed ? "" : `${what} ${wrong}`;
  };
}

/** How an interpretation is less than exact. */
type Inexact = Pick<Parameters<typeof interpret>[3] & object, "functions" | "round">;

/**
 * A number off by at most what rounding to float32 makes of it, another each time: what comes out of a computation with
 * such numbers shows how far its rounding errors grow (Parker 1997, Monte Carlo arithmetic).
 */
function rounding(seed: number): (x: number) => number {
  let state = seed;
  return (x) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return x * (1 + 2 ** -55 * state);
  };
}

const largest = (numbers: Float64Array) => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The weights, each off by one part in a million. */
const disturbed = (weights: WeightValues): WeightValues =>
  new Map(
    [...weights].map(([path, { shape, data }]) => {
      const noise = uniform(data.length, data.length);
      return [path, { shape, data: data.map((value, i) => value * (1 + 1e-6 * noise[i])) }];
    }),
  );

afterAll(() => {
  setThreads(undefined);
  closeTeam();
});

// Found by chance, and kept: float32 cannot come closer there, and the judge has to know.
it.each(kept.map(({ name, case: test }) => [name, test as StackCase] as const))("%s", async (_, test) => {
  expect(await mismatch(test)).toBe("");
});

it(`${numRuns} random stacks compute what the float64 interpreter computes`, { timeout: 3_600_000 }, async () => {
  setThreads(2);
  await fc.assert(
    fc.asyncProperty(stackCases, async (test) => {
      expect(await mismatch(test), JSON.stringify(test)).toBe("");
    }),
    { numRuns, seed, endOnFailure: numRuns > 1000 },
  );
});
