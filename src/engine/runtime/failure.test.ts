import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { errorAfterDeath, errorOf } from "../../../test/engine/deaths.ts";
import { sameBits } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import { GruvyError } from "../../base/index.ts";
import "../../../test/engine/targets.ts";
import { probeAgain } from "../wasm/index.ts";
import { closeTeam, setThreads } from "./index.ts";
import { currentTeam } from "./threads.ts";

const stack = samples["masked tokens, GRU twice, dropout"];
const one = sampleData(stack, 64);
const many = { x: Array.from({ length: 400 }, () => one.x).flat(), y: Array.from({ length: 400 }, () => one.y).flat() };
const ROWS = 64 * 400;
const page = globalThis as { crossOriginIsolated?: boolean };

beforeEach(() => setThreads(2));
afterAll(() => {
  setThreads(undefined);
  closeTeam();
});

const ports = () => currentTeam().ports;
/** Ends one thread of the team, as if the system had killed it. */
const kill = (thread: number) => ports()[thread].terminate();
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The engine works: a fresh start gives the bits it gave before anything died. */
async function expectSound(run: StackRun, reference: Map<string, Float32Array>): Promise<void> {
  run.reset();
  await run.train(one.x, one.y, { rows: 64, batchSize: 64, rate: 0.01 });
  for (const [path, data] of await run.weights()) expect(sameBits(data, reference.get(path)!), path).toBe("");
}

async function prepared() {
  const run = new StackRun(stack, { loss: binary });
  await run.train(one.x, one.y, { rows: 64, batchSize: 64, rate: 0.01 });
  return { run, reference: await run.weights() };
}

describe("a thread that dies", () => {
  // Twenty points: before the work has come, while it is under way, in every phase of a step.
  it.each([0, 1])("thread %i at any moment: a clear error in time, and the next run works", async (thread) => {
    const { run, reference } = await prepared();
    for (const delay of [0, 1, 2, 3, 5, 8, 11, 15, 20, 30]) {
      const training = () => run.train(many.x, many.y, { rows: ROWS, batchSize: 64, rate: 1e-3 });
      const error = await errorAfterDeath(training, () => kill(thread), delay);
      expect(error, `after ${delay} ms`).toBeInstanceOf(GruvyError);
      expect((error as GruvyError).code).toBe("engine/thread");
      await expectSound(run, reference);
    }
    run.dispose();
  });

  it("says so once no other thread touches the memory any more", async () => {
    const { run } = await prepared();
    let ended = false;
    const training = () => {
      const outcome = run.train(many.x, many.y, { rows: ROWS, batchSize: 64, rate: 1e-3 });
      const [, other] = ports();
      const { terminate } = other;
      ended = false;
      other.terminate = async () => {
        await wait(30);
        await terminate();
        ended = true;
      };
      return outcome.catch((error) => {
        expect(ended).toBe(true);
        throw error;
      });
    };
    expect(await errorAfterDeath(training, () => kill(0), 5)).toMatchObject({ code: "engine/thread" });
    run.dispose();
  });

  it.each(["evaluate", "predict"] as const)(
    "while it works for %s: the weights are what they were",
    async (purpose) => {
      const { run, reference } = await prepared();
      const work = (x: number[], y: number[], rows: number) =>
        purpose === "evaluate" ? run.evaluate(x, y, rows, 64) : run.predict(x, rows, 64);
      await work(one.x, one.y, 64);
      const outcome = errorOf(work(many.x, many.y, ROWS));
      await wait(4);
      kill(1);
      // A thread that dies before the work reaches it is replaced without a word.
      const error = await outcome;
      if (error !== undefined) expect(error).toMatchObject({ code: "engine/thread" });
      for (const [path, data] of await run.weights()) expect(sameBits(data, reference.get(path)!), path).toBe("");
      run.dispose();
    },
  );

  it("while a program is on its way to it: the next run works", async () => {
    const { reference, run: first } = await prepared();
    first.dispose();
    closeTeam();
    const run = new StackRun(stack, { loss: binary });
    const outcome = errorOf(run.train(one.x, one.y, { rows: 64, batchSize: 64, rate: 0.01 }));
    kill(0);
    const error = await outcome;
    if (error !== undefined) expect((error as GruvyError).code).toBe("engine/thread");
    await expectSound(run, reference);
    run.dispose();
  });

  it("while nothing runs: the next run works", async () => {
    const { run, reference } = await prepared();
    await kill(1);
    await expectSound(run, reference);
    run.dispose();
  });

  it("while another model waits its turn: both end", async () => {
    const { run } = await prepared();
    const other = new StackRun(stack, { loss: binary });
    const both = [run, other].map((each) =>
      errorOf(each.train(many.x, many.y, { rows: ROWS, batchSize: 64, rate: 1e-3 })),
    );
    await wait(10);
    kill(0);
    for (const error of await Promise.all(both)) {
      if (error !== undefined) expect((error as GruvyError).code).toBe("engine/thread");
    }
    expect((await run.evaluate(one.x, one.y, 64)).status).toBe("done");
    expect((await other.evaluate(one.x, one.y, 64)).status).toBe("done");
    run.dispose();
    other.dispose();
  });
});

it("a trap in one thread ends the run with its reason", async () => {
  const { run, reference } = await prepared();
  // A token no table has: its row lies outside the memory. Whoever stages tokens must look at them first.
  const x = [...one.x];
  x[300] = 2 ** 29 - 1;
  const error = await errorOf(run.train(x, one.y, { rows: 64, batchSize: 64 }));
  expect((error as GruvyError).code).toBe("engine/thread");
  expect((error as GruvyError).message).toMatch(/memory access out of bounds/);
  await expectSound(run, reference);
  run.dispose();
});

it("a change of threads in the middle of a run lets it end, and the next one has the new number", async () => {
  const { run, reference } = await prepared();
  const old = currentTeam();
  const training = run.train(many.x, many.y, { rows: ROWS, batchSize: 64, rate: 1e-3 });
  const next = run.evaluate(one.x, one.y, 64);
  await wait(10);
  setThreads(3);
  expect((await training).status).toBe("done");
  expect((await next).status).toBe("done");
  expect(currentTeam().threads).toBe(3);
  await vi.waitFor(() => expect(old.failed).toBe(true), { timeout: 60_000 });
  await old.ended;
  await expectSound(run, reference);
  run.dispose();
});

describe("without shared memory", () => {
  beforeEach(() => {
    page.crossOriginIsolated = false;
    probeAgain();
    closeTeam();
    return () => {
      delete page.crossOriginIsolated;
      probeAgain();
      closeTeam();
    };
  });

  it("a worker that dies at work: the model has the state that was put aside", async () => {
    const { run, reference } = await prepared();
    const prepare = async () => {
      run.reset();
      await run.train(one.x, one.y, { rows: 64, batchSize: 64, rate: 0.01 });
      await run.executable.settle();
    };
    const training = () => run.train(many.x, many.y, { rows: ROWS, batchSize: 64 });
    const error = await errorAfterDeath(training, () => kill(0), 5, prepare);
    expect(error).toMatchObject({ code: "engine/thread" });
    expect(run.executable.lost).toBe(false);
    for (const [path, data] of await run.weights()) expect(sameBits(data, reference.get(path)!), path).toBe("");
    expect((await run.evaluate(one.x, one.y, 64)).status).toBe("done");
    await expectSound(run, reference);
    run.dispose();
  });

  it("a worker that dies with a state that nobody else knows takes it along, and says so; an older one can be restored", async () => {
    const { run, reference } = await prepared();
    const { executable } = run;
    const aside = await executable.snapshot();
    await run.train(one.x, one.y, { rows: 64, batchSize: 64, rate: 0.01 });
    await kill(0);
    await vi.waitFor(() => expect(executable.lost).toBe(true), { timeout: 60_000 });
    for (const use of [run.predict(one.x, 64), run.weights(), executable.settle()]) {
      await expect(use).rejects.toMatchObject({ code: "engine/thread" });
    }
    executable.restore(aside);
    for (const [path, data] of await run.weights()) expect(sameBits(data, reference.get(path)!), path).toBe("");
    expect(executable.lost).toBe(false);
    expect((await run.evaluate(one.x, one.y, 64)).status).toBe("done");
    run.dispose();
  });

  it("a worker that ends while nothing runs takes nothing with it that was put aside or set", async () => {
    const { run, reference } = await prepared();
    await run.executable.settle();
    await kill(0);
    for (const [path, data] of await run.weights()) expect(sameBits(data, reference.get(path)!), path).toBe("");
    const [first] = run.executable.weights;
    const ones = new Float32Array((await run.executable.getWeight(first)).length).fill(1);
    run.executable.setWeight(first, ones);
    await run.predict(one.x, 64);
    expect(await run.executable.getWeight(first)).toEqual(ones);
    await expectSound(run, reference);
    run.dispose();
  });
});

it("refuses numbers of threads that make no sense", () => {
  for (const threads of [0, -1, 1.5, Number.NaN, 1e9, 257]) {
    expect(() => setThreads(threads)).toThrow(expect.objectContaining({ code: "usage/threads" }));
  }
});
