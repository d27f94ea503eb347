import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GruvyError, tensor } from "../base/index.ts";
import { closeTeam, setThreads } from "../engine/index.ts";
import { type Callback, earlyStopping, splitThreads } from "../model/index.ts";
import { decodeTraining } from "../tasks/index.ts";
import {
  HyperParameters,
  hyperband,
  hyperbandSearcher,
  type Ledger,
  memoryLedger,
  randomSearch,
  type Searcher,
  type StudyRecord,
  type Trial,
  trialsOf,
} from "./index.ts";
import { openStudy, runStudy, type StudyOptions, type TrainTrial } from "./study/index.ts";
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

describe("a study whose trials are quick", () => {
  const space = [{ kind: "float", name: "x", minValue: 0, maxValue: 1, default: 0, conditions: [] }] as const;
  const objective = { name: "loss", direction: "min" } as const;
  const study = (given: Partial<StudyOptions> = {}): StudyOptions => ({
    space: space as unknown as StudyOptions["space"],
    searcher: counting(8),
    objective,
    seed: 0,
    epochs: 3,
    ...given,
  });
  const pause = (ms = 1) => new Promise((resolve) => setTimeout(resolve, ms));
  const bytes = async () => () => new Uint8Array(1);
  const train: TrainTrial = async ({ trial, signal, report }) => {
    const last = trial.history.at(-1)?.epoch ?? trial.initialEpoch - 1;
    for (let epoch = last + 1; epoch < trial.epochs && !signal.aborted; epoch++) {
      await pause();
      await report(epoch, { loss: Number(trial.values.x) }, bytes);
    }
    return {};
  };

  function counting(maxTrials: number): Searcher {
    return {
      name: "counting",
      config: {},
      next: (_, trials) => (trials.length >= maxTrials ? "done" : { values: { x: trials.length / 10 } }),
      plan: () => undefined,
    };
  }
  const trials = (ledger: Ledger) => trialsOf(ledger.records(), "min");
  const ofType = (ledger: Ledger, type: StudyRecord["type"]) =>
    ledger.records().filter((record) => record.type === type);
  const epochsIn = (ledger: Ledger) =>
    ledger.records().flatMap((one) => (one.type === "epoch" ? [...(one.earlier ?? []), one] : []));

  it("that loses its worker again and again counts as failed", async () => {
    const ledger = memoryLedger();
    const dying: TrainTrial = async (work) => {
      if (work.trial.id === 1) throw new GruvyError("engine/thread", "gone");
      return train(work);
    };
    expect(await runStudy(ledger, [dying, dying], study({ searcher: counting(4) }))).toBe("done");
    expect(trials(ledger).map(({ status }) => status)).toEqual(["completed", "failed", "completed", "completed"]);
    expect(trials(ledger)[1].reason).toMatch(/worker was lost 3 times at one epoch: gone/);
    expect(ofType(ledger, "lost")).toHaveLength(2);
  });

  it("keeps to its epochs, also where several are under way", async () => {
    for (const epochs of [1, 2, 7, 11, 24]) {
      const ledger = memoryLedger();
      const ending = await runStudy(ledger, [train, train, train], study({ budget: { epochs } }));
      expect(ending).toBe("epochs");
      expect(epochsIn(ledger)).toHaveLength(epochs);
      expect(await runStudy(ledger, [train, train], study())).toBe("done");
      expect(epochsIn(ledger)).toHaveLength(24);
    }
  });

  it("keeps to its trials, and to its seconds on the clock of all workers together", async () => {
    const ledger = memoryLedger();
    // A clock that stands still while anything is computed.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      const searched = runStudy(ledger, [train, train, train], study({ budget: { trials: 5 } }));
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await searched).toBe("trials");
    } finally {
      vi.useRealTimers();
    }
    expect(trials(ledger).map(({ status }) => status)).toEqual(Array(5).fill("completed"));
    const last = ledger.records().findLast((record) => record.type === "completed");
    const spent = last?.type === "completed" ? (last.at ?? 0) : 0;
    expect(spent).toBeGreaterThan(0);
    // What is spent is the time that passed: less than that of the three workers summed.
    expect(spent).toBeLessThan(trials(ledger).reduce((sum, { seconds }) => sum + seconds, 0));
    expect(await runStudy(ledger, [train], study({ budget: { seconds: spent } }))).toBe("seconds");
    expect(trials(ledger)).toHaveLength(5);
  });

  it("ends with the first error, once the others have stopped", async () => {
    const ledger = memoryLedger();
    let [running, told] = [0, false];
    const slow: TrainTrial = async (work) => {
      running++;
      try {
        // Where one has reported the objective, a trial that does not fails alone.
        while (!told) await pause(1);
        return await train(work);
      } finally {
        running--;
      }
    };
    const wrong: TrainTrial = async ({ report }) => {
      while (running < 2) await pause(1);
      told = true;
      await report(0, { accuracy: 1 }, bytes);
      return {};
    };
    await expect(runStudy(ledger, [slow, wrong, slow], study())).rejects.toMatchObject({ code: "training/objective" });
    expect(running).toBe(0);
    expect(await runStudy(ledger, [slow], study())).toBe("done");
    expect(epochsIn(ledger)).toHaveLength(24);
  });

  it("ends with what the machine lacks, threads or disk, and its trial goes on with the next search", async () => {
    const lacking = [
      new GruvyError("engine/worker", "no room for a thread"),
      Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }),
      new GruvyError("file/disk-full", "no space"),
    ];
    for (const error of lacking) {
      const ledger = memoryLedger();
      const without: TrainTrial = async ({ trial, report }) => {
        await report(0, { loss: Number(trial.values.x) }, bytes);
        throw error;
      };
      await expect(runStudy(ledger, [without, train], study())).rejects.toBe(error);
      expect(ofType(ledger, "failed")).toHaveLength(0);
      expect(await runStudy(ledger, [train], study())).toBe("done");
      expect(epochsIn(ledger)).toHaveLength(24);
    }
  });

  it("ends when three trials in a row have failed, in the order in which they ended", async () => {
    const fails = (...ids: number[]): TrainTrial => {
      return async (work) => {
        if (ids.includes(work.trial.id)) throw new Error(`no ${work.trial.id}`);
        return train(work);
      };
    };
    const four = fails(1, 2, 4, 5);
    expect(await runStudy(memoryLedger(), [four], study())).toBe("done");
    const ledger = memoryLedger();
    // While the first is trained, the other worker's three fail: they are the last that have ended.
    const slow: TrainTrial = async (work) => {
      while (ofType(ledger, "failed").length < 3) await pause();
      return train(work);
    };
    await expect(runStudy(ledger, [slow, fails(1, 2, 3)], study())).rejects.toThrow(
      /3 trials in a row failed; they have no value in common: no 3/,
    );
    expect(trials(ledger).map(({ status }) => status)).toEqual(["running", "failed", "failed", "failed"]);
  });

  it("is shared by two that search, as by two machines: no trial is trained twice", async () => {
    const ledger = memoryLedger();
    await openStudy(ledger, study());
    const both = [runStudy(ledger, [train], study()), runStudy(ledger, [train, train], study())];
    expect(await Promise.all(both)).toEqual(["done", "done"]);
    expect(ofType(ledger, "trial")).toHaveLength(8);
    expect(ofType(ledger, "completed")).toHaveLength(8);
    expect(epochsIn(ledger)).toHaveLength(24);
  });

  it("counts what comes late from a lost worker not at all, and goes on without it", async () => {
    const ledger = memoryLedger();
    let letGo = (): void => {};
    const taken: number[] = [];
    // The first lease is taken away while its worker computes; that one wakes up after the next has finished.
    const forgetful: Ledger = {
      ...ledger,
      async take(lease, expected) {
        const got = await ledger.take(lease, expected);
        if (got !== undefined) taken.push(got.token);
        if (taken.length === 1) letGo = () => got?.release();
        return got;
      },
    };
    let wake = (): void => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const sleeper: TrainTrial = async (work) => {
      await work.report(0, { loss: 0 }, bytes);
      letGo();
      await asleep;
      await work.report(1, { loss: -1 }, bytes);
      return {};
    };
    const first = runStudy(forgetful, [sleeper], study({ searcher: counting(1) }));
    while (epochsIn(ledger).length === 0) await pause(5);
    expect(await runStudy(ledger, [train], study({ searcher: counting(1) }))).toBe("done");
    wake();
    expect(await first).toBe("done");
    const [trial] = trials(ledger);
    expect(trial.history.map(({ logs }) => logs.loss)).toEqual([0, 0, 0]);
    expect(trial.leases[0]).toBeLessThan(trial.leases[1] ?? 0);
    expect(ofType(ledger, "completed")).toHaveLength(1);
    // A record under the old lease, or the same one again, changes nothing.
    const before = trials(ledger);
    await ledger.append({ type: "epoch", id: 0, lease: taken[0], epoch: 3, logs: { loss: -9 }, seconds: 1 });
    await ledger.append({ type: "completed", id: 0, lease: taken[0], score: -9, bestEpoch: 3 });
    expect(trials(ledger)).toEqual(before);
  });

  it("keeps the files of the ten best and of those that may go on, and no others", async () => {
    const ledger = memoryLedger();
    await runStudy(ledger, [train, train], study({ searcher: counting(15) }));
    const ids = [...new Set((await ledger.files.list()).map((name) => Number.parseInt(name.split("/")[1], 10)))];
    expect(ids.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const band = memoryLedger();
    const searcher = hyperbandSearcher({ maxEpochs: 27, factor: 3 });
    let most = 0;
    const onEvent = async () => {
      most = Math.max(most, (await band.files.list()).length);
    };
    expect(await runStudy(band, [train, train], study({ searcher, onEvent }))).toBe("done");
    expect(trials(band).every(({ status }) => status === "completed")).toBe(true);
    expect(most).toBeLessThan(60);
    expect((await band.files.list()).length).toBeLessThanOrEqual(10);
  });
});
