// The workloads of workloads.json: what each is, in words, and how much arithmetic its shapes ask for.

import { readFileSync } from "node:fs";

/**
 * @typedef {{
 *   data: "tokens" | "reviews" | "vectors" | "airline" | "sine",
 *   vocabulary?: number, padding?: "pre" | "post", mask?: boolean,
 *   rows: number, steps: number, inputs: number, cells: string[], units: number,
 *   dropout?: number, recurrentDropout?: number,
 *   batch: number, epochs: number, validationSplit?: number,
 *   predict?: number[], equalWork?: string,
 * }} Workload
 */

/** @type {Record<string, Workload>} */
export const workloads = JSON.parse(readFileSync(new URL("workloads.json", import.meta.url), "utf8"));

const GATES = /** @type {Record<string, number>} */ ({ rnn: 1, gru: 3, lstm: 4 });

/** Token ids go through an embedding and end in a probability; series are read as they are and forecast. */
export const readsTokens = (/** @type {Workload} */ work) => work.vocabulary !== undefined;
export const classifies = (/** @type {Workload} */ work) => readsTokens(work) || work.data === "vectors";

/** Rows trained on and steps of the optimizer in an epoch. */
export function epochOf(/** @type {Workload} */ work) {
  const rows = Math.floor(work.rows * (1 - (work.validationSplit ?? 0)));
  return { rows, steps: Math.ceil(rows / work.batch) };
}

/**
 * Floating-point operations (a multiply-add is two) of the matrix products for one row, from the shapes alone: every
 * padded step and every token counts, whether or not a library leaves it out. Training adds to the forward product one
 * for the weights' gradient and, where something learns from it, one for the input's.
 */
export function operationsOfRow(/** @type {Workload} */ work) {
  const training = !work.predict;
  const { units, steps } = work;
  let sum = 0;
  let inputs = work.inputs;
  work.cells.forEach((cell, layer) => {
    const inputLearns = layer > 0 || readsTokens(work);
    const ofInput = training ? (inputLearns ? 3 : 2) : 1;
    const ofState = training ? 3 : 1;
    sum += 2 * steps * GATES[cell] * units * (inputs * ofInput + units * ofState);
    inputs = units;
  });
  return sum + 2 * units * (training ? 3 : 1);
}

/**
 * Billions of operations in one measured step: a training step of average size (the last of an epoch may be short), or
 * one prediction of `batch` rows.
 */
export function gigaOperations(/** @type {Workload} */ work, /** @type {number | undefined} */ batch) {
  const { rows, steps } = epochOf(work);
  return ((batch ?? rows / steps) * operationsOfRow(work)) / 1e9;
}

export function describe(/** @type {Workload} */ work) {
  const cell = (/** @type {string} */ name) => (name === "rnn" ? "SimpleRNN" : name.toUpperCase());
  const layers = work.cells.map((name) => `${cell(name)}(${work.units})`);
  if (readsTokens(work)) layers.unshift(`Embedding(${work.vocabulary}, ${work.inputs})`);
  layers.push(`Dense(1${classifies(work) ? ", sigmoid" : ""})`);
  const what = {
    tokens: "random tokens, one row in three padded after",
    reviews: `real reviews, padded ${work.padding === "pre" ? "in front" : "after"}${work.mask ? ", masked" : ""}`,
    vectors: `${work.inputs} random numbers a step`,
    airline: "airline passengers",
    sine: "a sine",
  }[work.data];
  const dropout = work.dropout ? `dropout ${work.dropout}, recurrent dropout ${work.recurrentDropout}, ` : "";
  const rows = work.predict ? "prediction" : `batch ${work.batch}`;
  return `${layers.join(", ")}; ${dropout}${rows}, ${work.steps} steps; ${what}`;
}
