import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sameBits } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import "../../../test/engine/targets.ts";
import { closeTeam, type Outcome, setThreads } from "./index.ts";

const stack = samples["series, simple RNN, softmax"];
const WIDTH = stack.steps * 3;

beforeAll(() => setThreads(2));
afterAll(() => {
  setThreads(undefined);
  closeTeam();
});

/** The weights and slots after some batches of `size` rows. */
async function after(run: StackRun, x: number[], y: number[], batches: number, size: number) {
  run.reset();
  if (batches > 0)
    await run.train(x.slice(0, batches * size * WIDTH), y.slice(0, batches * size), {
      rows: batches * size,
      batchSize: size,
    });
  return run.weights();
}

async function expectSame(found: Map<string, Float32Array>, expected: Map<string, Float32Array>) {
  for (const [path, data] of found) expect(sameBits(data, expected.get(path)!), path).toBe("");
}

describe("AbortSignal", () => {
  const one = sampleData(stack, 50);
  const x = Array.from({ length: 60 }, () => one.x).flat();
  const y = Array.from({ length: 60 }, () => one.y).flat();
  const rows = 3000;

  /** Stopped after a first step and before the last: later or sooner, until it is. */
  async function stoppedMidway(run: StackRun): Promise<Outcome> {
    for (let tries = 0, delay = 15; tries < 100; tries++) {
      run.reset();
      const control = new AbortController();
      const timer = setTimeout(() => control.abort(), delay);
      const outcome = await run.train(x, y, { rows, batchSize: 5, signal: control.signal, rate: 1e-3 });
      clearTimeout(timer);
      if (outcome.status === "stopped" && outcome.batches > 0) return outcome;
      delay *= outcome.status === "stopped" ? 2 : 0.7;
    }
    throw new Error("It was never stopped midway.");
  }

  it("stops between two steps; the weights are those of the steps done", async () => {
    const run = new StackRun(stack, { loss: binary });
    const outcome = await stoppedMidway(run);
    expect(outcome.batches).toBeLessThan(600);
    expect(outcome.losses.subarray(0, outcome.batches).every(Number.isFinite)).toBe(true);
    const stopped = await run.weights();
    run.reset();
    const again = await run.train(x.slice(0, outcome.batches * 5 * WIDTH), y, {
      rows: outcome.batches * 5,
      batchSize: 5,
      rate: 1e-3,
    });
    expect(again.status).toBe("done");
    await expectSame(stopped, await run.weights());
    expect(sameBits(again.losses, outcome.losses.subarray(0, outcome.batches))).toBe("");
    run.dispose();
  });

  it("an aborted signal lets at most one step pass, and later runs are whole", async () => {
    const run = new StackRun(stack, { loss: binary });
    const outcome = await run.train(x, y, { rows, batchSize: 5, signal: AbortSignal.abort() });
    expect(outcome.status).toBe("stopped");
    expect(outcome.batches).toBeLessThanOrEqual(1);
    expect((await run.train(x, y, { rows: 100, batchSize: 5 })).status).toBe("done");
    run.dispose();
  });

  it("an abort after the end changes nothing", async () => {
    const run = new StackRun(stack, { loss: binary });
    const control = new AbortController();
    expect((await run.train(x, y, { rows: 20, batchSize: 5, signal: control.signal })).status).toBe("done");
    control.abort();
    expect((await run.train(x, y, { rows: 20, batchSize: 5 })).status).toBe("done");
    run.dispose();
  });
});

describe("a loss that is not finite", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "stops at its batch with the weights from before: %f in the data",
    async (bad) => {
      const { x, y } = sampleData(stack, 50);
      for (const batch of [0, 3, 9]) {
        const run = new StackRun(stack, { loss: binary });
        const spoilt = [...x];
        spoilt[batch * 5 * WIDTH + 7] = bad;
        // Infinity saturates inside a recurrent layer; the target is where it comes through.
        const targets = [...y];
        if (bad === Number.POSITIVE_INFINITY) targets[batch * 5 + 2] = bad;
        const outcome = await run.train(spoilt, targets, { rows: 50, batchSize: 5 });
        expect(outcome.status).toBe("notFinite");
        expect(outcome.batches).toBe(batch);
        expect(outcome.losses.length).toBe(batch + 1);
        expect(Number.isFinite(outcome.losses[batch])).toBe(false);
        const found = await run.weights();
        await expectSame(found, await after(run, x, y, batch, 5));
        expect((await run.train(x, y, { rows: 50, batchSize: 5 })).status).toBe("done");
        run.dispose();
      }
    },
  );

  it("evaluation says it too, and an infinite weight", async () => {
    const { x, y } = sampleData(stack, 50);
    const run = new StackRun(stack, { loss: { kind: "meanSquaredError" } });
    const spoilt = [...y];
    spoilt[12] = Number.NaN;
    expect(await run.evaluate(x, spoilt, 50, 5)).toMatchObject({ status: "notFinite", batches: 2 });
    const weight = run.executable.weights.at(-1)!;
    run.executable.setWeight(weight, new Float32Array(weight.size).fill(Number.NaN));
    expect(await run.evaluate(x, y, 50, 5)).toMatchObject({ status: "notFinite", batches: 0 });
    run.dispose();
  });
});
