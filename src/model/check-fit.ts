import { type BatchStream, type Datasets, isBatchStream } from "../base/index.ts";
import { checkCallbacks } from "./callbacks/check-callbacks.ts";
import { fitData } from "./fit-data.ts";
import { checkFitOptions, type FitOptions } from "./fit-options.ts";
import type { Model } from "./model.ts";
import { checkStream } from "./stream-rows.ts";

/**
 * Refuses what `fit` would refuse of these data and options before its first step, and trains nothing. The batches of a
 * stream are not looked at.
 *
 * @throws {GruvyError} as `fit`: `usage/option`, `data/...`
 * @example
 * const model = sequential([input({ shape: [2] }), dense({ units: 1 })]);
 * model.compile({ loss: "meanSquaredError" });
 * const data = { x: tensor([[1, 2], [3, 4]]), y: tensor([[1], [0]]) };
 * await checkFit(model, data, { batchSize: 2 });                   // nothing happens
 * await checkFit(model, data, { classWeight: { 1: Number.NaN } }); // throws usage/option
 */
export async function checkFit(
  model: Model<unknown>,
  data: Datasets | BatchStream,
  options: FitOptions = {},
): Promise<void> {
  checkFitOptions(options);
  checkCallbacks(options.callbacks ?? []);
  if (isBatchStream(data)) checkStream(options);
  await fitData(model, data, options);
}
