// What the tests of the tuner share: a small model with two hyperparameters, data, and what a search found.

import { sine, windows } from "../data/index.ts";
import { adam, dense, gru, input, type Model, sequential } from "../model/index.ts";
import type { HyperParameters, Trial } from "./index.ts";

export const data = windows(sine().values.subarray(0, 70), { window: 4 });
export const fit = { validationSplit: 0.25, batchSize: 16 };

export function build(hp: HyperParameters): Model {
  const model = sequential([
    input({ shape: [4, 1] }),
    gru({ units: hp.int("units", { minValue: 2, maxValue: 6 }), dropout: 0.1 }),
    dense({ units: 1 }),
  ]);
  const learningRate = hp.float("learningRate", { minValue: 1e-3, maxValue: 0.1, sampling: "log" });
  model.compile({ optimizer: adam({ learningRate }), loss: "meanSquaredError" });
  return model;
}

/** What must not depend on how often a search was stopped. */
export const table = (trials: readonly Trial[]) =>
  trials.map(({ id, values, status, objective, epochs, from, history }) => ({
    id,
    values,
    status,
    objective,
    epochs,
    from,
    history,
  }));
