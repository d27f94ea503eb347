import type { TensorLike } from "../base/index.ts";
import { batchSizeOf } from "./batch-size.ts";
import type { CountedMetric } from "./metrics.ts";
import { type PredictOptions, rowsOfCall } from "./predict.ts";
import { type Rows, sliceRows, workOf } from "./rows.ts";
import type { Sequential } from "./sequential.ts";

/** What `evaluate` can be told. */
export interface EvaluateOptions extends PredictOptions {
  /** What each row's loss is multiplied by, [rows], or each step's, [rows, steps]. */
  readonly sampleWeight?: TensorLike;
}

/** Loss and metrics by name from the cells that programs count in. */
export function readTotals(
  totals: Float64Array,
  metrics: readonly CountedMetric[],
  prefix = "",
): Record<string, number> {
  const key = (name: string) => (prefix === "" ? name : `${prefix}${name[0].toUpperCase()}${name.slice(1)}`);
  const result: Record<string, number> = { [key("loss")]: totals[1] > 0 ? totals[0] / totals[1] : 0 };
  let at = 2;
  for (const metric of metrics) {
    result[key(metric.name)] = metric.result(totals.subarray(at, at + metric.cells));
    at += metric.cells;
  }
  return result;
}

export function addTotals(sum: Float64Array, part: Float64Array): void {
  part.forEach((value, i) => {
    sum[i] += value;
  });
}

export async function evaluateRows(
  model: Sequential,
  data: Rows,
  options: EvaluateOptions = {},
  prefix = "",
): Promise<Record<string, number>> {
  const batchSize = batchSizeOf(options.batchSize, data.rows, model.fixedBatch);
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
  return readTotals(totals, model.metrics, prefix);
}
