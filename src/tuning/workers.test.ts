import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tensor } from "../base/index.ts";
import { closeTeam, setThreads } from "../engine/index.ts";
import { type Callback, earlyStopping, splitThreads } from "../model/index.ts";
import { decodeTraining } from "../tasks/index.ts";
import {
  HyperParameters,
  hyperband,
  hyperbandSearcher,
  memoryLedger,
  randomSearch,
  type Trial,
  trialsOf,
} from "./index.ts";
import { fitTrials } from "./train-trial.ts";
import { build, data, fit } from "./tuner.twin.ts";

/** What must not depend on who trained a trial, and when. */
const table = (trials: readonly Trial[]) =>
  trials.map(({ id, values, status, objective, bestEpoch, stopped, epochs, from, history }) => {
    return { id, values, status, objective, bestEpoch, stopped, epochs, from, history };
  });

/** The threads that were started, so that a test can end one as the system would. */
interface Worker {
  terminate(): Promise<number>;
}
type WorkerClass = new (url: URL, options: object) => Worker;
const threads = process.getBuiltinModule("node:worker_threads") as unknown as { Worker: WorkerClass };
const { Worker: plainWorker } = threads;
let started: Worker[] = [];
beforeEach(() => {
  closeTeam();
  started = [];
  threads.Worker = class extends plainWorker {
    constructor(url: URL, options: object) {
      super(url, options);
      started.push(this);
    }
  };
});
afterEach(() => {
  threads.Worker = plainWorker;
});

describe("several workers", () => {
  const options = { objective: "valLoss", maxTrials: 6 } as const;
  const more = { ...fit, epochs: 3, callbacks: () => [earlyStopping({ patience: 1 })] };

  it("train the trials that one would, at the same time, each to the same bits", async () => {
    const one = randomSearch(build, options);
    await one.search(data, more);
    const two = randomSearch(build, options);
    let under = 0;
    let most = 0;
    const onEvent = ({ type }: { type: string }) => {
      if (type === "trialBegin") most = Math.max(most, ++under);
      if (type === "trialEnd") under--;
    };
    expect(await two.search(data, { ...more, workers: 2, onEvent })).toBe("done");
    expect(most).toBe(2);
    expect(table(await two.trials())).toEqual(table(await one.trials()));
  });

  it("replay from their ledger: what was tried follows from the records before it", async () => {
    const ledger = memoryLedger();
    const tuner = hyperband(build, { objective: "valLoss", maxEpochs: 4, factor: 2, sampler: "tpe", seed: 3, ledger });
    expect(await tuner.search(data, { ...fit, workers: 3 })).toBe("done");
    const records = ledger.records();
    const [head] = records;
    if (head.type !== "study") throw new Error("no head");
    const { tpeDraw } = await import("./searchers/index.ts");
    const searcher = hyperbandSearcher({ maxEpochs: 4, factor: 2, sampler: { name: "tpe", draw: tpeDraw } });
    let trials = 0;
    for (const [i, record] of records.entries()) {
      if (record.type !== "trial") continue;
      trials++;
      const { type: _, id: __, initialEpoch: ___, ...suggestion } = record;
      expect(searcher.next(head.space, trialsOf(records.slice(0, i), "min"), 3)).toEqual(suggestion);
    }
    expect(trials).toBe(searcher.plan(head.space)?.reduce((sum, line) => sum + line.trials, 0));
    expect((await tuner.trials()).every(({ status }) => status === "completed")).toBe(true);
  });

  it("keep of a callback what it had after an epoch, whatever it does next", async () => {
    const values = { epochs: [] as number[] };
    const tensors = new Map([["last", tensor([-1])]]);
    const counting: Callback = {
      name: "counting",
      onEpochEnd(epoch) {
        values.epochs.push(epoch); // the same objects all the time
        tensors.get("last")!.data[0] = epoch;
      },
      getState: () => ({ values, tensors }),
      setState: () => {},
    };
    const states: (() => Uint8Array)[] = [];
    const [group] = splitThreads(1);
    const trainer = fitTrials(
      (given) => ({ model: build(new HyperParameters([], given)) }),
      data,
      {
        ...fit,
        callbacks: [counting],
      },
      group,
    );
    await trainer({
      trial: { id: 0, values: { units: 3, learningRate: 0.01 }, epochs: 3, initialEpoch: 0 } as unknown as Trial,
      signal: new AbortController().signal,
      report: async (_, __, state) => void states.push(await state()),
    });
    group.close();
    const kept = states.map((encode, epoch) => decodeTraining(encode(), `epoch ${epoch}`));
    const told = kept.map(({ run }) => (run.callbacks as { values: { epochs: number[] } }[]).map((one) => one.values));
    expect(told).toEqual([[{ epochs: [0] }], [{ epochs: [0, 1] }], [{ epochs: [0, 1, 2] }]]);
    expect(kept.map(({ arrays }) => arrays.get("callbacks/0/last")?.data[0])).toEqual([0, 1, 2]);
  });

  it("end the search with the error where threads cannot be started, and no trial has failed", async () => {
    const ledger = memoryLedger();
    threads.Worker = class {
      constructor() {
        throw new Error("EAGAIN");
      }
    } as unknown as WorkerClass;
    const tuner = randomSearch(build, { ...options, ledger });
    await expect(tuner.search(data, { ...more, workers: 2 })).rejects.toMatchObject({ code: "engine/worker" });
    threads.Worker = plainWorker;
    expect(ledger.records().some(({ type }) => type === "failed")).toBe(false);
    expect(await tuner.search(data, more)).toBe("done");
    expect((await tuner.trials()).map(({ status }) => status)).toEqual(Array(6).fill("completed"));
  });

  it.each([1, 2])("%i: one that is lost gives its trial back, and nothing is counted twice", async (workers) => {
    const whole = randomSearch(build, options);
    await whole.search(data, more);
    let lost = 0;
    // A thread that dies between two trials is replaced without a word: again, until some were lost.
    for (let search = 0; lost < 3; search++) {
      expect(search, `${lost} lost so far`).toBeLessThan(100);
      const tuner = randomSearch(build, { ...options, ledger: memoryLedger() });
      let kills = 0;
      let soon = false;
      const kill = async (): Promise<void> => {
        await started.pop()?.terminate();
        soon = false;
      };
      // At an epoch's end, or a little later, in the middle of one. Twice, since a trial may lose no more workers.
      const onEvent = ({ type }: { type: string }) => {
        if (type === "lost") lost++;
        if (soon || type === "lost" || kills === 2) return;
        soon = true;
        setTimeout(kill, (kills++ + search) % 4);
      };
      expect(await tuner.search(data, { ...more, workers, onEvent })).toBe("done");
      expect(table(await tuner.trials())).toEqual(table(await whole.trials()));
    }
  });

  it("start new threads after 40 trials, and change no number by it", async () => {
    const small = { objective: "valLoss", maxTrials: 42 } as const;
    const search = { ...fit, epochs: 1 };
    setThreads(1);
    try {
      const one = randomSearch(build, small);
      await one.search(data, search);
      expect(started.length).toBe(2);
      const two = randomSearch(build, small);
      await two.search(data, { ...search, workers: 2 });
      expect(table(await two.trials())).toEqual(table(await one.trials()));
    } finally {
      setThreads(undefined);
    }
  });

  it("need callbacks of their own", async () => {
    const tuner = randomSearch(build, options);
    const shared = { ...more, callbacks: [earlyStopping()], workers: 2 };
    await expect(tuner.search(data, shared)).rejects.toThrow(/callbacks: \(\) => \[earlyStopping/);
    await expect(tuner.search(data, { ...more, workers: 0 })).rejects.toMatchObject({ code: "usage/option" });
    await expect(tuner.search(data, { ...more, callbacks: (() => 3) as never })).rejects.toMatchObject({
      code: "usage/option",
    });
  });
});
