import { describe, expect, it } from "vitest";
import { GruvyError } from "../base/index.ts";
import { airlinePassengers } from "../data/index.ts";
import { tunable } from "../tasks/index.ts";
import { finalVerdict } from "./final-verdict.ts";
import { failedFinals, finalFile, finalResults, runFinals } from "./finals.ts";
import { memoryLedger, type Objective, type StudyRecord } from "./study/index.ts";
import { withThreads } from "./workers.ts";

const accuracy: Objective = { name: "valAccuracy", direction: "max" };
const finals = (scores: Readonly<Record<string, readonly number[]>>): StudyRecord[] =>
  Object.entries(scores).flatMap(([name, list]) =>
    list.map((score, seed): StudyRecord => ({ type: "final", name, values: { units: 8 }, seed, score, seconds: 1 })),
  );
const verdict = (scores: Readonly<Record<string, readonly number[]>>, objective = accuracy): string =>
  finalVerdict(finalResults(finals(scores), objective), objective);

describe("the finals", () => {
  it("have Student's interval, the best first", () => {
    const [first, second] = finalResults(finals({ default: [0.7, 0.7, 0.7], "trial 3": [0.8, 0.82, 0.84] }), accuracy);
    expect(first.name).toBe("trial 3");
    expect(first.mean).toBeCloseTo(0.82, 12);
    expect(first.low).toBeCloseTo(0.82 - 4.302653 * (0.02 / Math.sqrt(3)), 6);
    expect(first.high).toBeCloseTo(0.82 + 4.302653 * (0.02 / Math.sqrt(3)), 6);
    expect(second).toMatchObject({ name: "default", low: second.mean, high: second.mean });
  });

  it("keep the intervals of accuracies between 0 and 1, and those of losses from 0", () => {
    const scores = { default: [0.9, 0.99, 1], "trial 1": [0, 0.01, 0.1] };
    const [best, worst] = finalResults(finals(scores), accuracy);
    expect(best.high).toBe(1);
    expect(best.low).toBeLessThan(0.95);
    expect(worst.low).toBe(0);
    const [, large] = finalResults(finals(scores), { name: "valLoss", direction: "min" });
    expect(large.high).toBeGreaterThan(1);
    const [small] = finalResults(finals({ default: [0.01, 0.02, 0.15] }), { name: "valLoss", direction: "min" });
    expect([small.low, small.high]).toEqual([0, expect.closeTo(0.06 + (4.302653 * 0.0781025) / Math.sqrt(3), 6)]);
    const below = finals({ default: [-0.1, 0.02, 0.15] });
    for (const name of ["valLoss", "valScore"]) {
      expect(finalResults(below, { name, direction: "min" })[0].low).toBeLessThan(-0.2);
    }
  });

  it("say what can be said against the default", () => {
    expect(verdict({ default: [0.8, 0.81, 0.82], "trial 2": [0.7, 0.71, 0.72] })).toBe(
      "The default configuration did best: validation accuracy 0.81. The search found nothing better.",
    );
    expect(verdict({ default: [0.7, 0.71, 0.72], "trial 2": [0.8, 0.81, 0.82] })).toMatch(
      /^Trial 2 has a validation accuracy of 0\.81, the default 0\.71: difference 0\.1, 95 % 0\.1 to 0\.1 over 3 seeds\.$/,
    );
    expect(verdict({ default: [0.7, 0.8, 0.75], "trial 2": [0.79, 0.76, 0.75] })).toMatch(
      /the difference is noise \(difference .*which includes zero\)\.$/,
    );
    expect(verdict({ default: [0.7], "trial 2": [0.8] })).toMatch(/one seed each cannot tell that from noise\.$/);
    const loss: Objective = { name: "valLoss", direction: "min" };
    expect(verdict({ default: [0.5, 0.5, 0.51], "trial 2": [0.4, 0.4, 0.41] }, loss)).toMatch(
      /^Trial 2 has a validation loss of 0\.403/,
    );
  });

  it("say who was still getting better when its epochs were over", () => {
    const to = (name: string, best: readonly number[], score = 0.8, epochs = 10): StudyRecord[] =>
      best.map((bestEpoch, seed) => ({
        ...{ type: "final", name, values: {}, seed, seconds: 1, score: score - seed / 1000 },
        ...{ bestEpoch, epochs },
      }));
    const said = (...records: StudyRecord[][]) => finalVerdict(finalResults(records.flat(), accuracy), accuracy);
    expect(said(to("trial 3", [10, 10, 4]), to("default", [2, 3, 10], 0.7))).toMatch(
      /seeds\. Trial 3 was still getting better when its 10 epochs were over: more --max-epochs may bring more\.$/,
    );
    expect(said(to("trial 3", [10, 10, 4]), to("default", [10, 10, 10], 0.7))).toMatch(
      /Trial 3 and the default were still getting better when their 10/,
    );
    expect(said(to("trial 3", [9, 9, 9], 0.7), to("default", [10, 10, 10]))).toMatch(
      /nothing better\. The default was still getting better when its 10 epochs/,
    );
    expect(said(to("default", [9, 9, 10]))).not.toContain("still");
    expect(said(to("default", [10, 10, 10], 1))).not.toContain("still"); // nearly all is right
    expect(said(to("default", [19, 19, 19], 0.8, 20))).not.toContain("still"); // of 20 the last 5 % is one
    expect(said(to("default", [20, 20, 20], 0.8, 20))).toContain("still");
  });

  it("say whose loss was still falling though the accuracy had settled, and who scored the same", () => {
    const to = (name: string, lossEpoch: number, score = 0.8): StudyRecord[] =>
      [0, 1, 2].map((seed) => ({
        ...{ type: "final", name, values: {}, seed, seconds: 1, score },
        ...{ bestEpoch: 3, lossEpoch, epochs: 9 },
      }));
    const said = (...records: StudyRecord[][]) => finalVerdict(finalResults(records.flat(), accuracy), accuracy);
    expect(said(to("default", 9), to("trial 3", 5, 0.7))).toMatch(
      /The validation loss of the default was still falling when its 9 epochs were over: more --max-epochs may bring more\.$/,
    );
    expect(said(to("default", 5), to("trial 3", 5, 0.7))).not.toContain("falling");
    expect(said(to("default", 5), to("trial 3", 5), to("trial 4", 5))).toMatch(
      /nothing better\. Trial 3 and trial 4 scored the same to the last digit\.$/,
    );
  });

  const failure = (name: string, seed: number): StudyRecord => ({
    ...{ type: "final", name, values: { units: 8 }, seed, seconds: 1 },
    ...{ code: "training/not-finite", reason: "The loss became NaN in epoch 6. Try a smaller learningRate." },
  });

  it("rank what failed from a seed behind what did not, and say so", () => {
    const said = (records: readonly StudyRecord[]) => {
      const results = finalResults(records, accuracy);
      return [results.map(({ name }) => name).join(", "), finalVerdict(results, accuracy, failedFinals(records))];
    };
    expect(said([...finals({ default: [0.7, 0.71], "trial 3": [0.9, 0.9] }), failure("trial 3", 2)])).toEqual([
      "default, trial 3",
      "The default configuration did best: validation accuracy 0.705. The search found nothing better. Trial 3 failed from 1 of 3 seeds, and so ranks behind those that did not: The loss became NaN in epoch 6.",
    ]);
    expect(said([...finals({ "trial 3": [0.9, 0.9] }), failure("default", 0), failure("default", 1)])).toEqual([
      "trial 3",
      "Trial 3 has a validation accuracy of 0.9. The default failed from 2 of 2 seeds: The loss became NaN in epoch 6.",
    ]);
    const apart = [...finals({ "trial 3": [0.9] }), failure("trial 3", 1), failure("default", 0)];
    const other = finals({ default: [0, 0.8] }).filter((one) => one.type === "final" && one.seed === 1);
    expect(said([...apart, ...other])[1]).toMatch(/no seed in common/);
    expect(said([failure("default", 0), failure("trial 3", 0)])).toEqual([
      "",
      "All 2 final trainings failed: The loss became NaN in epoch 6.",
    ]);
  });

  it("go on after a training that diverges, and do not repeat it", async () => {
    const ledger = memoryLedger();
    const data = tunable(airlinePassengers(), { window: 6, seed: 0 });
    const finalists = [1e30, 0.01].map((learningRate, i) => ({
      name: i === 0 ? "default" : "trial 1",
      values: { learningRate, units: 4 },
    }));
    const told: unknown[] = [];
    const run = (build = data.build) =>
      withThreads(1, (groups) =>
        runFinals(ledger, { ...data, build }, finalists, {
          objective: { name: "valLoss", direction: "min" },
          ...{ lengths: { epochs: 2 }, seeds: [1, 2], groups },
          tuned: (values) => ({ ...data.defaults, ...values, cell: "gru" }),
          onFinal: ({ name }, seed, score, reason) => told.push([name, seed, typeof score, reason]),
        }),
      );
    expect(await run()).toBe(0);
    const diverged = expect.stringMatching(/loss became (NaN|infinite)/);
    expect(told).toEqual([
      ["default", 1, "undefined", diverged],
      ["default", 2, "undefined", diverged],
      ["trial 1", 1, "number", undefined],
      ["trial 1", 2, "number", undefined],
    ]);
    expect((await ledger.files.list()).sort()).toEqual([1, 2].map((seed) => finalFile("trial 1", seed)));
    await run();
    expect([told.length, ledger.records().length]).toEqual([4, 4]);
  });

  it("are tried again by the next run where memory was missing", async () => {
    const ledger = memoryLedger();
    const data = tunable(airlinePassengers(), { window: 6, seed: 0 });
    const noRoom = () => {
      throw new GruvyError("engine/memory", "no room");
    };
    const run = (missing: boolean) =>
      withThreads(1, (groups) =>
        runFinals(ledger, missing ? { ...data, build: noRoom } : data, [{ name: "default", values: {} }], {
          objective: { name: "valLoss", direction: "min" },
          ...{ lengths: { epochs: 1 }, seeds: [1], groups },
          tuned: (values) => ({ ...data.defaults, ...values, cell: "gru" }),
        }),
      );
    await run(true);
    await run(true);
    expect(failedFinals(ledger.records())).toMatchObject([{ name: "default", seed: 1, reason: "no room" }]);
    await run(false);
    await run(false);
    expect(failedFinals(ledger.records())).toEqual([]);
    expect(finalResults(ledger.records(), accuracy)).toMatchObject([{ name: "default", scores: [{ seed: 1 }] }]);
    expect(ledger.records()).toHaveLength(3);
  });

  it("begin no further seed for which the time is too short, and the first in any case", async () => {
    const ledger = memoryLedger();
    const data = tunable(airlinePassengers(), { window: 6, seed: 0 });
    const finalists = ["default", "trial 1"].map((name, i) => ({ name, values: { units: 2 + i } }));
    const run = (...left: number[]) =>
      withThreads(2, (groups) =>
        runFinals(ledger, data, finalists, {
          objective: { name: "valLoss", direction: "min" },
          ...{ lengths: { epochs: 1 }, seeds: [1, 2, 3], groups },
          tuned: (values) => ({ ...data.defaults, ...values, cell: "gru" }),
          secondsLeft: () => left.shift() ?? 0,
        }),
      );
    const seeds = () => finalResults(ledger.records(), accuracy).map(({ scores }) => scores.map(({ seed }) => seed));
    expect(await run()).toBe(4);
    expect(seeds()).toEqual([[1], [1]]);
    expect(await run(1000)).toBe(2);
    expect(seeds()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(await run(1000)).toBe(0);
  });

  it("are told in the units of the data where the loss has others", async () => {
    const inUnits = (name: string, score: number, rmse: number): StudyRecord[] =>
      [1, 2].map((seed) => ({
        type: "final",
        name,
        values: {},
        seed,
        score,
        seconds: 1,
        rmse: rmse + seed,
        unit: "km",
      }));
    const loss: Objective = { name: "valLoss", direction: "min" };
    const said = (...records: StudyRecord[][]) => finalVerdict(finalResults(records.flat(), loss), loss);
    expect(said(inUnits("default", 0.4, 30), inUnits("trial 1", 0.3, 20))).toMatch(
      /over 2 seeds\. In the data's own units that is an RMSE of 21\.5 against 31\.5 km\.$/,
    );
    expect(said(inUnits("default", 0.2, 10), inUnits("trial 1", 0.3, 20))).toMatch(/an RMSE of 11\.5 km\.$/);
  });

  it("end with what the machine did", async () => {
    const data = tunable(airlinePassengers(), { window: 6, seed: 0 });
    for (const code of ["engine/worker", "engine/thread", "file/write"] as const) {
      const ledger = memoryLedger();
      const build = () => {
        throw new GruvyError(code, "no more");
      };
      const ran = withThreads(1, (groups) =>
        runFinals(ledger, { ...data, build }, [{ name: "default", values: {} }], {
          objective: { name: "valLoss", direction: "min" },
          ...{ lengths: { epochs: 1 }, seeds: [1], groups },
          tuned: (values) => ({ ...data.defaults, ...values, cell: "gru" }),
        }),
      );
      await expect(ran).rejects.toMatchObject({ code });
      expect(ledger.records()).toEqual([]);
    }
  });
});
