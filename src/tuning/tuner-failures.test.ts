import { describe, expect, it } from "vitest";
import { dense, gru, input, type Model, sequential, sgd } from "../model/index.ts";
import { bayesianOptimization, gridSearch, HyperParameters, hyperband, randomSearch } from "./index.ts";
import { build, data, fit } from "./tuner.twin.ts";
import { objectiveOf } from "./tuner-options.ts";

const flat = { x: data.x, y: data.y };

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
    expect(await tuner.resultsSummary()).toMatch(
      /^No trial has a score yet\.\n3 trials failed, the last \(trial 2\): buildModel failed/,
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
    expect(await tuner.resultsSummary(1)).toMatch(
      /^The best trial by loss .*\n {2}trial .*\n1 trial failed, the last \(trial 1\): The loss became .*$/,
    );
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

  it("for want of the objective are those of the trials that do not report it, once another has", async () => {
    const some = (hp: HyperParameters): Model => {
      const model = sequential([input({ shape: [4, 1] }), gru({ units: 2 }), dense({ units: 1 })]);
      const metrics = hp.choice("metric", ["mae", "none", "mae, too"]) === "none" ? [] : ["mae" as const];
      model.compile({ loss: "meanSquaredError", metrics });
      return model;
    };
    const tuner = gridSearch(some, { objective: { name: "mae", direction: "min" } });
    expect(await tuner.search(flat)).toBe("done");
    const trials = await tuner.trials();
    expect(trials.map(({ status }) => status)).toEqual(["completed", "failed", "completed"]);
    expect(trials[1]).toMatchObject({ code: "training/objective", reason: expect.stringMatching(/found loss/) });
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
