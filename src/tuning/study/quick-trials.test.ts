import { describe, expect, it, vi } from "vitest";
import { GruvyError } from "../../base/index.ts";
import { hyperbandSearcher, type Ledger, memoryLedger, type Searcher, type StudyRecord, trialsOf } from "../index.ts";
import { openStudy, runStudy, type StudyOptions, type TrainTrial } from "./index.ts";

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
