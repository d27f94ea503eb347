import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { type Fn, I32, Module } from "../wasm/index.ts";
import * as control from "./control.ts";
import { barrier, Phases } from "./team.ts";

const SCRATCH = 8192;

/** Runs a module's `f(thread, threads, count)` on that many threads; the words from SCRATCH on, or the first error. */
async function onThreads(
  threads: number,
  count: number,
  body: (module: Module, fn: Fn, thread: I32, threads: I32, count: I32) => void,
): Promise<Int32Array> {
  const module = new Module({ fma: false }, { shared: true });
  module.function(
    "f",
    [I32, I32, I32],
    (fn, ...parameters) => {
      body(module, fn, ...parameters);
      return undefined;
    },
    { export: true },
  );
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const code = module.finish();
  const source = `const { code, memory, thread, threads, count } = require("node:worker_threads").workerData;
    new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } }).exports.f(thread, threads, count);`;
  const workers = Array.from(
    { length: threads },
    (_, thread) => new Worker(source, { eval: true, workerData: { code, memory, thread, threads, count } }),
  );
  await Promise.all(
    workers.map((worker) => new Promise((done, fail) => void worker.on("exit", done).on("error", fail))),
  );
  return new Int32Array(memory.buffer).slice(SCRATCH / 4, SCRATCH / 4 + 64);
}

// More of them: GRUVY_BARRIERS=10000000 npx vitest run src/engine/graph/team.test.ts -t "nobody passes"
describe("barrier", () => {
  it.each([1, 2, 3, 4])("nobody passes before all have come: %i threads", { timeout: 3_600_000 }, async (threads) => {
    const rounds = Number(process.env.GRUVY_BARRIERS ?? (threads > 2 ? 4_000 : 40_000)) / 2;
    const words = await onThreads(threads, rounds, (module, fn, thread, all, count) => {
      const meet = () => fn.call(barrier(module), all);
      const errors = fn.variable(I32, I32.of(0));
      fn.loop(0, count, 1, (round) => {
        fn.store(thread.mul(64).add(SCRATCH + 1024), round.add(1));
        meet();
        fn.loop(0, all, 1, (other) => {
          const seen = I32.load(other.mul(64).add(SCRATCH + 1024));
          errors.set(errors.get.add(seen.notEquals(round.add(1))));
        });
        meet();
      });
      fn.store(thread.mul(4).add(SCRATCH), errors.get.add(100));
    });
    expect([...words.subarray(0, threads)]).toEqual(new Array(threads).fill(100));
  });

  it("holds while the others take much longer than one sleep", async () => {
    const words = await onThreads(2, 0, (module, fn, thread, all) => {
      // Thread 0 is late by some 150 ms: it waits three times on a word that nobody changes.
      fn.if(thread.isZero(), () => {
        for (let i = 0; i < 3; i++) fn.waitWhile(I32.of(SCRATCH + 256), I32.of(0), 50_000_000);
        fn.storeAtomic(I32.of(SCRATCH + 128), I32.of(7));
      });
      fn.call(barrier(module), all);
      fn.store(thread.mul(4).add(SCRATCH), I32.loadAtomic(I32.of(SCRATCH + 128)));
    });
    expect([...words.subarray(0, 2)]).toEqual([7, 7]);
  });

  it("a sleeper leaves when a thread has failed", async () => {
    const run = onThreads(1, 0, (module, fn, _, all) => {
      fn.storeAtomic(I32.of(control.poison), I32.of(1));
      fn.call(barrier(module), all.add(1));
    });
    await expect(run).rejects.toThrow(/unreachable/);
  });
});

describe("phases", () => {
  it.each([1, 2, 3])(
    "every unit of every kind is done once, one phase after the other: %i threads",
    async (threads) => {
      const steps = 200;
      const words = await onThreads(threads, steps, (module, fn, thread, all, count) => {
        const add = (at: number | I32, value: number | I32) => fn.fetchAdd(I32.of(SCRATCH).add(at), I32.of(value));
        fn.loop(0, count, 1, (step) => {
          const phases = new Phases(module, fn, thread, all);
          phases.run(
            [I32.of(3), I32.of(0), I32.of(2)],
            (unit) => void add(unit.mul(4), 1),
            () => fn.trap(),
            (unit) => void add(unit.mul(4).add(12), 1),
          );
          // By now all five of this step are done.
          phases.run(I32.of(7), (unit) => {
            for (let i = 0; i < 5; i++) {
              fn.if(I32.loadAtomic(I32.of(SCRATCH + 4 * i)).notEquals(step.add(1)), () => void add(60, 1));
            }
            add(64, unit);
          });
          phases.run(I32.of(0), () => fn.trap());
          phases.run(step.and(1), () => void add(68, 1));
        });
      });
      expect([...words.subarray(0, 5)]).toEqual(new Array(5).fill(steps));
      expect(words[15]).toBe(0);
      expect(words[16]).toBe(21 * steps);
      expect(words[17]).toBe(steps / 2);
    },
  );
});
