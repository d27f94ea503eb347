import { GruvyError, Tensor } from "../base/index.ts";
import { batchSizeOf } from "./batch-size.ts";
import type { Model } from "./model.ts";
import { type Rows, sliceRows } from "./rows.ts";

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
  const columns = [...data.inputs, ...data.targets, ...(data.weights ?? [])];
  const width = columns.reduce((sum, column) => sum + (column?.width ?? 0), outputWidth);
  return batchSize * Math.max(1, Math.floor(STAGED_BYTES / (4 * width * batchSize)));
}

/** A tensor for each output. */
export async function predictRows(model: Model<unknown>, data: Rows, options: PredictOptions): Promise<Tensor[]> {
  const batchSize = await batchSizeOf(options.batchSize, data.rows, model.fixedBatch);
  const engine = await model.engine("predict");
  const outputs = engine.outputs.map(({ value: { features, axis } }) => {
    const shape = axis ? [axis.steps(data.steps), features] : [features];
    const width = shape.reduce((a, b) => a * b);
    return { shape, width, result: new Float32Array(data.rows * width) };
  });
  const width = outputs.reduce((sum, output) => sum + output.width, 0);
  const count = rowsOfCall(data, batchSize, width);
  for (let from = 0; from < data.rows; from += count) {
    options.signal?.throwIfAborted();
    const { rows, steps, inputs } = sliceRows(data, from, Math.min(data.rows, from + count));
    const work = { rows, batchSize, steps, inputs: inputs.map((column) => column.data) };
    const outcome = await engine.run("predict", work, options.signal);
    if (outcome.status === "stopped") options.signal?.throwIfAborted();
    if (!outcome.outputs) throw new GruvyError("engine/outputs", "The program ended without outputs");
    for (const [i, values] of outcome.outputs.entries()) outputs[i].result.set(values, from * outputs[i].width);
  }
  return outputs.map(({ shape, result }) => new Tensor([data.rows, ...shape], result));
}
