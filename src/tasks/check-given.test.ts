import { expect, test } from "vitest";
import { tensor } from "../base/index.ts";
import { airlinePassengers } from "../data/index.ts";
import { checkGiven } from "./check-given.ts";
import { check, compare, evaluate, explain, type FittedModel, train, tunable } from "./index.ts";

const series = { kind: "series", name: "x", source: "made", target: "x", names: ["x"], values: new Float64Array(3) };
const texts = { kind: "texts", name: "x", source: "made", train: { texts: ["a", "b"], labels: ["0", "1"] } };
const part = { x: tensor([[1, 2]]), y: tensor([[1]]) };
const sequences = { kind: "sequences", name: "x", source: "made", task: "regression", train: part, test: part };

const wrong: [object | undefined | string, RegExp][] = [
  [undefined, /Expected data to be an object with a kind, found undefined/],
  ["sales.csv", /Expected data to be an object with a kind, found "sales.csv"/],
  [{ values: [1, 2, 3] }, /kind of data to be "series", "texts" or "sequences", found undefined/],
  [
    { ...series, values: [1, 2, 3] },
    /values of the series to be a Float64Array, found an array of length 3\. .*docs\/tasks\.md/,
  ],
  [{ ...series, name: undefined }, /name of the series to be a text, found undefined/],
  [{ ...series, names: undefined }, /names of the series to be a list of texts/],
  [{ ...series, dates: ["2020"] }, /dates of the series to be 3 texts, one for each value, found an array of length 1/],
  [{ ...texts, train: undefined }, /train of the texts to be an object/],
  [{ ...texts, train: { texts: ["a"], labels: [1] } }, /train\.labels of the texts to be a list of texts/],
  [{ ...texts, test: { texts: ["a"], labels: [] } }, /test\.labels of the texts to be 1, one for each text/],
  [{ ...sequences, task: "x" }, /task of the sequences/],
  [{ ...sequences, train: { x: [[1]], y: part.y } }, /train\.x of the sequences to be a tensor/],
];

test.each(wrong)("data made in code are refused by what they lack: %o", (data, message) => {
  expect(() => checkGiven(data as never)).toThrow(
    expect.objectContaining({ code: "data/type", message: expect.stringMatching(message) }),
  );
});

test("whole ones are taken, and every task looks", async () => {
  for (const data of [series, texts, sequences]) checkGiven(data as never);
  const [bad, refused] = [{ ...series, values: [1] } as never, { code: "data/type" }];
  const fitted = { pipeline: { kind: "series" } } as FittedModel;
  await expect(train(bad)).rejects.toMatchObject(refused);
  await expect(compare(bad)).rejects.toMatchObject(refused);
  await expect(evaluate(fitted, bad)).rejects.toMatchObject(refused);
  await expect(explain(fitted, bad)).rejects.toMatchObject(refused);
  for (const look of [check, tunable]) expect(() => look(bad)).toThrow(expect.objectContaining(refused));
});

test("options that no task has are refused, and signals that are none", async () => {
  await expect(train(airlinePassengers(), { epoch: 2 } as never)).rejects.toThrow(
    /^train has no option "epoch"\. Its options are .*epochs/,
  );
  await expect(compare(airlinePassengers(), { max_words: 2 } as never)).rejects.toThrow(/It is called maxWords here/);
  expect(() => tunable(airlinePassengers(), { cells: [] } as never)).toThrow(/has no option "cells"/);
  const signal = new AbortController() as never;
  await expect(train(airlinePassengers(), { signal })).rejects.toMatchObject({
    code: "usage/option",
    message: "Expected signal to be an AbortSignal, found an object. Of an AbortController give its signal.",
  });
});
