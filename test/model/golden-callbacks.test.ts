import { describe, expect, test } from "vitest";
import { newHistory } from "../../src/model/history.ts";
import {
  type Callback,
  earlyStopping,
  reduceLrOnPlateau,
  type Sequential,
  type Trainer,
} from "../../src/model/index.ts";
import { golden } from "../golden/load.ts";
import type { EarlyStoppingCase, PlateauCase } from "../golden/records.ts";
import { options } from "./keras.ts";

const cases = golden("callbacks");

/** Runs a callback through epochs with these values, as `fit` would; the model's weights are the epoch's number. */
async function run(callback: Callback, monitor: string, values: readonly number[], learningRate = 0.1) {
  let epoch = -1;
  let stopped = false;
  let restored: unknown = null;
  const model = {
    getWeights: async () => [epoch],
    setWeights: async (weights: unknown) => {
      [restored] = weights as readonly number[];
    },
  };
  const trainer: Trainer = {
    resumed: false,
    epochs: 1,
    history: newHistory(),
    getState: () => Promise.reject(new Error("no state here")),
    model: model as unknown as Sequential,
    stop: () => {
      stopped = true;
    },
    learningRate,
  };
  const rates: number[] = [];
  await callback.onTrainBegin?.(trainer);
  for (const value of values) {
    epoch++;
    await callback.onEpochEnd?.(epoch, { [monitor]: value }, trainer);
    rates.push(trainer.learningRate);
    if (stopped) break;
  }
  await callback.onTrainEnd?.(trainer);
  return { epochs: epoch + 1, stopped, restored, rates };
}

describe("earlyStopping", () => {
  const stops = cases.filter((record): record is EarlyStoppingCase => record.className === "EarlyStopping");
  test.each(stops)("$name", async (record) => {
    // Ours restores the best weights unless told otherwise.
    const config = { restoreBestWeights: false, ...options(record.config) };
    const callback = earlyStopping(config);
    const found = await run(callback, (config as { monitor?: string }).monitor ?? "valLoss", record.values);
    expect(found.epochs).toBe(record.epochs);
    expect(found.stopped).toBe(record.stopped);
    expect(callback.bestEpoch).toBe(record.bestEpoch);
    expect(found.restored).toBe(record.restoredEpoch);
  });

  test("restores the best weights by default, and starts anew with each training", async () => {
    const callback = earlyStopping({ patience: 1 });
    for (const values of [
      [3, 1, 2, 0],
      [9, 8, 7, 8],
    ]) {
      const found = await run(callback, "valLoss", values);
      expect(found.restored).toBe(callback.bestEpoch);
    }
    expect(callback.bestEpoch).toBe(2);
  });

  test("a number that is never finite leaves the first weights", async () => {
    const callback = earlyStopping({ patience: 2 });
    const found = await run(callback, "valLoss", [Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
    expect(found).toMatchObject({ epochs: 2, stopped: true, restored: 0 });
  });
});

describe("reduceLrOnPlateau", () => {
  const plateaus = cases.filter((record): record is PlateauCase => record.className === "ReduceLROnPlateau");
  test.each(plateaus)("$name", async (record) => {
    const config = options(record.config);
    const callback = reduceLrOnPlateau(config);
    const monitor = (config.monitor as string | undefined) ?? "valLoss";
    const { rates } = await run(callback, monitor, record.values, record.learningRate);
    rates.forEach((rate, epoch) => {
      expect(Math.abs(rate / record.learningRates[epoch] - 1), `after epoch ${epoch}`).toBeLessThan(1e-8);
    });
  });
});

describe("what callbacks refuse", () => {
  test("a number that is not there", async () => {
    for (const callback of [earlyStopping(), reduceLrOnPlateau(), earlyStopping({ monitor: "toString" })]) {
      await expect(run(callback, "loss", [1])).rejects.toMatchObject({ code: "training/monitor" });
    }
    await expect(run(earlyStopping(), "loss", [1])).rejects.toThrow("validationSplit");
  });

  test.each([
    { patience: -1 },
    { patience: 1.5 },
    { minDelta: Number.NaN },
    { mode: "largest" },
    { startFromEpoch: "1" },
    { factor: 1 },
    { factor: -0.1 },
    { cooldown: -1 },
    { minLr: Number.NaN },
    { monitor: 5 },
    { baseline: Number.NaN },
  ])("%o", (given) => {
    const make = "factor" in given || "cooldown" in given || "minLr" in given ? reduceLrOnPlateau : earlyStopping;
    expect(() => make(given as never)).toThrow(expect.objectContaining({ name: "GruvyError" }));
  });
});
