import { describe, expect, test } from "vitest";
import { GruvyError } from "../base/index.ts";
import { adam, dense, embedding, gru, input, type Layer, sequential } from "../model/index.ts";
import { type FittedModel, modelBytes, modelFromBytes } from "./fitted.ts";
import type { SequencesPipeline, SeriesPipeline, TextsPipeline } from "./pipeline.ts";

const scaler = { kind: "standard", mean: [1], deviation: [2] } as const;
const series: SeriesPipeline = {
  kind: "series",
  target: "sold",
  window: 4,
  horizon: 1,
  transform: "asIs",
  input: scaler,
  output: { kind: "minMax", range: [0, 1], min: [1], spread: [2] },
  tail: [1, 2, 3, 4, 5],
};
const texts: TextsPipeline = {
  kind: "texts",
  text: "text",
  label: "label",
  words: ["good", "bad"],
  script: "ascii",
  maxLength: 5,
  truncate: "pre",
  labels: ["no", "yes"],
};
const tokens: SequencesPipeline = {
  kind: "sequences",
  task: "classification",
  features: 0,
  tokens: 4,
  alphabet: ["B", "T", "E"],
  labels: ["a", "b", "c"],
};
const numbers: SequencesPipeline = { kind: "sequences", task: "regression", features: 2, tokens: 0, labels: [] };

const front = {
  series: [input({ shape: [4, 1] }), gru({ units: 2 }), dense({ units: 1 })],
  open: [input({ shape: [null, 1] }), gru({ units: 2 }), dense({ units: 1 })],
  texts: [
    input({ shape: [5] }),
    embedding({ inputDim: 5, outputDim: 2 }),
    gru({ units: 2 }),
    dense({ units: 1, activation: "sigmoid" }),
  ],
  tokens: [embedding({ inputDim: 4, outputDim: 2 }), gru({ units: 2 }), dense({ units: 3, activation: "softmax" })],
  numbers: [input({ shape: [null, 2] }), gru({ units: 2 }), dense({ units: 1 })],
  steps: [input({ shape: [null, 1] }), gru({ units: 1, returnSequences: true })],
} satisfies Record<string, Layer[]>;

async function read(layers: readonly Layer[], pipeline: FittedModel["pipeline"]): Promise<GruvyError | "read"> {
  const model = sequential(layers);
  model.compile({ optimizer: adam(), loss: "meanSquaredError" });
  const file = await modelBytes({ model, pipeline, training: {} });
  model.dispose();
  try {
    (await modelFromBytes(file, "m.gruvy")).model.dispose();
    return "read";
  } catch (error) {
    if (error instanceof GruvyError) return error;
    throw error;
  }
}

test.each([
  ["a series", front.series, series],
  ["a series of any window", front.open, { ...series, window: 9 }],
  ["texts", front.texts, texts],
  ["tokens", front.tokens, tokens],
  ["tokens of which the data had not all", front.tokens, { ...tokens, alphabet: ["B", "T", "E", "X"] }],
  ["numbers", front.numbers, numbers],
] as const)("%s whose parts agree are read", async (_, layers, pipeline) => {
  expect(await read(layers, pipeline)).toBe("read");
});

describe("under right checksums", () => {
  test.each<[string, Layer[], FittedModel["pipeline"], string, string]>([
    [
      "a window",
      front.series,
      { ...series, window: 5 },
      "model/pipeline",
      "Expected 4 as window in the preprocessing of m.gruvy, as its model takes, found 5",
    ],
    [
      "a scaler of more columns",
      front.series,
      { ...series, input: { kind: "standard", mean: [1, 2], deviation: [1, 2] } },
      "model/pipeline",
      "a scaler of one column as input",
    ],
    [
      "another scaler of more columns",
      front.series,
      { ...series, output: { kind: "minMax", range: [0, 1], min: [1, 2, 3], spread: [1, 2, 3] } },
      "model/pipeline",
      "a scaler of one column as output",
    ],
    ["a series for tokens", front.tokens, series, "model/pipeline", "one that makes tokens as kind"],
    [
      "a series for several columns",
      front.numbers,
      series,
      "model/pipeline",
      "one that makes sequences of 2 numbers as kind",
    ],
    ["a word too few", front.texts, { ...texts, words: ["good"] }, "model/pipeline", "Expected 2 words as words"],
    ["a word too many", front.texts, { ...texts, words: ["a", "b", "c"] }, "model/pipeline", "found 3"],
    ["a word twice", front.texts, { ...texts, words: ["a", "a"] }, "model/pipeline", "no text twice as words"],
    ["texts of another length", front.texts, { ...texts, maxLength: 6 }, "model/pipeline", "Expected 5 as maxLength"],
    ["texts for numbers", front.numbers, texts, "model/pipeline", "as kind"],
    ["a class too many", front.texts, { ...texts, labels: ["a", "b", "c"] }, "model/outputs", "Expected 3 outputs"],
    ["a class too few", front.tokens, { ...tokens, labels: ["a", "b"] }, "model/outputs", "Expected 1 outputs"],
    [
      "a class twice",
      front.tokens,
      { ...tokens, labels: ["a", "b", "a"] },
      "model/pipeline",
      "no text twice as labels",
    ],
    ["tokens too many", front.tokens, { ...tokens, tokens: 5 }, "model/pipeline", "Expected 4 as tokens"],
    ["numbers for tokens", front.tokens, { ...numbers, features: 1 }, "model/pipeline", "Expected 4 as tokens"],
    ["tokens for numbers", front.numbers, tokens, "model/pipeline", "Expected 0 as tokens"],
    ["features too many", front.numbers, { ...numbers, features: 3 }, "model/pipeline", "Expected 2 as features"],
    [
      "symbols too few",
      front.tokens,
      { ...tokens, alphabet: ["B"] },
      "model/pipeline",
      "Expected 3 symbols as alphabet",
    ],
    [
      "a symbol twice",
      front.tokens,
      { ...tokens, alphabet: ["B", "B", "E"] },
      "model/pipeline",
      "no text twice as alphabet",
    ],
    ["classes of numbers", front.numbers, { ...numbers, labels: ["a"] }, "model/pipeline", "as labels"],
    ["an answer at each step", front.steps, series, "model/outputs", "found steps x 1"],
  ])("%s is refused by name", async (_, layers, pipeline, code, said) => {
    const error = await read(layers, pipeline);
    expect(error === "read" ? error : [error.code, error.message]).toEqual([code, expect.stringContaining(said)]);
  });

  test("a scaler of a million columns", async () => {
    const many = Array<number>(1e6).fill(1);
    const error = await read(front.series, { ...series, input: { kind: "standard", mean: many, deviation: many } });
    expect(error).toMatchObject({ code: "model/pipeline" });
  });
});
