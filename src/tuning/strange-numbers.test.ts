import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sine, windows } from "../data/index.ts";
import { dense, gru, input, lambdaCallback, sequential } from "../model/index.ts";
import { gridSearch, type HyperParameters } from "./index.ts";

const data = windows(sine().values.subarray(0, 70), { window: 4 });

function build(hp: HyperParameters) {
  const units = hp.int("units", { minValue: 2, maxValue: 5 });
  const model = sequential([input({ shape: [4, 1] }), gru({ units }), dense({ units: 1 })]);
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  return model;
}

/** What a callback adds to the numbers of an epoch, in the order of the trials. */
async function searched(name: string, given: readonly unknown[], folder?: string) {
  let trial = 0;
  const options = folder === undefined ? {} : { directory: folder, projectName: "p" };
  const tuner = gridSearch(build, { objective: { name, direction: "max" }, ...options });
  await tuner.search(data, {
    validationSplit: 0.25,
    epochs: 1,
    callbacks: () => [lambdaCallback({ onEpochEnd: (_, logs) => void Object.assign(logs, { z: given[trial++] }) })],
  });
  return tuner;
}

it("fails a trial whose objective is no finite number, and ranks the others", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-strange-"));
  try {
    for (const where of [undefined, folder]) {
      const tuner = await searched("z", [Number.NaN, 2, "high", 4], where);
      const trials = await tuner.trials();
      expect(trials.map(({ status, code }) => [status, code])).toEqual([
        ["failed", "training/not-finite"],
        ["completed", undefined],
        ["failed", "training/not-finite"],
        ["completed", undefined],
      ]);
      const [best] = await tuner.getBestHyperparameters();
      expect(best.values).toEqual(trials[3].values);
      expect(trials[0].reason).toMatch(/^Expected a finite number for the objective "z", found NaN in epoch 1/);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("leaves other numbers that are not finite out of the study", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-strange-"));
  try {
    const trials = await (await searched("valLoss", [Number.NaN, "x", 1, 2], folder)).trials();
    expect(trials.map(({ status, history }) => [status, history[0].logs.z])).toEqual([
      ["completed", undefined],
      ["completed", undefined],
      ["completed", 1],
      ["completed", 2],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
