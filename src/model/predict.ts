import { GruvyError, Tensor } from "../base/index.ts";
import { batchSizeOf } from "./batch-size.ts";
import { type Rows, sliceRows } from "./rows.ts";
import type { Sequential } from "./sequential.ts";

/** What `predict` can be told. */
export interface PredictOptions {
  /** Default 32. The result does not depend on it beyond rounding. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** Bytes staged in one call at most, unless a single batch is larger. */
const STAGED_BYTES = 8 * 1048576;

/** Whole batches that one call takes; `outputWidth` is what it gives back for each row. */
export function rowsOfCall(data: Rows, batchSize: number, outputWidth = 0): number {
  const bytes = 4 * (data.width + data.targetWidth + (data.weightWidth ?? 0) + outputWidth);
  return batchSize * Math.max(1, Math.floor(STAGED_BYTES / (bytes * batchSize)));
}

export async function predictRows(model: Sequential, data: Rows, options: PredictOptions): Promise<Tensor> {
  const batchSize = batchSizeOf(options.batchSize, data.rows, model.fixedBatch);
  const engine = await model.engine("predict");
  const { output } = engine;
  const steps = output.axis?.steps([data.steps]);
  const width = output.features * (steps ?? 1);
  const result = new Float32Array(data.rows * width);
  const count = rowsOfCall(data, batchSize, width);
  for (let from = 0; from < data.rows; from += count) {
    options.signal?.throwIfAborted();
    const part = sliceRows(data, from, Math.min(data.rows, from + count));
    const work = { rows: part.rows, batchSize, steps: [data.steps], inputs: [part.input] };
    const outcome = await engine.run("predict", work, options.signal);
    if (outcome.status === "stopped") options.signal?.throwIfAborted();
    if (!outcome.outputs) throw new GruvyError("engine/outputs", "The program ended without outputs");
    result.set(outcome.outputs, from * width);
  }
  const shape = steps === undefined ? [data.rows, output.features] : [data.rows, steps, output.features];
  return new Tensor(shape, result);
}
