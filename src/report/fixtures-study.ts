// A study as the tuner would leave it, made up from a seed: for tests and for looking at its page.

import { normal, random, stream } from "../base/index.ts";
import type { StudyResult } from "../tuning/results.ts";

type Trial = StudyResult["trials"][number];

/** Two brackets of a Hyperband search over five hyperparameters, one trial failed, three trained anew. */
export function studyLike(): StudyResult {
  const noise = random(5, stream.data);
  const trials: Trial[] = [];
  const add = (bracket: number, round: number, from: number | undefined, epochs: number): void => {
    const id = trials.length;
    const before = from === undefined ? undefined : trials[from];
    const values = before?.values ?? {
      cell: id % 3 === 0 ? "lstm" : "gru",
      units: 32 * (1 + noise.below(4 * id, 16)),
      learningRate: 10 ** (-4 + 3 * noise.uniform(4 * id + 1)),
      ...(id % 3 === 0 ? {} : { resetAfter: id % 2 === 0 }),
    };
    const initialEpoch = before?.epochs ?? 0;
    const quality = 0.88 - 0.03 * (Math.log10(Number(values.learningRate)) + 2.5) ** 2;
    const history = Array.from({ length: epochs - initialEpoch }, (_, i) => {
      const epoch = initialEpoch + i;
      const valAccuracy =
        0.5 + (quality - 0.5) * (1 - 0.5 ** (epoch + 1)) + 0.01 * normal(noise, 1000 + 40 * id + epoch);
      return { epoch, logs: { loss: 0.5, valAccuracy } };
    });
    const common = {
      id,
      values,
      epochs,
      initialEpoch,
      from,
      rung: { bracket, round },
      seconds: 2,
      attempts: 1,
      leases: [],
      losses: 0,
    };
    if (id === 4) {
      trials.push({ ...common, status: "failed", history: [], reason: "The loss became NaN in epoch 1", code: "x" });
      return;
    }
    const best = history.reduce((a, b) => (b.logs.valAccuracy > a.logs.valAccuracy ? b : a));
    trials.push({
      ...common,
      status: "completed",
      history,
      objective: best.logs.valAccuracy,
      score: -best.logs.valAccuracy,
      bestEpoch: best.epoch,
    });
  };
  for (let i = 0; i < 9; i++) add(0, 0, undefined, 1);
  for (const from of [1, 2, 3]) add(0, 1, from, 3);
  add(0, 2, 9, 9);
  for (let i = 0; i < 5; i++) add(1, 0, undefined, 3);
  for (const from of [13, 14]) add(1, 1, from, 9);
  const start = { cell: "gru", units: 128, learningRate: 0.001, resetAfter: true };
  const final = (name: string, values: Trial["values"], mean: number) => ({
    name,
    values,
    scores: [1, 2, 3].map((seed) => ({ seed, score: mean + 0.004 * (seed - 2) })),
    mean,
    low: mean - 0.01,
    high: mean + 0.01,
  });
  return {
    space: [
      { kind: "choice", name: "cell", default: "gru", values: ["gru", "lstm"], conditions: [] },
      {
        kind: "int",
        name: "units",
        default: 128,
        minValue: 32,
        maxValue: 512,
        sampling: "linear",
        values: Array.from({ length: 16 }, (_, i) => 32 * (i + 1)),
        conditions: [],
      },
      {
        kind: "float",
        name: "learningRate",
        default: 1e-3,
        minValue: 1e-4,
        maxValue: 0.1,
        sampling: "log",
        conditions: [],
      },
      {
        kind: "boolean",
        name: "resetAfter",
        default: true,
        values: [false, true],
        conditions: [{ parent: "cell", values: ["gru"] }],
      },
      { kind: "fixed", name: "batchSize", default: 64, values: [64], conditions: [] },
    ],
    objective: { name: "valAccuracy", direction: "max" },
    searcher: { name: "hyperband", maxEpochs: 9, factor: 3, hyperbandIterations: 1, sampler: "random" },
    seed: 0,
    epochs: 9,
    about: { data: "3f2a", maxLength: 200 },
    date: "2026-11-26T07:15:00.000Z",
    trials,
    ended: "done",
    importance: {
      explained: 0.45,
      configurations: 14,
      parameters: [
        { name: "learningRate", lost: 0.61 },
        { name: "units", lost: 0.04 },
        { name: "cell", lost: 0.01 },
        { name: "resetAfter", lost: -0.01 },
      ],
    },
    failedFinals: [],
    finals: [
      final("trial 12", trials[12].values, 0.874),
      final("default", start, 0.861),
      final("trial 18", trials[18].values, 0.86),
    ],
    verdict:
      "trial 12 has a validation accuracy of 0.874, the default 0.861: the difference is noise (difference 0.013, 95 % -0.002 to 0.028 over 3 seeds, which includes zero).",
    test: {
      name: "trial 12",
      seed: 2,
      looks: 1,
      scores: { accuracy: 0.8712, loss: 0.31 },
      beside: {
        baseline: "naiveBayesLogistic",
        scores: { accuracy: 0.8831, loss: 0.29 },
        verdict: "No difference can be claimed between the GRU and logistic regression on words and word pairs.",
      },
    },
  };
}

/** A part of it, with a hostile text in every place where a name, a value or a reason stands. */
export function hostileStudy(text: string): StudyResult {
  const whole = studyLike();
  const kept = ["cell", "units"];
  const result: StudyResult = {
    ...whole,
    space: whole.space.filter(({ name }) => name !== "learningRate"),
    trials: whole.trials.slice(2, 6).map((trial) => ({
      ...trial,
      values: Object.fromEntries(Object.entries(trial.values).filter(([name]) => kept.includes(name))),
    })),
  };
  const key = (name: string): string => (name === "cell" ? text : name);
  const renamed = <T>(record: Readonly<Record<string, T>>, value: (one: T) => T): Record<string, T> =>
    // As JSON.parse would: own properties, also with names that an assignment would take for more.
    Object.fromEntries(Object.entries(record).map(([name, one]) => [key(name), value(one)]));
  const values = (of: Trial["values"]): Trial["values"] => renamed(of, (one) => (one === "gru" ? text : one));
  return {
    ...result,
    space: result.space.map((one) => ({
      ...one,
      name: key(one.name),
      default: one.default === "gru" ? text : one.default,
      values: one.values?.map((value) => (value === "gru" ? text : value)),
      conditions: one.conditions.map(({ parent }) => ({ parent: key(parent), values: [text] })),
    })),
    objective: { name: text, direction: "max" },
    searcher: { ...result.searcher, name: text, sampler: text },
    about: { [text]: text },
    date: text,
    trials: result.trials.map((trial) => ({
      ...trial,
      values: values(trial.values),
      history: trial.history.map(({ epoch, logs }) => ({
        epoch,
        logs: Object.fromEntries(
          Object.entries(logs).map(([name, one]) => [name === "valAccuracy" ? text : name, one]),
        ),
      })),
      reason: trial.reason && text,
    })),
    ended: text,
    importance: {
      explained: 0.4,
      configurations: 14,
      parameters: [text, "units"].map((name) => ({ name, lost: 0.2 })),
    },
    failedFinals: [{ name: text, values: {}, seed: 1, reason: text }],
    finals: result.finals.map((one, i) => ({ ...one, name: i === 0 ? text : one.name, values: values(one.values) })),
    verdict: text,
    test: {
      name: text,
      seed: 2,
      looks: 1,
      scores: Object.fromEntries([[text, 0.5]]),
      beside: { baseline: text, scores: Object.fromEntries([[text, 0.5]]), verdict: text },
    },
  };
}
