import { afterAll, describe, expect, it } from "vitest";
import { errorAfterDeath } from "../../../test/engine/deaths.ts";
import { sameBits } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import "../../../test/engine/targets.ts";
import { budgetOf } from "./budget.ts";
import { closeTeam, setThreads, splitThreads, type Threads } from "./index.ts";
import type { OwnThreads } from "./threads.ts";

const stack = samples["masked tokens, GRU twice, dropout"];
const one = sampleData(stack, 64);
const COPIES = 60;
const many = {
  x: Array.from({ length: COPIES }, () => one.x).flat(),
  y: Array.from({ length: COPIES }, () => one.y).flat(),
};
const ROWS = 64 * COPIES;
const train = (run: StackRun) => run.train(many.x, many.y, { rows: ROWS, batchSize: 64, rate: 1e-3 });

/** Ends the first thread of a group, as if the system had killed it. */
const kill = (threads: Threads): Promise<unknown> => (threads as OwnThreads).team().ports[0].terminate();

afterAll(() => {
  setThreads(undefined);
  closeTeam();
});

it("a number of threads that changes again while the old ones end is taken", async () => {
  const run = new StackRun(stack, { loss: binary });
  setThreads(2);
  const expected = await run.predict(one.x, 64);
  for (const threads of [3, 1, 2]) {
    setThreads(4);
    const again = run.predict(one.x, 64);
    for (let i = 0; i < 30; i++) await undefined;
    setThreads(threads);
    expect(sameBits(await again, expected)).toBe("");
  }
  run.dispose();
});

describe("groups of threads", () => {
  it("divide the cores, with one thread each at least, and the memory", () => {
    setThreads(7);
    expect(splitThreads(2).map(({ count, sharers }) => [count, sharers])).toEqual([
      [3, 2],
      [3, 2],
    ]);
    expect(splitThreads(9).map(({ count }) => count)).toEqual(Array(9).fill(1));
    expect(() => splitThreads(0)).toThrow(expect.objectContaining({ code: "usage/threads" }));
    const [whole, half] = [budgetOf(undefined, 0), budgetOf(undefined, 0, 2)];
    expect(half.most).toBeLessThanOrEqual(whole.most);
    expect(budgetOf(undefined, 0, 1e9).most).toBeLessThan(2 ** 20);
  });

  it("train at the same time, each to the bits of a model alone; one that dies leaves the other alone", async () => {
    const reference = new StackRun(stack, { loss: binary });
    await train(reference);
    const expected = await reference.weights();
    const groups = splitThreads(2);
    const [first, second] = groups.map((threads) => new StackRun(stack, { loss: binary, threads }));
    for (const kills of [false, true]) {
      let other: Promise<unknown> = Promise.resolve();
      const begin = () => {
        first.reset();
        second.reset();
        const one = train(first);
        other = train(second);
        return one.finally(() => other);
      };
      if (kills) {
        const error = await errorAfterDeath(begin, () => kill(groups[0]), 0);
        expect(error).toMatchObject({ code: "engine/thread" });
      } else {
        await begin();
        for (const [path, data] of await first.weights()) expect(sameBits(data, expected.get(path)!), path).toBe("");
      }
      await other;
      for (const [path, data] of await second.weights()) expect(sameBits(data, expected.get(path)!), path).toBe("");
    }
    // The group starts a new team by itself.
    first.reset();
    await train(first);
    for (const [path, data] of await first.weights()) expect(sameBits(data, expected.get(path)!), path).toBe("");
    for (const run of [reference, first, second]) run.dispose();
    for (const group of groups) group.close();
  });
});
