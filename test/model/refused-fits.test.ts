// What `fit` says of data and options that make no sense, and what is left of a training that never began.

import { expect, test } from "vitest";
import { dense, embedding, gru, input, sequential } from "../../src/model/index.ts";
import { counted, still } from "./small.ts";

const { x, y } = counted(4);

test("a signal that is none is refused", async () => {
  for (const signal of [new AbortController(), {}] as never[]) {
    await expect(still().fit(x, y, { signal })).rejects.toMatchObject({
      code: "usage/option",
      message: "Expected signal to be an AbortSignal, found an object. Of an AbortController give its signal.",
    });
  }
});

test("data that are no numbers are named by their letter", async () => {
  const refused = (letter: string) => ({
    code: "data/not-a-number",
    message: expect.stringMatching(`^${letter}: Expected a number at \\[1\\].*, found null`),
  });
  await expect(still().fit(x, [1, null, 2, 3] as never)).rejects.toMatchObject(refused("y"));
  await expect(still().fit([[1], [null], [2], [3]] as never, y)).rejects.toMatchObject(refused("x"));
});

test("what is no token is told apart from one that is too large", async () => {
  const model = sequential([embedding({ inputDim: 9, outputDim: 2 }), gru({ units: 2 }), dense({ units: 1 })]);
  model.compile({ loss: "mse" });
  for (const token of [2.5, -1]) {
    await expect(model.predict([[1, token]])).rejects.toThrow(/found (2\.5|-1) .*Tokens are whole numbers from 0/);
  }
  await expect(model.predict([[1, 9]])).rejects.toThrow(/Raise inputDim of the embedding/);
});

test("a training that ended before its first epoch has a list of none for every number", async () => {
  const signal = AbortSignal.abort();
  const model = sequential([input({ shape: [1] }), dense({ units: 1 })]);
  model.compile({ loss: "mse", metrics: ["mae"] });
  const { history, stopped } = await model.fit(x, y, { signal, validationSplit: 0.25 });
  expect([history.loss.length, stopped]).toEqual([0, "signal"]);
  const { history: whole } = await model.fit(x, y, { validationSplit: 0.25 });
  expect(Object.keys(history)).toEqual(Object.keys(whole));
});

test("names that are spelt as elsewhere are told", () => {
  const compiled = (options: object) => () => still().compile(options as never);
  expect(compiled({ loss: "mean_squared_error" })).toThrow(/It is called meanSquaredError here/);
  expect(compiled({ loss: "mse", optimizer: "Adam" })).toThrow(/It is called adam here/);
  expect(() => dense({ units: 1, kernelInitializer: "glorot_uniform" as never })).toThrow(/It is called glorotUniform/);
  expect(() => dense({ units: 1, activation: "ReLU" as never })).toThrow(/It is called relu here/);
});

test("a cross entropy below zero is a finding", async () => {
  const model = sequential([input({ shape: [1] }), dense({ units: 1, activation: "sigmoid" })]);
  model.compile({ loss: "binaryCrossentropy", optimizer: "sgd" });
  const { findings } = await model.fit(x, [[4], [5], [6], [7]], { epochs: 5, batchSize: 1 });
  expect(findings.join()).toMatch(/which no cross entropy is: look whether all targets are from 0 to 1/);
});
