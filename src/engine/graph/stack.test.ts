import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { closeBy, uniform } from "../../../test/engine/numbers.ts";
import { StackRun, type WeightValues } from "../../../test/engine/run-stack.ts";
import { dataOf, type StackCase, stackCases } from "../../../test/engine/stacks.ts";
import "../../../test/engine/targets.ts";
import { type ActivationTable, asStated } from "../kernels/activation.twin.ts";
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
  const still = judge(run, (weights, functions) => interpret(stack, weights, { rows, x, y }, { loss, functions }));
  const moving = judge(run, (weights, functions) =>
    interpret(stack, weights, { rows, x, y }, { loss, iteration, functions }),
  );
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
 * saturate or states grow, float32 cannot come as close; there float64 itself is asked what weights do that differ by
 * one part in a million, and what activations do that are off by their stated errors; thirty times that is allowed.
 */
function judge(run: StackRun, twin: (weights: WeightValues, functions?: ActivationTable) => Interpretation) {
  const exact = twin(run.start);
  const all = Math.max(...[...exact.gradients.values()].map(largest));
  let near: Interpretation[] | undefined;
  return (what: string, found: ArrayLike<number>, of: (twin: Interpretation) => ArrayLike<number>): string => {
    const wrong = closeBy(found, of(exact), 1e-4, what.startsWith("gradient") ? 1e-3 * all : 0);
    if (!wrong) return "";
    near ??= [twin(disturbed(run.start)), twin(run.start, asStated)];
    const off = (other: ArrayLike<number>) => largest(Float64Array.from(of(exact), (value, i) => value - other[i]));
    const sensitivity = Math.max(...near.map((other) => off(of(other))));
    return off(found) <= 30 * sensitivity ? "" : `${what} ${wrong}`;
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

it(`${numRuns} random stacks compute what the float64 interpreter computes`, { timeout: 3_600_000 }, async () => {
  setThreads(2);
  await fc.assert(
    fc.asyncProperty(stackCases, async (test) => {
      expect(await mismatch(test), JSON.stringify(test)).toBe("");
    }),
    { numRuns, seed, endOnFailure: numRuns > 1000 },
  );
});
