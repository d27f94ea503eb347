// A result as the tasks would write it for a series, made up from a seed: for tests and for looking at a report.

import { cos, normal, random, sin, stream } from "../base/index.ts";
import type { ComparisonResult, ModelName, ModelResult, Scores } from "../tasks/results.ts";
import { common, curve } from "./fixtures-common.ts";

function rmse(truth: readonly number[], forecast: readonly number[]): number {
  return Math.sqrt(truth.reduce((sum, t, i) => sum + (t - forecast[i]) ** 2, 0) / truth.length);
}

function mae(truth: readonly number[], forecast: readonly number[]): number {
  return truth.reduce((sum, t, i) => sum + Math.abs(t - forecast[i]), 0) / truth.length;
}

/** A monthly series with trend and season, like the airline's: three cells and five baselines. */
export function airlineLike(): ComparisonResult {
  const noise = random(3, stream.data);
  const values = Array.from({ length: 144 }, (_, i) => {
    const season = 1 + 0.14 * sin((2 * Math.PI * (i - 3)) / 12) + 0.07 * cos((4 * Math.PI * i) / 12);
    return Math.round((112 + i * 2.05 + 0.006 * i * i) * season * (1 + 0.02 * normal(noise, i)));
  });
  const dates = values.map((_, i) => `${1949 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}`);
  const firstTest = 117;
  const truth = values.slice(firstTest);
  const forecast = (spread: number, bias: number, seed: number) => {
    const r = random(seed, stream.data);
    return truth.map((t, i) => t + bias + spread * normal(r, i));
  };
  const scores = (forecasts: readonly number[]): Scores => ({
    rmse: rmse(truth, forecasts),
    mae: mae(truth, forecasts),
  });
  const validation = (s: Scores, factor: number): Scores => ({ rmse: s.rmse! * factor, mae: s.mae! * factor });
  const baseline = (name: ModelName, parameters: number, predictions: number[], factor: number): ModelResult => {
    const test = scores(predictions);
    return {
      name,
      kind: "baseline",
      parameters,
      seconds: 0.004,
      validation: validation(test, factor),
      test,
      predictions,
    };
  };
  const cell = (name: ModelName, parameters: number, seconds: number, spread: number, seed: number): ModelResult => {
    const predictions = forecast(spread, 2, seed);
    const test = scores(predictions);
    return {
      name,
      kind: "recurrent",
      parameters,
      seconds,
      validation: validation(test, 0.91),
      test,
      predictions,
      seeds: [0, 1, 2].map((s) => ({
        seed: s,
        rmse: test.rmse! * (0.93 + 0.07 * s),
        mae: test.mae! * (0.94 + 0.06 * s),
      })),
      ...curve(180 + 7 * seed, 1.02, 0.12, 0.05, 0.05, seed),
    };
  };
  const models = [
    cell("rnn", 2_651, 3.4, 20.5, 11),
    cell("lstm", 10_451, 9.8, 15.6, 12),
    cell("gru", 8_001, 7.2, 14.4, 13),
    baseline("lastValue", 0, values.slice(firstTest - 1, -1), 0.82),
    baseline("seasonalNaive", 0, values.slice(firstTest - 12, -12), 0.9),
    baseline(
      "drift",
      1,
      values.slice(firstTest - 1, -1).map((v) => v + 2),
      0.83,
    ),
    baseline("ets", 15, forecast(17.4, 3, 21), 0.95),
    baseline("linear", 13, forecast(15.2, 0, 22), 0.93),
  ];
  const linear = models.at(-1)!.test.rmse!;
  const differences = models
    .filter((m) => m.name !== "linear")
    .map((m) => {
      const difference = m.test.rmse! - linear;
      const half = 3.9 + 0.22 * Math.abs(difference);
      return {
        metric: "rmse" as const,
        model: m.name,
        baseline: "linear" as const,
        difference,
        low: difference - half,
        high: difference + half,
      };
    });
  return {
    ...common,
    data: {
      name: "airline-passengers",
      source: "built in",
      kind: "series",
      rows: 144,
      target: "passengers",
      unit: "thousand passengers",
      season: 12,
    },
    split: {
      train: 88,
      validation: 17,
      test: 27,
      how: "In the order of time: the last 20 % of the targets are the test part, the last 15 % of what comes before them the validation part.",
    },
    choices: [
      {
        what: "transform",
        value: "differences of logarithms",
        why: "The spread of the series grows with its level and its mean moves; on the training part the differences of logarithms do neither.",
      },
      { what: "window", value: "12", why: "One season of 12 months, found on the training part." },
      { what: "season", value: "12", why: "The autocorrelation of the differenced training part peaks at 12." },
    ],
    models,
    comparison: differences.find((d) => d.model === "gru")!,
    differences: differences.filter((d) => d.model !== "gru"),
    verdict:
      "The GRU does not beat the linear model: over the last 27 months their errors differ by less than this test part can tell.",
    findings: [
      {
        severity: "warning",
        what: "The series is short: 144 rows.",
        where: "airline-passengers",
        advice:
          "Intervals are wide with so little; trust the order of close models less than their distance to the naive ones.",
      },
      {
        severity: "note",
        what: "The level rises throughout, so that the test part lies above anything seen in training.",
        advice: "Differences or logarithms are needed; they were chosen.",
      },
    ],
    series: { values, dates, firstTest },
    settings: {
      cells: "rnn,lstm,gru",
      units: 50,
      layers: 1,
      horizon: 1,
      epochs: 300,
      batchSize: 16,
      patience: 40,
      learningRate: 0.001,
      seed: 0,
      seeds: 3,
    },
    command: "gruvy compare airline-passengers --seeds 3",
  };
}

export { hostile, reberLike, reviewsLike } from "./fixtures-labels.ts";
