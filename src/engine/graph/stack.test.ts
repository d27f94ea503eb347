import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { judge, judgeStep } from "../../../test/engine/judge.ts";
import kept from "../../../test/engine/kept-stacks.json" with { type: "json" };
import { StackRun } from "../../../test/engine/run-stack.ts";
import { dataOf, type StackCase, stackCases } from "../../../test/engine/stacks.ts";
import "../../../test/engine/targets.ts";
import { closeTeam, setThreads } from "../runtime/index.ts";
import { interpret } from "./interpreter.twin.ts";

// More cases, or others: GRUVY_CASES=2000 GRUVY_SEED=7 npx vitest run src/engine/graph/stack.test.ts
const numRuns = Number(process.env.GRUVY_CASES ?? 60);
const seed = Number(process.env.GRUVY_SEED ?? 1);

/** What is not as the float64 interpreter has it: output and loss without dropout, loss and gradients with it. */
async function mismatch(test: StackCase): Promise<string> {
  const { stack, rows, batchSize, loss, iteration, exact, wide } = test;
  const { x, y } = dataOf(test);
  const run = new StackRun(stack, { loss, exact, wide }, test.seed);
  const still = judge(run.start, (weights, how) => interpret(stack, weights, { rows, x, y }, { loss, ...how }));
  const moving = judge(run.start, (weights, how) =>
    interpret(stack, weights, { rows, x, y }, { loss, iteration, ...how }),
  );
  try {
    const wrong: string[] = [];
    wrong.push(still("output", await run.predict(x, rows, batchSize), ({ output }) => output));
    wrong.push(still("loss", (await run.evaluate(x, y, rows, batchSize)).losses, ({ loss }) => [loss]));
    const trained = await run.train(x, y, { rows, batchSize, iteration });
    wrong.push(moving("training loss", trained.losses, ({ loss }) => [loss]));
    wrong.push(...(await judgeStep(run, moving)));
    return wrong.filter(Boolean).join("; ");
  } finally {
    run.dispose();
  }
}

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
