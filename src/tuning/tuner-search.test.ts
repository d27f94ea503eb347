import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { earlyStopping, learningRateScheduler, reduceLrOnPlateau } from "../model/index.ts";
import { gridSearch, HyperParameters, hyperband, type Ledger, memoryLedger, randomSearch, studyText } from "./index.ts";
import { build, data, fit, table } from "./tuner.twin.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-tuner-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A ledger that dies after so many records, as a process would: what was added stays. */
function mortal(ledger: Ledger, records: number): Ledger {
  let left = records;
  const die = (): void => {
    if (left-- <= 0) throw new Error("killed");
  };
  return {
    ...ledger,
    async append(record, expected) {
      die();
      return ledger.append(record, expected);
    },
    async take(lease, expected) {
      die();
      return ledger.take(lease, expected);
    },
  };
}

describe("a search", () => {
  const options = { objective: "valLoss", maxEpochs: 3, factor: 3 } as const;
  const callbacks = () => [
    reduceLrOnPlateau({ patience: 1, minDelta: 0.1 }),
    learningRateScheduler((epoch, rate) => (epoch === 1 ? rate / 2 : rate)),
    earlyStopping({ patience: 1 }),
  ];

  it("runs Keras Tuner's case: search, best hyperparameters, best models, summary", async () => {
    const tuner = hyperband(build, { ...options, directory: folder, projectName: "gru" });
    expect(tuner.planSummary()).toMatch(
      /^hyperband: 6 trials, 11 epochs\n {2}bracket 1, round 1: 3 trials to epoch 1\n/,
    );
    expect(await tuner.resultsSummary()).toBe("No trial has a score yet.");
    expect(await tuner.search(data, { ...fit, callbacks: callbacks() })).toBe("done");
    const trials = await tuner.trials();
    expect(trials).toHaveLength(6);
    const [best] = await tuner.getBestHyperparameters();
    const scores = trials.map(({ objective = Number.NaN }) => objective);
    const winner = trials[scores.indexOf(Math.min(...scores))];
    expect(best.values).toEqual(winner.values);
    const [model] = await tuner.getBestModels();
    const rows = { x: data.x, y: data.y };
    expect((await model.evaluate(rows)).loss).toBeGreaterThan(0);
    expect(tuner.hypermodel.build(best).countParams()).toBe(model.countParams());
    expect(await tuner.resultsSummary(2)).toMatch(/^The 2 best trials by valLoss \(least first\)\n {2}trial +\d/);
    model.dispose();
  });

  it("promotes weights and optimizer state: the epochs after are those of one long training", async () => {
    const tuner = hyperband(build, options);
    await tuner.search(data, fit);
    const trials = await tuner.trials();
    const second = trials.find(({ from }) => from !== undefined);
    const model = build(new HyperParameters([], second?.values));
    const { history } = await model.fit(data, { ...fit, epochs: 3 });
    expect(second?.history.map(({ logs }) => logs.valLoss)).toEqual(history.valLoss.slice(1));
    model.dispose();
  });

  it("killed after any record, ends as if nothing had been", async () => {
    const whole = memoryLedger();
    const make = (ledger: Ledger) => hyperband(build, { ...options, ledger });
    await make(whole).search(data, { ...fit, callbacks: callbacks() });
    const expected = table(await make(whole).trials());
    // One that dies after each record never comes further than to take its trial again.
    for (const step of [2, 3, 5]) {
      const ledger = memoryLedger();
      for (let kills = 0; ; kills++) {
        const stopped = make(mortal(ledger, step)).search(data, { ...fit, callbacks: callbacks() });
        const ending = await stopped.catch((error: Error) => error.message);
        if (ending === "done") break;
        expect(ending).toBe("killed");
        expect(kills).toBeLessThan(60);
      }
      expect(table(await make(ledger).trials())).toEqual(expected);
    }
  });

  it("keeps to its budget and goes on with a larger one", async () => {
    const ledger = memoryLedger();
    const tuner = randomSearch(build, { objective: "valLoss", maxTrials: 4, ledger });
    const more = { ...fit, epochs: 2 };
    expect(await tuner.search(data, { ...more, budget: { epochs: 3 } })).toBe("epochs");
    expect((await tuner.trials()).map(({ history }) => history.length)).toEqual([2, 1]);
    expect(await tuner.search(data, { ...more, budget: { trials: 3 } })).toBe("trials");
    expect(await tuner.search(data, { ...more, budget: { seconds: 1e-9 } })).toBe("seconds");
    expect(await tuner.search(data, more)).toBe("done");
    const fresh = randomSearch(build, { objective: "valLoss", maxTrials: 4 });
    await fresh.search(data, more);
    expect(table(await tuner.trials())).toEqual(table(await fresh.trials()));
  });

  it("is stopped by a signal, and a clock that jumps changes nothing", async () => {
    const stop = new AbortController();
    const tuner = randomSearch(build, { objective: "valLoss", maxTrials: 2 });
    const jump = Date.now;
    Date.now = () => jump() - 1e10;
    try {
      const onEvent = () => stop.abort();
      expect(await tuner.search(data, { ...fit, epochs: 3, signal: stop.signal, onEvent })).toBe("interrupted");
      expect(await tuner.search(data, { ...fit, epochs: 3, budget: { seconds: 1000 } })).toBe("done");
    } finally {
      Date.now = jump;
    }
    for (const { seconds } of await tuner.trials()) expect(seconds).toBeGreaterThan(0);
  });

  it("takes options of fit from the configuration", async () => {
    const tuner = gridSearch(
      (hp) => ({ model: build(new HyperParameters()), fit: { batchSize: hp.choice("batchSize", [16, 52]) } }),
      { objective: "loss" },
    );
    expect(tuner.searchSpaceSummary()).toContain("batchSize");
    await tuner.search(data, { ...fit, epochs: 2 });
    const [small, large] = await tuner.trials();
    expect(small.objective).not.toBe(large.objective);
    expect(await tuner.trials()).toHaveLength(2);
  });

  it('tells names and values that a terminal would obey, and which of 1 and "1" a value is', async () => {
    const name = "act\u001b]0;t\u0007";
    const ledger = memoryLedger();
    const tuner = gridSearch(
      (hp) => {
        hp.choice(name, [1, "1", "x\u001b[2J"]);
        return build(new HyperParameters());
      },
      { objective: "loss", ledger },
    );
    await tuner.search(data, fit);
    for (const text of [tuner.searchSpaceSummary(), await tuner.resultsSummary(), studyText(ledger.records())]) {
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}]/u);
      expect(text).toContain("act\\u001b]0;t\\u0007");
    }
    const summary = await tuner.resultsSummary();
    for (const value of [" 1", ' "1"', " x\\u001b[2J"]) expect(summary).toContain(`t\\u0007${value}\n`.trimEnd());
  });
});
