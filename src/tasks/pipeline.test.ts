import { expect, test } from "vitest";
import { GruvyError } from "../base/index.ts";
import { type Pipeline, readPipeline } from "./pipeline.ts";

const scaler = { kind: "standard", mean: [1], deviation: [2] } as const;
const series: Pipeline = {
  kind: "series",
  target: "passengers",
  window: 12,
  horizon: 1,
  transform: "logDifference",
  season: 12,
  input: scaler,
  output: scaler,
  unit: undefined,
  tail: [1, 2, 3],
  tailDates: ["1960-10", "1960-11", "1960-12"],
};
const texts: Pipeline = {
  kind: "texts",
  text: "review",
  label: "label",
  words: ["the", "a"],
  script: "ascii",
  maxLength: 200,
  truncate: "pre",
  labels: ["0", "1"],
};
const sequences: Pipeline = {
  kind: "sequences",
  task: "classification",
  features: 0,
  tokens: 8,
  alphabet: ["B", "T"],
  labels: ["T", "P"],
};

test("what is written is read", () => {
  for (const pipeline of [series, texts, sequences]) {
    expect(readPipeline(JSON.parse(JSON.stringify(pipeline)), "m.gruvy")).toEqual(pipeline);
  }
});

test("each part that is not as it should be is named", () => {
  const broken: [unknown, RegExp][] = [
    [null, /saved without preprocessing/],
    [[], /an object as the whole/],
    [{}, /one of series, texts, sequences as kind .* found undefined/],
    [{ __proto__: series }, /as kind/],
    [{ ...series, window: 0 }, /window/],
    [{ ...series, window: 1.5 }, /window/],
    [{ ...series, transform: "constructor" }, /"constructor"/],
    [{ ...series, transform: "seasonalDifference", season: undefined }, /season/],
    [{ ...series, tail: [1, "2"] }, /tail/],
    [{ ...series, tailDates: [1] }, /tailDates/],
    [{ ...series, input: { kind: "standard", mean: [0], deviation: [-1] } }, /scaler/],
    [{ ...series, output: undefined }, /scaler/],
    [{ ...texts, labels: ["1"] }, /labels/],
    [{ ...texts, truncate: "middle" }, /truncate/],
    [{ ...texts, words: "the" }, /words/],
    [{ ...sequences, tokens: -1 }, /tokens/],
    [{ ...sequences, task: "ranking" }, /task/],
  ];
  for (const [value, message] of broken) {
    expect(() => readPipeline(value, "m.gruvy")).toThrow(GruvyError);
    expect(() => readPipeline(value, "m.gruvy")).toThrow(message);
  }
});
