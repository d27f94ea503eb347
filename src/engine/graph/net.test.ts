// Random nets against the float64 interpreter, and the same bits on any number of threads.

import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { judge, judgeStep } from "../../../test/engine/judge.ts";
import { type NetCase, netCases, netData } from "../../../test/engine/nets.ts";
import { sameBits } from "../../../test/engine/numbers.ts";
import { NetRun } from "../../../test/engine/run-net.ts";
import "../../../test/engine/targets.ts";
import { closeTeam, setThreads } from "../runtime/index.ts";
import { interpretNet } from "./net.twin.ts";

// More cases, or others: GRUVY_NETS=500 GRUVY_SEED=7 npx vitest run src/engine/graph/net.test.ts
const numRuns = Number(process.env.GRUVY_NETS ?? 30);
const seed = Number(process.env.GRUVY_SEED ?? 1);

/** What is not as the float64 interpreter has it: outputs and loss without dropout, loss and gradients with it. */
async function mismatch(test: NetCase): Promise<string> {
  const { net, batchSize, iteration } = test;
  const batch = netData(test);
  const run = new NetRun(net, test, test.seed);
  const still = judge(run.start, (weights, how) => interpretNet(net, weights, batch, how));
  const moving = judge(run.start, (weights, how) => interpretNet(net, weights, batch, { iteration, ...how }));
  try {
    const predicted = await run.predict(batch, batchSize);
    const wrong = predicted.map((output, i) => still(`output ${i}`, output, ({ outputs }) => outputs[i]));
    wrong.push(still("loss", (await run.evaluate(batch, batchSize)).losses, ({ loss }) => [loss]));
    wrong.push(
      moving("training loss", (await run.train(batch, { batchSize, iteration })).losses, ({ loss }) => [loss]),
    );
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

it(`${numRuns} random nets compute what the float64 interpreter computes`, { timeout: 3_600_000 }, async () => {
  setThreads(2);
  await fc.assert(
    fc.asyncProperty(netCases, async (test) => {
      expect(await mismatch(test), JSON.stringify(test)).toBe("");
    }),
    { numRuns, seed, endOnFailure: numRuns > 100 },
  );
});

it("random nets: the same bits on 1, 2, 3, 4 and 8 threads", { timeout: 3_600_000 }, async () => {
  const cases = fc.sample(netCases, { numRuns: Math.ceil(numRuns / 3), seed: seed + 1 });
  const all = async (threads: number) => {
    setThreads(threads);
    const results: Record<string, ArrayLike<number>>[] = [];
    for (const test of cases) {
      const { net, iteration } = test;
      const rows = test.rows + 40; // several slices, the last one short
      const batch = netData({ ...test, rows });
      const rule = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false } as const;
      const run = new NetRun(net, { ...test, rule }, test.seed);
      const { losses, totals } = await run.train(batch, { batchSize: 37 + (test.seed % 20), rate: 0.01, iteration });
      const predicted = await run.predict(batch, rows);
      const outputs = Object.fromEntries(predicted.map((output, i) => [`output ${i}`, output]));
      results.push({ losses, totals, ...outputs, ...Object.fromEntries(await run.weights()) });
      run.dispose();
    }
    return results;
  };
  const one = await all(1);
  for (const threads of [2, 3, 4, 8]) {
    (await all(threads)).forEach((numbers, i) => {
      for (const [name, expected] of Object.entries(one[i])) {
        expect(sameBits(numbers[name], expected), `${threads} threads, ${name}: ${JSON.stringify(cases[i])}`).toBe("");
      }
    });
  }
});
