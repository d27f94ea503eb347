// Results as the tasks would write them for texts and sequences with labels: for tests and for looking at a report.

import type { ComparisonResult, ModelName, ModelResult } from "../tasks/results.ts";
import { common, curve } from "./fixtures-common.ts";

/** Film reviews of two classes, the cells compared at several sizes of the training part. */
export function reviewsLike(): ComparisonResult {
  const cell = (name: ModelName, parameters: number, seconds: number, accuracy: number, seed: number): ModelResult => ({
    name,
    kind: "recurrent",
    parameters,
    seconds,
    validation: { accuracy: accuracy + 0.006, loss: 1.35 * (1 - accuracy) + 0.14 },
    test: { accuracy, loss: 1.35 * (1 - accuracy) + 0.15 },
    history: {
      loss: [0.55, 0.31, 0.2, 0.12, 0.07].map((v) => v + (1 - accuracy) * 0.8),
      valLoss: [0.42, 0.33, 0.35, 0.42, 0.51].map((v, i) => v + (1 - accuracy) * 0.5 + 0.004 * seed * i),
      accuracy: [0.7, 0.87, 0.92, 0.957, 0.975].map((v) => v - (1 - accuracy) * 0.6),
      valAccuracy: [0.82, 0.865, 0.868, 0.86, 0.855].map((v) => v + accuracy - 0.866),
    },
    bestEpoch: 2,
  });
  const models: ModelResult[] = [
    cell("rnn", 1_313_025, 41.2, 0.664, 1),
    cell("lstm", 1_411_713, 128.4, 0.868, 2),
    cell("gru", 1_379_201, 102.9, 0.879, 3),
    {
      name: "majority",
      kind: "baseline",
      parameters: 0,
      seconds: 0.001,
      validation: { accuracy: 0.503, loss: 0.69 },
      test: { accuracy: 0.5, loss: 0.69 },
    },
    {
      name: "naiveBayesLogistic",
      kind: "baseline",
      parameters: 1_204_331,
      seconds: 9.6,
      validation: { accuracy: 0.912, loss: 0.2371 },
      test: { accuracy: 0.9103, loss: 0.2402 },
    },
  ];
  const difference = (model: ModelName, value: number) => ({
    metric: "accuracy" as const,
    model,
    baseline: "naiveBayesLogistic" as const,
    difference: value,
    low: value - 0.0041,
    high: value + 0.0042,
  });
  const worst = [
    [
      "I went in with no expectations whatsoever and came out wanting to tell everyone how much I disliked the first hour, which is a pity, because what follows is the best thing this director has done.",
      "positive",
      "negative",
      0.998,
    ],
    [
      "A masterpiece of boredom. Superb photography, wonderful actors, a marvellous score, and not one minute in which I cared.",
      "negative",
      "positive",
      0.997,
    ],
    [
      "Bad? Awful? Terrible? Those were the words of the friends who warned me. They were wrong on every count.\nSee it.",
      "positive",
      "negative",
      0.995,
    ],
    [
      "If you love the book you will find everything here that you love, and it is all dead.",
      "negative",
      "positive",
      0.991,
    ],
    [
      'Not <i>Citizen Kane</i>, not even close, & never trying to be. It\'s "only" fun; that is a great deal.',
      "positive",
      "negative",
      0.988,
    ],
    ["The trailer promised a comedy. The comedy is the trailer.", "negative", "positive", 0.983],
  ].map(
    ([text, truth, predicted, probability]) =>
      ({ text, truth, predicted, probability }) as {
        text: string;
        truth: string;
        predicted: string;
        probability: number;
      },
  );
  return {
    ...common,
    data: {
      name: "imdb-train.csv.gz",
      source: "data/imdb-train.csv.gz",
      kind: "texts",
      rows: 25_000,
      labels: ["negative", "positive"],
    },
    split: {
      train: 20_000,
      validation: 5_000,
      test: 25_000,
      how: "The test part is the file given with --test; a fifth of the other rows, drawn with the seed, is the validation part.",
    },
    choices: [
      {
        what: "words",
        value: "10,000",
        why: "The most frequent words of the training part; 3.1 % of the words of the test part are unknown.",
      },
      { what: "length", value: "200", why: "The last 200 words of a text are kept; 62 % of the texts are shorter." },
    ],
    models,
    comparison: difference("gru", 0.879 - 0.9103),
    differences: [
      difference("rnn", 0.664 - 0.9103),
      difference("lstm", 0.868 - 0.9103),
      difference("majority", 0.5 - 0.9103),
    ],
    verdict:
      "The logistic regression on words beats the GRU: its accuracy on the test part is higher by 3.1 points (95 %: 2.7 to 3.5).",
    findings: [
      {
        severity: "note",
        what: "123 texts occur in both the training and the test part.",
        where: "rows 17, 242, 391 and 120 more of the test file",
        advice:
          "They were left in, as the published split has them; without them the accuracies change by less than 0.1 points.",
      },
    ],
    truth: [0, 1, 1, 0],
    confusion: [
      [10_811, 1_689],
      [1_336, 11_164],
    ],
    worst,
    vary: {
      what: "rows",
      metric: "accuracy",
      sizes: [1_250, 2_500, 5_000, 10_000, 20_000],
      scores: {
        rnn: [0.521, 0.548, 0.583, 0.631, 0.664],
        lstm: [0.646, 0.734, 0.802, 0.845, 0.868],
        gru: [0.663, 0.751, 0.817, 0.856, 0.879],
        majority: [0.5, 0.5, 0.5, 0.5, 0.5],
        naiveBayesLogistic: [0.842, 0.866, 0.884, 0.899, 0.9103],
      },
    },
    settings: {
      cells: "rnn,lstm,gru",
      units: 128,
      layers: 1,
      embedding: 128,
      epochs: 5,
      batchSize: 64,
      maxWords: 10_000,
      maxLength: 200,
      truncate: "pre",
      seed: 0,
      seeds: 1,
    },
    command:
      "gruvy compare data/imdb-train.csv.gz --text review --label label --test data/imdb-test.csv.gz --vary rows",
  };
}

/** The embedded Reber grammar: symbols in, one of two classes out. */
export function reberLike(): ComparisonResult {
  const cell = (name: ModelName, parameters: number, accuracy: number, seed: number): ModelResult => ({
    name,
    kind: "recurrent",
    parameters,
    seconds: 2 + seed,
    validation: { accuracy, loss: 0.7 * (1 - accuracy) + 0.001 },
    test: { accuracy, loss: 0.7 * (1 - accuracy) + 0.001 },
    ...curve(30, 0.7, 0.7 * (1 - accuracy) + 0.001, 0, 0.04, seed),
  });
  return {
    ...common,
    data: { name: "reber", source: "built in", kind: "sequences", rows: 2_000, labels: ["P", "T"] },
    split: { train: 1_360, validation: 240, test: 400, how: "Drawn with the seed." },
    choices: [],
    models: [
      cell("rnn", 2_801, 0.5625, 1),
      cell("lstm", 10_901, 1, 2),
      cell("gru", 8_351, 1, 3),
      {
        name: "majority",
        kind: "baseline",
        parameters: 0,
        seconds: 0,
        validation: { accuracy: 0.51 },
        test: { accuracy: 0.49 },
      },
      {
        name: "linear",
        kind: "baseline",
        parameters: 561,
        seconds: 0.02,
        validation: { accuracy: 0.56 },
        test: { accuracy: 0.555 },
      },
    ],
    comparison: { metric: "accuracy", model: "gru", baseline: "linear", difference: 0.445, low: 0.395, high: 0.4925 },
    verdict:
      "The GRU beats the linear model: its accuracy on the test part is higher by 44.5 points (95 %: 39.5 to 49.2).",
    findings: [],
    truth: [0, 1],
    confusion: [
      [204, 0],
      [0, 196],
    ],
    settings: { cells: "rnn,lstm,gru", units: 50, epochs: 30, batchSize: 32, length: 30, seed: 0, seeds: 1 },
    command: "gruvy compare reber --length 30",
  };
}

/** A small result that holds the same text wherever text of the data, a file or a setting can stand. */
export function hostile(payload: string): ComparisonResult {
  const texts = reviewsLike();
  const name = payload as ModelName;
  const values = [1, 3, 2, 4, 3, 5];
  const odd: ModelResult = {
    ...texts.models[2],
    name,
    test: { rmse: 0.7, mae: 0.5 },
    validation: { rmse: 0.6 },
    predictions: [3, 5],
    history: { loss: [2, 1], valLoss: [2, 1.5] },
    seeds: [0, 1].map((seed) => ({ seed, rmse: 0.7 })),
  };
  return {
    ...texts,
    data: {
      ...texts.data,
      name: payload,
      source: payload,
      target: payload,
      unit: payload,
      labels: [payload, `${payload} `],
    },
    split: { ...texts.split, how: payload },
    choices: [{ what: payload, value: payload, why: payload }],
    models: [{ ...texts.models[4], test: { rmse: 0.8, mae: 0.6 } }, odd],
    comparison: { ...texts.comparison, metric: "rmse", model: name },
    differences: [],
    verdict: payload,
    findings: [{ severity: "error", what: payload, where: payload, advice: payload }],
    series: { values, dates: values.map(() => payload), firstTest: 4 },
    worst: [{ text: payload, truth: payload, predicted: payload, probability: 0.9 }],
    vary: {
      what: "rows",
      metric: "rmse",
      sizes: [10, 20],
      scores: { naiveBayesLogistic: [0.1, 0.2], [name]: [0.3, 0.4] },
    },
    settings: { [`${payload} `]: payload, seed: payload },
    versions: { gruvy: payload, node: payload, engine: payload },
    command: payload,
    date: payload,
    report: payload,
  };
}
