import type { TensorsLike } from "../base/index.ts";
import type { Executable, Run } from "../engine/index.ts";
import { batchSizeOf } from "./batch-size.ts";
import { logNames, type Measured } from "./compile.ts";
import type { Model } from "./model.ts";
import { type PredictOptions, rowsOfCall } from "./predict.ts";
import { type Rows, sliceRows, workOf } from "./rows.ts";

/** What `evaluate` can be told. */
export interface EvaluateOptions extends PredictOptions {
  /**
   * What each row's loss is multiplied by, [rows], or each step's, [rows, steps]; of several outputs for all, or an
   * object by their names.
   */
  readonly sampleWeight?: TensorsLike;
}

/** Loss and metrics by name from the cells that programs count in. */
export function readTotals(totals: Float64Array, outputs: readonly Measured[], prefix = ""): Record<string, number> {
  const mean = (at: number) => (totals[at + 1] > 0 ? totals[at] / totals[at + 1] : 0);
  const result: Record<string, number> = { [prefix === "" ? "loss" : `${prefix}Loss`]: mean(0) };
  const names = logNames(outputs, prefix);
  let at = names.some(({ loss }) => loss.length > 0) ? 2 : 0;
  outputs.forEach(({ loss, metrics }, output) => {
    if (!loss) return;
    for (const name of names[output].loss) result[name] = mean(at);
    at += 2;
    metrics.forEach((metric, i) => {
      result[names[output].metrics[i]] = metric.result(totals.subarray(at, at + metric.cells));
      at += metric.cells;
    });
  });
  return result;
}

export function addTotals(sum: Float64Array, part: Float64Array): void {
  part.forEach((value, i) => {
    sum[i] += value;
  });
}

/** An evaluation as a run that can follow another: one that is done in a single call and keeps nothing. */
export async function evaluation(
  model: Model<unknown>,
  engine: Executable,
  data: Rows,
  asked: number | undefined,
): Promise<Run | undefined> {
  const batchSize = await batchSizeOf(asked, data.rows, model.fixedBatch);
  if (engine.states.length > 0 || rowsOfCall(data, batchSize) < data.rows) return undefined;
  return { purpose: "evaluate", work: { batchSize, ...workOf(data) } };
}

export async function evaluateRows(
  model: Model<unknown>,
  data: Rows,
  options: EvaluateOptions = {},
  prefix = "",
): Promise<Record<string, number>> {
  const batchSize = await batchSizeOf(options.batchSize, data.rows, model.fixedBatch);
  const engine = await model.engine("evaluate");
  const totals = new Float64Array(engine.cells);
  const count = rowsOfCall(data, batchSize);
  for (let from = 0; from < data.rows; from += count) {
    options.signal?.throwIfAborted();
    let part = sliceRows(data, from, Math.min(data.rows, from + count));
    for (;;) {
      const work = { batchSize, ...workOf(part) };
      const outcome = await engine.run("evaluate", work, options.signal);
      addTotals(totals, outcome.totals);
      if (outcome.status === "stopped") options.signal?.throwIfAborted();
      if (outcome.status !== "notFinite") break;
      // A loss that is not finite makes the mean so; the batches behind it still count.
      totals[0] = Number.NaN;
      totals[1] += Math.min(batchSize, part.rows - outcome.batches * batchSize);
      const done = (outcome.batches + 1) * batchSize;
      if (done >= part.rows) break;
      part = sliceRows(part, done, part.rows);
    }
  }
  return readTotals(totals, model.measured, prefix);
}
