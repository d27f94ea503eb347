import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Tensor } from "../base/index.ts";
import { sine, windows } from "../data/index.ts";
import {
  adam,
  dense,
  earlyStopping,
  gru,
  input,
  learningRateScheduler,
  type Model,
  reduceLrOnPlateau,
  sequential,
  sgd,
} from "../model/index.ts";
import {
  bayesianOptimization,
  gridSearch,
  HyperParameters,
  hyperband,
  type Ledger,
  memoryLedger,
  randomSearch,
  type Trial,
} from "./index.ts";
import { fileLedger, readStudy, repairStudy } from "./study/file-ledger.ts";
import { objectiveOf } from "./tuner-options.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "gruvy-tuner-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const data = windows(sine().values.subarray(0, 70), { window: 4 });
const flat = { x: data.x, y: data.y };
const fit = { validationSplit: 0.25, batchSize: 16 };

function build(hp: HyperParameters): Model {
  const model = sequential([
    input({ shape: [4, 1] }),
    gru({ units: hp.int("units", { minValue: 2, maxValue: 6 }), dropout: 0.1 }),
    dense({ units: 1 }),
  ]);
  const learningRate = hp.float("learningRate", { minValue: 1e-3, maxValue: 0.1, sampling: "log" });
  model.compile({ optimizer: adam({ learningRate }), loss: "meanSquaredError" });
  return model;
}

/** What must not depend on how often a search was stopped. */
const table = (trials: readonly Trial[]) =>
  trials.map(({ id, values, status, objective, epochs, from, history }) => ({
    id,
    values,
    status,
    objective,
    epochs,
    from,
    history,
  }));

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
    expect(await tuner.resultsSummary(2)).toMatch(/^2 best trials by valLoss \(least first\)\n {2}trial +\d/);
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
});

describe("failures", () => {
  it("are recorded, tried again if asked, and end the search when nothing else happens", async () => {
    let calls = 0;
    const broken = (hp: HyperParameters): Model => {
      const model = build(hp);
      const layers = hp.choice("layers", [1, 2]);
      if (calls++ > 3) throw new Error(`no room for ${layers}`);
      return model;
    };
    const tuner = randomSearch(broken, { objective: "loss", maxTrials: 9, maxRetriesPerTrial: 1 });
    calls = 4;
    const found = tuner.search(data, fit);
    await expect(found).rejects.toThrow(
      /3 trials in a row failed; they have .*buildModel failed with units \d, .*no room/,
    );
    expect((await tuner.trials()).map(({ status, attempts }) => [status, attempts])).toEqual([
      ["failed", 2],
      ["failed", 2],
      ["failed", 2],
    ]);
  });

  it("of one trial leave the others alone, also when a loss becomes NaN", async () => {
    const tuner = gridSearch(
      (hp) => {
        const model = sequential([input({ shape: [4, 1] }), gru({ units: 2 }), dense({ units: 1 })]);
        const learningRate = hp.choice("learningRate", [0.01, 1e30, 0.02]);
        model.compile({ optimizer: sgd({ learningRate }), loss: "meanSquaredError" });
        return model;
      },
      { objective: "loss" },
    );
    expect(await tuner.search(flat, { epochs: 3 })).toBe("done");
    const trials = await tuner.trials();
    expect(trials.map(({ status }) => status)).toEqual(["completed", "failed", "completed"]);
    expect(trials[1].code).toBe("training/not-finite");
    expect((await tuner.getBestHyperparameters(9)).map(({ values }) => values.learningRate)).not.toContain(1e30);
  });

  it("for want of memory is one of them, and one that passes is made good by trying again", async () => {
    let flaws = 1;
    const tuner = gridSearch(
      (hp) => {
        const model = sequential([input({ shape: [4, 1] }), gru({ units: 2 }), dense({ units: 1 })]);
        const memoryBudget = hp.choice("memoryBudget", [2 ** 20, 1000, 2 ** 21]);
        if (memoryBudget === 2 ** 21 && flaws-- === 0) throw new Error("a flaw");
        model.compile({ loss: "meanSquaredError", memoryBudget });
        return model;
      },
      { objective: "loss", maxRetriesPerTrial: 1 },
    );
    expect(await tuner.search(flat)).toBe("done");
    const trials = await tuner.trials();
    expect(trials.map(({ status, attempts }) => [status, attempts])).toEqual([
      ["completed", 1],
      ["failed", 2],
      ["completed", 2],
    ]);
    expect(trials[1]).toMatchObject({ code: "engine/memory", reason: expect.stringMatching(/memoryBudget is 1 KB/) });
  });

  it.each<[string, () => unknown, string]>([
    ["no function", () => randomSearch(3 as never, { objective: "loss" }), "usage/option"],
    ["no objective", () => randomSearch(build, {} as never), "usage/option"],
    [
      "an option of Keras's name",
      () => randomSearch(build, { objective: "loss", max_trials: 3 } as never),
      "usage/option",
    ],
    [
      "nothing that varies",
      () => randomSearch(() => build(new HyperParameters()), { objective: "loss" }),
      "usage/space",
    ],
    [
      "a model that cannot be built",
      () => randomSearch((hp) => hp.int("n", { minValue: 1, maxValue: 2 }) as never, { objective: "loss" }),
      "usage/build-model",
    ],
    ["an unknown sampler", () => hyperband(build, { objective: "loss", sampler: "magic" as never }), "usage/option"],
    ["an objective that may be either", () => randomSearch(build, { objective: "valScore" }), "usage/option"],
    ["a folder without a name", () => randomSearch(build, { objective: "loss", directory: "" }), "usage/option"],
    ["no ledger", () => randomSearch(build, { objective: "loss", ledger: {} as never }), "usage/option"],
    ["a promise of a model", () => randomSearch((async () => 1) as never, { objective: "loss" }), "usage/build-model"],
    ["half a trial", () => randomSearch(build, { objective: "loss", maxTrials: 1.5 }), "usage/option"],
  ])("refuses %s", (_, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, object]>([
    ["a budget as text", { budget: "20m" }],
    ["an unknown limit", { budget: { time: 3 } }],
    ["a limit as text", { budget: { seconds: "20m" } }],
    ["no trials", { budget: { trials: 0 } }],
    ["seconds that are none", { budget: { seconds: Number.NaN } }],
    ["an option that fit does not know", { batch_size: 3 }],
    ["a listener that is none", { onEvent: 3 }],
    ["a class weight that is none", { classWeight: { 0: Number.NaN } }],
    ["two kinds of weights", { classWeight: { 0: 1 }, sampleWeight: new Float32Array(66) }],
    ["a validation part of all", { validationSplit: 1 }],
    ["a first epoch", { initialEpoch: 1 }],
  ])("refuses %s before anything is begun", async (_, options) => {
    const tuner = randomSearch(build, { objective: "loss" });
    await expect(tuner.search(data, { ...fit, ...options })).rejects.toMatchObject({ code: "usage/option" });
    expect(await tuner.trials()).toEqual([]);
  });

  it("refuses weights and validation data that do not fit, in the words of fit, before anything is begun", async () => {
    const tuner = randomSearch(build, { objective: "valLoss" });
    const model = build(new HyperParameters());
    for (const options of [
      { sampleWeight: [1, 2] },
      { validationData: [[[[1]]], [[1]]] },
      { validationSplit: 0.999 },
    ]) {
      const said = await model.fit(data, options as never).catch(({ message }: Error) => message);
      expect(said).toMatch(/^Expected|leaves nothing/);
      await expect(tuner.search(data, options as never)).rejects.toThrow(String(said));
    }
    model.dispose();
    const stream = { [Symbol.asyncIterator]: () => [flat][Symbol.iterator]() } as never;
    await expect(tuner.search(stream, { classWeight: [1] as never })).rejects.toThrow(/classWeight as an object/);
    await expect(tuner.search(stream, { validationSplit: 0.5 })).rejects.toThrow(/cannot be split/);
    expect(await tuner.trials()).toEqual([]);
  });

  it("takes larger for better where it is", () => {
    const better = (objective: string) => objectiveOf(objective).direction;
    expect(["valF1Score", "r2Score", "valAuc"].map(better)).toEqual(["max", "max", "max"]);
    expect(["valLoss", "rmse", "valSmape", "perplexity"].map(better)).toEqual(["min", "min", "min", "min"]);
  });

  it("of all trials are an error, also where they are few", async () => {
    const only = (hp: HyperParameters) => ({ model: build(hp), fit: { batchSize: hp.choice("batchSize", [-1, -2]) } });
    const tuner = gridSearch(only, { objective: "loss", maxTrials: 2 });
    await expect(tuner.search(data, fit)).rejects.toThrow(/2 trials in a row failed; .*batchSize to be a whole number/);
  });

  it("names the values that a model could not be built with", () => {
    const number = (hp: HyperParameters) => hp.int("n", { minValue: 1, maxValue: 2 }) as never;
    expect(() => randomSearch(number, { objective: "loss" })).toThrow(/failed with n 1: Expected a model, found 1/);
  });

  it("says when the objective is never reported, and how it is called", async () => {
    const snake = randomSearch(build, { objective: "val_loss" });
    await expect(snake.search(data, fit)).rejects.toThrow(/It is called valLoss here/);
    const without = bayesianOptimization(build, { objective: "valLoss" });
    await expect(without.search(data, {})).rejects.toMatchObject({ code: "training/objective" });
  });
});

describe("the folder of a study", () => {
  const project = () => join(folder, "p");
  const make = (seed = 0) =>
    randomSearch(build, { objective: "valLoss", maxTrials: 2, seed, directory: folder, projectName: "p" });

  it("refuses another study, and says what differs", async () => {
    await make().search(data, fit);
    await expect(make(1).search(data, fit)).rejects.toThrow(/another study: its seed is 0, here it is 1/);
    await expect(make().search(data, { ...fit, batchSize: 8 })).rejects.toThrow(/its batchSize is 16, here it is 8/);
    const more = { x: data.x, y: new Tensor(data.y.shape, data.y.data.slice().fill(0)) };
    await expect(make().search(more, fit)).rejects.toThrow(
      /its data is 66 x 4 x 1, \w{8}, here it is 66 x 4 x 1, \w{8}/,
    );
    expect(await make().search(data, { ...fit, verbose: 0 })).toBe("done");
    expect(await make().trials()).toHaveLength(2);
  });

  it("goes on with more trials than before, whose beginning is the same", async () => {
    const ledger = memoryLedger();
    const to = (maxTrials: number, own = ledger) =>
      bayesianOptimization(build, { objective: "valLoss", maxTrials, ledger: own });
    await to(2).search(data, fit);
    expect(await to(4).search(data, fit)).toBe("done");
    const whole = to(4, memoryLedger());
    await whole.search(data, fit);
    expect(table(await to(4).trials())).toEqual(table(await whole.trials()));
    await expect(gridSearch(build, { objective: "valLoss", ledger }).search(data, fit)).rejects.toThrow(
      /its search is/,
    );
  });

  it("is held by one search at a time", async () => {
    const ledger = await fileLedger(project());
    await expect(make().search(data, fit)).rejects.toMatchObject({ code: "file/locked" });
    await ledger.close();
    expect(await make().search(data, fit)).toBe("done");
  });

  it("holds in memory what it holds on the disk", async () => {
    const ledger = await fileLedger(project());
    for (let i = 0; i < 3; i++) await ledger.append({ type: "ended", reason: String(i) });
    expect(ledger.records()).toHaveLength(3);
    expect(await ledger.append({ type: "ended", reason: "late" }, 2)).toBe(false);
    await ledger.close();
    await expect(readStudy(project())).rejects.toMatchObject({ code: "file/format" });
  });

  it("is refused when damaged, and repaired", async () => {
    await make().search(data, fit);
    const path = join(project(), "study.ledger");
    const bytes = fs.readFileSync(path);
    bytes[bytes.indexOf(10) + 30] ^= 1;
    fs.writeFileSync(path, bytes);
    await expect(make().search(data, fit)).rejects.toThrow(/Line 2 .* gruvy study repair/);
    expect(await repairStudy(project())).toMatchObject({ dropped: 1 });
    expect(await make().search(data, fit)).toBe("done");
    await expect(readStudy(folder)).rejects.toThrow(/There is no study/);
  });

  it("loses nothing when the disk is full", async () => {
    const ledger = memoryLedger();
    const full = {
      ...ledger,
      files: {
        ...ledger.files,
        write: async () => {
          throw new Error("ENOSPC");
        },
      },
    };
    const options = { objective: "valLoss", maxTrials: 2 };
    await expect(randomSearch(build, { ...options, ledger: full }).search(data, fit)).rejects.toThrow("ENOSPC");
    const tuner = randomSearch(build, { ...options, ledger });
    expect(await tuner.search(data, fit)).toBe("done");
    expect((await tuner.trials()).map(({ status }) => status)).toEqual(["completed", "completed"]);
  });

  it("lets one of two writers have the work", async () => {
    const ledger = memoryLedger();
    const record = { type: "ended", reason: "done" } as const;
    const seen: number[] = [];
    const end = ledger.watch((_, version) => seen.push(version));
    expect(await Promise.all([ledger.append(record, 0), ledger.append(record, 0)])).toEqual([true, false]);
    end();
    await ledger.append(record);
    expect(seen).toEqual([1]);
  });
});
