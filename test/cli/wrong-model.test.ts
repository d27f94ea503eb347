// A model that a command cannot take, or options that do not go with it: told by what was typed.

import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeThreads } from "../../src/index.ts";
import { workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
let [data, model] = ["", ""];
afterAll(closeThreads);

beforeAll(async () => {
  [data, model] = [place.path("good.csv"), place.path("good.gruvy")];
  const rows = Array.from({ length: 90 }, (_, i) => `${Math.sin(i / 3).toFixed(4)},some words`).join("\n");
  writeFileSync(data, `level,remark\n${rows}\n`);
  const made = await inProcess(["train", data, "--target", "level", "--epochs", "1", "--units", "2", "--out", model]);
  expect([made.code, made.err]).toEqual([0, expect.anything()]);
});

test.each([
  ["model.keras", [0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0], /found a zip file.*Keras/],
  ["model.h5", [0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10, 0, 0], /found an HDF5 file.*Keras/],
])("%s is told to be of Keras, and what to do", async (name, bytes, message) => {
  const path = place.path(name);
  writeFileSync(path, Uint8Array.from(bytes));
  for (const args of [["export", path], ...["predict", "evaluate", "explain"].map((word) => [word, path, data])]) {
    const { error } = await inProcess(args);
    expect([args[0], error]).toMatchObject([args[0], { code: "file/header", message: expect.stringMatching(message) }]);
    expect(String(error)).toMatch(/gruvy import/);
  }
});

test("evaluate names the option that was typed, not the column of the model", async () => {
  for (const option of ["text", "label"]) {
    const { error } = await inProcess(["evaluate", model, data, `--${option}`, "remark"]);
    expect(error).toMatchObject({
      code: "usage/data-option",
      message: expect.stringMatching(new RegExp(`^The option --${option} does not go with a model .* a series`)),
    });
    expect(String(error)).not.toMatch(/target/);
  }
});
