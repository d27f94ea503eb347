import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { closeBy, uniform } from "../../../test/engine/numbers.ts";
import { StackRun, type WeightValues } from "../../../test/engine/run-stack.ts";
import { dataOf, type StackCase, stackCases } from "../../../test/engine/stacks.ts";
import "../../../test/engine/targets.ts";
import { closeTeam, setThreads } from "../runtime/index.ts";
import { interpret } from "./interpreter.twin.ts";

// More cases, or others: GRUVY_CASES=2000 GRUVY_SEED=7 npx vitest run src/engine/graph/stack.test.ts
const numRuns = Number(process.env.GRUVY_CASES ?? 150);
const seed = Number(process.env.GRUVY_SEED ?? 1);

/** What is not as the float64 interpreter has it: output and loss without dropout, loss and gradients with it. */
async function mismatch(test: StackCase): Promise<string> {
  const { stack, rows, batchSize, loss, iteration, exact } = test;
  const { x, y } = dataOf(test);
  const run = new StackRun(stack, { loss, exact }, test.seed);
  try {
    const still = interpret(stack, run.start, { rows, x, y }, { loss });
    const output = closeBy(await run.predict(x, rows, batchSize), still.output, 1e-4);
    if (output) return `output ${output}`;
    const evaluated = await run.evaluate(x, y, rows, batchSize);
    const stillLoss = closeBy(evaluated.losses, [still.loss], 1e-4);
    if (stillLoss) return `loss ${stillLoss}`;
    const moving = interpret(stack, run.start, { rows, x, y }, { loss, iteration });
    const trained = await run.train(x, y, { rows, batchSize, iteration });
    const loss2 = closeBy(trained.losses, [moving.loss], 1e-4);
    if (loss2) return `training loss ${loss2}`;
    const all = Math.max(...[...moving.gradients.values()].map(largest));
    const gradients = await run.gradients();
    for (const [path, found] of gradients) {
      const expected = moving.gradients.get(path)!;
      const wrong = closeBy(found, expected, 1e-4, 1e-3 * all);
      if (!wrong) continue;
      // Saturated gates and states that grow: float64 itself, from weights that differ by float32's rounding.
      const near = interpret(stack, disturbed(run.start), { rows, x, y }, { loss, iteration });
      const sensitivity = largest(near.gradients.get(path)!.map((value, i) => value - expected[i]));
      if (closeBy(found, expected, 0, 10 * sensitivity + 1e-4)) return `gradient of ${path} ${wrong}`;
    }
    for (const [path, after] of await run.weights()) {
      const start = run.start.get(path)!.data;
      const moved = closeBy(
        after,
        start.map((value, i) => value - gradients.get(path)![i]),
        1e-6,
        1,
      );
      if (moved) return `weight ${path} ${moved}`;
    }
    return "";
  } finally {
    run.dispose();
  }
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
