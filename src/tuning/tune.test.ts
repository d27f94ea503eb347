import { expect, test } from "vitest";
import { tuneCommand } from "../cli/commands/tune.ts";
import { airlinePassengers, type TextsData } from "../data/index.ts";
import { dense, gru, input, sequential, sgd } from "../model/index.ts";
import { evaluate, train } from "../tasks/index.ts";
import { endings, type Lengths } from "./lengths.ts";
import type { StudyRecord } from "./study/index.ts";
import { memoryLedger } from "./study/index.ts";
import { studyText } from "./study-text.ts";
import { tune } from "./tune.ts";
import type { TuneOptions } from "./tune-options.ts";

const few: TuneOptions = { units: { values: [12, 20] }, finalists: 1, finalSeeds: 1 };

async function tuned(options: TuneOptions) {
  const ledger = memoryLedger();
  const plan: string[] = [];
  const onPlan = (lines: readonly string[]) => plan.push(...lines);
  const result = await tune(airlinePassengers(), { ...few, ...options, openLedger: async () => ledger, onPlan });
  const records = ledger.records();
  const all = <T extends StudyRecord["type"]>(type: T) =>
    records.filter((one): one is Extract<StudyRecord, { type: T }> => one.type === type);
  return { result, records, plan: plan.join("\n"), all };
}

test("trains trials and finals as train would, and shows the best baseline beside the test score", async () => {
  const { result, records, plan, all } = await tuned({ search: "grid" });
  expect(plan).toMatch(/grid: 2 trials, at most 600 epochs, about/);
  expect(plan).toMatch(/1 fresh seed, trained as train would: at most 600 epochs, about/);
  const { fitted, result: compared } = await train(airlinePassengers(), { units: 20, seed: 1 });
  const start = result.finals.find(({ name }) => name === "default");
  const { history, bestEpoch = 0 } = fitted.training;
  const rmse = expect.closeTo(compared.models.find(({ name }) => name === "gru")?.validation.rmse ?? 0, 9);
  expect(start?.scores).toEqual([
    { seed: 1, score: history?.valLoss[bestEpoch - 1], bestEpoch, epochs: 300, rmse, unit: "thousand passengers" },
  ]);
  for (const { id, stopped } of all("completed")) {
    const last = Math.max(...all("epoch").flatMap((one) => (one.id === id ? [one.epoch] : [])));
    if (stopped === undefined) expect(last).toBe(299);
    else expect(stopped).toMatch(/no improvement for 40/);
  }
  const baseline = compared.models.find(({ name }) => name === compared.comparison.baseline);
  expect(result.beside).toMatchObject({ baseline: baseline?.name, scores: baseline?.test });
  expect(studyText(records)).toContain(`${result.beside?.verdict}`);
  expect(result.beside?.verdict).toMatch(/the GRU .*\(the best baseline on the validation part\).*RMSE/i);
  expect(result.verdict).not.toContain("still getting better");
  fitted.model.dispose();
  result.fitted?.model.dispose();
  result.bestTrial?.model.dispose();
});

test("what tune keeps is evaluated on its own data beside the baselines that train shows", async () => {
  const data: TextsData = {
    ...{ kind: "texts", name: "reviews", source: "made" },
    train: {
      texts: Array.from({ length: 60 }, (_, i) => `${i % 2 === 0 ? "good warm" : "bad dull"} film ${i}`),
      labels: Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? "yes" : "no")),
    },
  };
  const ledger = memoryLedger();
  const quick: TuneOptions = { ...few, search: "grid", units: { values: [2, 3] }, maxEpochs: 1 };
  const trained = (await train(data, { epochs: 1, units: 2 })).fitted;
  const expected = await evaluate(trained, data);
  // A study that is over tells what it saw.
  for (let time = 0; time < 2; time++) {
    const { fitted, bestTrial } = await tune(data, { ...quick, openLedger: async () => ledger });
    for (const own of [fitted!, bestTrial!]) {
      const { models, without, which, seen } = await evaluate(own, data);
      expect([without, which, seen]).toEqual([undefined, expected.which, expected.seen]);
      expect(models.slice(1)).toEqual(expected.models.slice(1));
      own.model.dispose();
    }
  }
  expect(expected.models.map(({ name }) => name)).toEqual(["gru", "majority", "naiveBayesLogistic"]);
  trained.model.dispose();
});

test("a trial ends as train would end it, or when nothing is left to learn", async () => {
  const fitted = async (lengths: Lengths, learningRate: number) => {
    const model = sequential([input({ shape: [2, 1] }), gru({ units: 2 }), dense({ units: 1 })]);
    model.compile({ loss: "mse", optimizer: sgd({ learningRate }) });
    const [x, y] = [[[[1], [2]]], [[0]]];
    const { stopped, history } = await model.fit(x, y, {
      epochs: lengths.epochs,
      validationData: [x, y],
      callbacks: endings(lengths),
    });
    model.dispose();
    return [stopped, history.loss.length];
  };
  expect(await fitted({ epochs: 9, asTrain: { epochs: 9, patience: 3 } }, 1e-12)).toEqual([
    expect.stringMatching(/no improvement for 3/),
    4,
  ]);
  expect(await fitted({ epochs: 9, asTrain: { epochs: 9, patience: 3, goal: 10 } }, 0.01)).toEqual(["solved", 1]);
  expect(await fitted({ epochs: 9 }, 1e-12)).toEqual([undefined, 9]);
});

test("trains all epochs that were asked for, and says that more may help where the last was the best", async () => {
  const { result, plan, all } = await tuned({ search: "grid", maxEpochs: 3 });
  expect(plan).toMatch(/grid: 2 trials, 6 epochs, about/);
  expect(all("final").map(({ epochs, bestEpoch }) => [epochs, bestEpoch])).toContainEqual([3, 3]);
  expect(result.verdict).toMatch(
    / (was|were) still getting better when (its|their) 3 epochs were over: more --max-epochs may bring more\.$/,
  );
});

test("a default that diverges leaves a plan without a time, and trials that may not", async () => {
  const learningRate = { minValue: 1e30, maxValue: 1e35 };
  const { result, plan } = await tuned({ search: "random", learningRate, dryRun: true, budget: { trials: 2 } });
  expect(result.ending).toBe("dryRun");
  expect(plan).toMatch(/No time can be estimated, for the default configuration does not train: The loss became/);
  expect(plan).not.toContain("about");
  await expect(tuned({ search: "random", learningRate, budget: { trials: 2 } })).rejects.toMatchObject({
    code: "training/failures",
  });
});

test("a default that is too large for any memory is told in the plan, and others are searched", async () => {
  const { plan } = await tuned({ units: { values: [60_000, 65_000] }, search: "grid", dryRun: true });
  expect(plan).toMatch(/No time can be estimated, for the default configuration does not train: The weight "gru/);
});

test("a time bounds the search and the final trainings, and the same time is not searched again", async () => {
  const ledger = memoryLedger();
  const searched: (number | undefined)[] = [];
  const warned: string[] = [];
  const run = async (seconds: number) => {
    const result = await tune(airlinePassengers(), {
      ...{ ...few, learningRate: { minValue: 1e-4, maxValue: 0.1 }, search: "random", maxEpochs: 2, finalSeeds: 9 },
      ...{ budget: { seconds, trials: 9999 }, openLedger: async () => ledger },
      readLedger: async () => ledger.records(),
      onPlan: (_, plan) => searched.push(plan.seconds),
      onWarning: (text) => warned.push(text),
    });
    for (const one of [result.fitted, result.bestTrial]) one?.model.dispose();
    return result;
  };
  const first = await run(0.3);
  expect(first.ending).toBe("seconds");
  expect(searched[0]).toBeLessThan(0.3);
  const trials = () => ledger.records().filter(({ type }) => type === "trial").length;
  const before = trials();
  expect(await run(0.3)).toMatchObject({ finals: first.finals });
  expect(trials()).toBe(before);
  await run(0.6);
  expect(trials()).toBeGreaterThan(before);
});

test("weights of the winner that are damaged are made anew from its seed", async () => {
  const ledger = memoryLedger();
  const warned: string[] = [];
  const run = async () => {
    const result = await tune(airlinePassengers(), {
      ...{ ...few, search: "grid", maxEpochs: 1, openLedger: async () => ledger },
      onWarning: (text) => warned.push(text),
    });
    for (const one of [result.fitted, result.bestTrial]) one?.model.dispose();
    return result;
  };
  const { finals, test: tested } = await run();
  const all = new Map<string, Uint8Array>();
  for (const name of await ledger.files.list()) {
    if (!name.startsWith("finals/")) continue;
    const bytes = (await ledger.files.read(name))!;
    all.set(name, bytes.slice());
    await ledger.files.write(name, bytes.slice(0, 92));
  }
  const records = ledger.records().length;
  expect(await run()).toMatchObject({ finals, test: tested });
  expect(warned).toEqual([expect.stringMatching(/^The weights of the winner, .*, are missing or damaged: it is/)]);
  expect(ledger.records()).toHaveLength(records);
  const made = [...all].filter(([, bytes]) => bytes.length > 92);
  const same = await Promise.all(
    made.map(async ([name, bytes]) => Buffer.compare(bytes, (await ledger.files.read(name))!)),
  );
  expect(same.filter((one) => one === 0)).toHaveLength(1);
});

test("hyperband's rungs go to 10 epochs, its finals as far as train would", async () => {
  const { result, plan, all } = await tuned({ search: "hyperband", dryRun: true, budget: { trials: 500 } });
  expect(plan).not.toContain("The budget ends");
  const less = await tuned({ search: "hyperband", dryRun: true, budget: { trials: 2, epochs: 9_999 } });
  expect(less.plan).toContain("The budget ends the search after 2 trials, unless it is done before.");
  expect([result.ending, all("trial")]).toEqual(["dryRun", []]);
  expect(plan).toMatch(/round 3: 1 trial to epoch 10/);
  expect(plan).toMatch(/trained as train would: at most 600 epochs/);
});

test("asha's trials are counted as configurations, as the help says; the plan has their promotions", async () => {
  const units = { values: [4, 5, 6, 7] };
  const { plan, all, result } = await tuned({ search: "asha", maxEpochs: 3, units, budget: { trials: 3 } });
  expect(plan).toMatch(/asha: 4 trials/);
  expect(all("trial").map(({ from }) => from === undefined)).toEqual([true, true, true, false]);
  for (const one of [result.fitted, result.bestTrial]) one?.model.dispose();
  expect(tuneCommand().helpInformation().replace(/\s+/g, " ")).toContain(
    "of asha n configurations, whose promotions are",
  );
});

test("a look that a kill cut off is repeated and counts once; what was seen is not looked at again", async () => {
  const ledger = memoryLedger();
  let kills = 1;
  const dying = {
    ...ledger,
    append: async (record: StudyRecord, expected?: number) => {
      if (record.type === "test" && record.scores !== undefined && kills-- > 0) throw new Error("killed");
      return ledger.append(record, expected);
    },
  };
  const options: TuneOptions = { ...few, search: "grid", maxEpochs: 1, openLedger: async () => dying };
  await expect(tune(airlinePassengers(), options)).rejects.toThrow("killed");
  const results = [await tune(airlinePassengers(), options), await tune(airlinePassengers(), options)];
  const looks = ledger.records().filter((one) => one.type === "test");
  expect(looks.map(({ scores }) => scores !== undefined)).toEqual([false, true]);
  expect(results.map((one) => [one.looks, one.test])).toEqual([1, 1].map((count) => [count, looks[1].scores]));
  for (const { fitted, bestTrial } of results) for (const one of [fitted, bestTrial]) one?.model.dispose();
});

test("a default whose final trainings fail leaves a winner; where all fail, that is said", async () => {
  const ledger = memoryLedger();
  const options: TuneOptions = { ...few, search: "grid", maxEpochs: 1, openLedger: async () => ledger };
  const failed = (name: string, values: Extract<StudyRecord, { type: "final" }>["values"]): StudyRecord => ({
    ...{ type: "final", name, values, seed: 1, seconds: 1 },
    ...{ code: "training/not-finite", reason: "The loss became NaN in epoch 1." },
  });
  const before = memoryLedger();
  const stop = {
    ...before,
    append: async (record: StudyRecord, version?: number) => {
      if (record.type === "final") throw new Error("killed");
      return before.append(record, version);
    },
  };
  await expect(tune(airlinePassengers(), { ...options, openLedger: async () => stop })).rejects.toThrow("killed");
  for (const record of before.records()) await ledger.append(record);
  for (const name of await before.files.list()) await ledger.files.write(name, (await before.files.read(name))!);
  await ledger.append(failed("default", { units: 20 }));
  const found = await tune(airlinePassengers(), { ...options, finalists: 2 });
  expect(found.finals.map(({ name }) => name)).toEqual(["trial 0"]);
  expect(found.failedFinals).toMatchObject([{ name: "default", seed: 1, reason: "The loss became NaN in epoch 1." }]);
  expect(found.verdict).toMatch(
    /^Trial 0 has .*\. The default failed from 1 of 1 seed: The loss became NaN in epoch 1\./,
  );
  expect([found.fitted, found.bestTrial]).not.toContain(undefined);
  found.fitted?.model.dispose();
  found.bestTrial?.model.dispose();
  for (const name of await ledger.files.list()) {
    if (name.startsWith("trials/")) await ledger.files.write(name, (await ledger.files.read(name))!.slice(0, 92));
  }
  const warned: string[] = [];
  const again = await tune(airlinePassengers(), {
    ...{ ...options, finalists: 2 },
    onWarning: (text) => warned.push(text),
  });
  expect([again.finals, again.bestTrial]).toEqual([found.finals, undefined]);
  expect(warned).toEqual([
    expect.stringMatching(/^The weights "trials\/\d.*" of the best trial are missing or damaged/),
  ]);
  again.fitted?.model.dispose();

  for (const id of [0, 1]) await before.append(failed(`trial ${id}`, { units: id === 0 ? 12 : 20 }));
  await before.append(failed("default", { units: 20 }));
  const none = await tune(airlinePassengers(), { ...options, finalists: 2, openLedger: async () => before });
  expect([none.fitted, none.finals, none.test]).toEqual([undefined, [], undefined]);
  expect(none.verdict).toMatch(/^All 3 final trainings failed: The loss became NaN/);
  expect(studyText(before.records())).toMatch(/default, seed 1, failed: The loss became NaN.*All 3 final/s);
  none.bestTrial?.model.dispose();
});
