import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { sameBits } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import "../../../test/engine/targets.ts";
import { closeTeam, type Outcome, type Run, setThreads } from "./index.ts";

const stack = samples["series, simple RNN, softmax"];
const { x, y } = sampleData(stack, 50);
const spoilt = [...y];
spoilt[12] = Number.NaN;

afterEach(() => setThreads(undefined));
afterAll(closeTeam);

/** The runs that are asked for, none of which is made. */
async function asked(run: StackRun, ask: () => Promise<unknown>): Promise<Run[]> {
  const runs: Run[] = [];
  const spy = vi.spyOn(run.executable, "run").mockImplementation(async (purpose, work) => {
    runs.push({ purpose, work });
    return { outputs: [] } as unknown as Outcome;
  });
  await ask();
  spy.mockRestore();
  return runs;
}

const expectSame = (found: Map<string, Float32Array>, expected: Map<string, Float32Array>) => {
  for (const [path, data] of found) expect(sameBits(data, expected.get(path)!), path).toBe("");
};

describe("runs that follow each other in one call", () => {
  it.each([1, 2, 3])("do what they do one by one, on %i threads", async (threads) => {
    setThreads(threads);
    const run = new StackRun(stack, { loss: binary });
    const runs = await asked(run, async () => {
      await run.train(x, y, { rows: 50, batchSize: 20, rate: 0.01 });
      await run.evaluate(x, y, 50, 7);
      await run.train(x, y, { rows: 33, batchSize: 20, rate: 0.01, iteration: 3 });
      await run.predict(x, 10, 4);
      await run.evaluate(x, y, 20, 7);
    });
    const one: Outcome[] = [];
    for (const { purpose, work } of runs) one.push(await run.executable.run(purpose, work));
    const expected = await run.weights();
    run.reset();
    expect(await run.executable.runAll(runs)).toEqual(one);
    expectSame(await run.weights(), expected);
    run.dispose();
  });

  it("end with the first that does not end well", async () => {
    setThreads(2);
    for (const bad of [0, 1, 2]) {
      const run = new StackRun(stack, { loss: binary });
      const ask = (from: number, to: number) => async () => {
        for (let i = from; i < to; i++) {
          await run.train(x, i === bad ? spoilt : y, { rows: 50, batchSize: 5, rate: 0.01, iteration: 10 * i });
        }
      };
      const outcomes = await run.executable.runAll(await asked(run, ask(0, 3)));
      expect(outcomes.map(({ status }) => status)).toEqual([...new Array<string>(bad).fill("done"), "notFinite"]);
      expect(outcomes[bad].batches).toBe(2);
      const found = await run.weights();
      run.reset();
      for (let i = 0; i < bad; i++) {
        await run.train(x, y, { rows: 50, batchSize: 5, rate: 0.01, iteration: 10 * i });
      }
      await run.train(x, y, { rows: 10, batchSize: 5, rate: 0.01, iteration: 10 * bad });
      expectSame(found, await run.weights());
      run.dispose();
    }
  });

  it("begin no more once they are to stop", async () => {
    const run = new StackRun(stack, { loss: binary });
    const runs = await asked(run, async () => {
      for (let i = 0; i < 3; i++) await run.train(x, y, { rows: 50, batchSize: 50 });
    });
    expect(await run.executable.runAll(runs, AbortSignal.abort())).toMatchObject([{ status: "done", batches: 1 }]);
    run.dispose();
  });
});
