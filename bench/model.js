// The model of a workload, and what it is given.

import { classifies, readsTokens } from "./workloads.js";

/** @typedef {typeof import("../dist/index.js")} Gruvy */
/** @typedef {import("./workloads.js").Workload} Workload */

export function modelOf(/** @type {Gruvy} */ gruvy, /** @type {Workload} */ work) {
  const cells = { rnn: gruvy.simpleRnn, lstm: gruvy.lstm, gru: gruvy.gru };
  const { units, dropout = 0, recurrentDropout = 0 } = work;
  const layers = work.cells.map((cell, i) =>
    cells[cell]({ units, dropout, recurrentDropout, returnSequences: i < work.cells.length - 1 }),
  );
  if (readsTokens(work)) {
    layers.unshift(
      gruvy.embedding({ inputDim: work.vocabulary, outputDim: work.inputs, maskZero: work.mask ?? false }),
    );
  } else {
    layers.unshift(gruvy.input({ shape: [work.steps, work.inputs] }));
  }
  layers.push(gruvy.dense({ units: 1, activation: classifies(work) ? "sigmoid" : "linear" }));
  return gruvy.sequential(layers);
}

export function compiledModel(/** @type {Gruvy} */ gruvy, /** @type {Workload} */ work) {
  const model = modelOf(gruvy, work);
  const metrics = classifies(work) ? ["accuracy"] : [];
  model.compile({ optimizer: "adam", loss: classifies(work) ? "binaryCrossentropy" : "meanSquaredError", metrics });
  return model;
}

/** How `fit` is called, but for epochs. */
export const fitOptions = (/** @type {Workload} */ work) => ({
  batchSize: work.batch,
  validationSplit: work.validationSplit ?? 0,
});

/** The first rows of its inputs. */
export function firstRows(
  /** @type {Gruvy} */ gruvy,
  /** @type {Awaited<ReturnType<typeof import("./data.js").makeData>>["x"]} */ { shape: [all, ...row], data },
  /** @type {number} */ rows,
) {
  return new gruvy.Tensor([rows, ...row], data.subarray(0, (rows * data.length) / all));
}
