import { EventEmitter } from "node:events";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { afterEach, expect, it, vi } from "vitest";
import "../../../test/engine/targets.ts";
import { sameBits } from "../../../test/engine/numbers.ts";
import { StackRun } from "../../../test/engine/run-stack.ts";
import { binary, sampleData, samples } from "../../../test/engine/sample-stacks.ts";
import { probeAgain } from "../wasm/index.ts";
import { closeTeam, setThreads } from "./index.ts";

const stack = samples["masked tokens, GRU twice, dropout"];
const { x, y } = sampleData(stack, 64);
const page = globalThis as { crossOriginIsolated?: boolean };

/** A worker that meets an error before it is there, as one does whose script is missing, or for which memory is short. */
class BrokenWorker extends EventEmitter {
  static made: BrokenWorker[] = [];
  ended = false;

  constructor() {
    super();
    BrokenWorker.made.push(this);
    setTimeout(() => this.emit("error", new Error("no room for a worker")), 5);
  }
  postMessage(): void {}
  ref(): void {}
  unref(): void {}
  async terminate(): Promise<number> {
    this.ended = true;
    return 1;
  }
}

/** A worker whose first two can be made, and no more, as where a process may have so many threads. */
class FewWorkers extends BrokenWorker {
  constructor() {
    if (BrokenWorker.made.length % 3 === 2) {
      BrokenWorker.made.push(new EventEmitter() as BrokenWorker);
      throw new Error("EAGAIN");
    }
    super();
  }
}

function withWorker(Worker: unknown): void {
  const { getBuiltinModule } = process;
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
    name === "node:worker_threads" ? { Worker } : getBuiltinModule(name)) as typeof getBuiltinModule);
  closeTeam();
}

afterEach(() => {
  vi.restoreAllMocks();
  BrokenWorker.made = [];
  delete page.crossOriginIsolated;
  probeAgain();
  setThreads(undefined);
  closeTeam();
});

const refused = (reason: string) => ({
  code: "engine/worker",
  message: expect.stringMatching(new RegExp(`^A thread of the engine could not be started: ${reason}\\. .*setThreads`)),
});

class NoWorkers {
  constructor() {
    throw new Error("workers are not allowed here");
  }
}

for (const shared of [true, false]) {
  it.each([
    ["throws", NoWorkers, "workers are not allowed here"],
    ["is broken before it is there", BrokenWorker, "no room for a worker"],
  ])(
    `where memory is ${shared ? "" : "not "}shared, a worker that %s is an error; weights can be read, and the next run tries again`,
    async (_, Worker, reason) => {
      page.crossOriginIsolated = shared;
      probeAgain();
      setThreads(3);
      withWorker(Worker);
      const run = new StackRun(stack, { loss: binary });
      const before = await run.weights();
      for (let i = 0; i < 2; i++) {
        await expect(run.train(x, y, { rows: 64, batchSize: 64 })).rejects.toMatchObject(refused(reason));
      }
      expect(BrokenWorker.made.every(({ ended }) => ended)).toBe(true);
      for (const [path, data] of await run.weights()) expect(sameBits(data, before.get(path)!), path).toBe("");
      vi.restoreAllMocks();
      expect((await run.train(x, y, { rows: 64, batchSize: 64 })).status).toBe("done");
      run.dispose();
    },
  );
}

it("where only some can be started, those are ended again", async () => {
  setThreads(3);
  withWorker(FewWorkers);
  const run = new StackRun(stack, { loss: binary });
  await expect(run.train(x, y, { rows: 64, batchSize: 64 })).rejects.toMatchObject(refused("EAGAIN"));
  expect(BrokenWorker.made.filter(({ ended }) => ended).length).toBeGreaterThanOrEqual(2);
  expect(BrokenWorker.made.some((one, i) => i % 3 < 2 && !one.ended)).toBe(false);
  run.dispose();
});

/** A worker whose memories end at a megabyte. */
class SmallWorker extends Worker {
  constructor(file: URL, options: WorkerOptions) {
    const small = `const { grow } = WebAssembly.Memory.prototype;
      WebAssembly.Memory.prototype.grow = function (pages) {
        if (this.buffer.byteLength + 65536 * pages > 2 ** 20) throw new RangeError("no more memory");
        return grow.call(this, pages);
      };`;
    super(file, { ...options, execArgv: ["--import", `data:text/javascript,${encodeURIComponent(small)}`] });
  }
}

it("where memory is not shared, and the worker gets no more of it, the run is refused; the model can be used", async () => {
  page.crossOriginIsolated = false;
  probeAgain();
  withWorker(SmallWorker);
  const run = new StackRun(stack, { loss: binary });
  const before = await run.weights();
  const many = { x: Array.from({ length: 50 }, () => x).flat(), y: Array.from({ length: 50 }, () => y).flat() };
  await expect(run.train(many.x, many.y, { rows: 3200, batchSize: 3200 })).rejects.toMatchObject({
    code: "engine/memory",
    message: expect.stringMatching(
      /^The model needs [\d.]+ MB of memory, and [\d.]+ [KM]B can be had. Use a smaller batch/,
    ),
  });
  for (const [path, data] of await run.weights()) expect(sameBits(data, before.get(path)!), path).toBe("");
  vi.restoreAllMocks();
  closeTeam();
  expect((await run.train(x, y, { rows: 64, batchSize: 64 })).status).toBe("done");
  run.dispose();
});
