import type { Tensor, TensorLike } from "./tensor.ts";

/** Rows of inputs `x` with their targets `y`, all in memory: the first axis of each counts the rows. */
export interface Dataset {
  readonly x: Tensor;
  readonly y?: Tensor;
  /** What each row's loss is multiplied by, [rows], or each step's, [rows, steps]. Default: 1 everywhere. */
  readonly sampleWeight?: Tensor;
}

/** A tensor, or those of several inputs or outputs: as a list in their order, or by their names. */
export type TensorsLike = TensorLike | readonly TensorLike[] | { readonly [name: string]: TensorLike };

/** Rows in memory, as `Dataset`, for models with any number of inputs and outputs. */
export interface Datasets {
  readonly x: TensorsLike;
  readonly y?: TensorsLike;
  readonly sampleWeight?: TensorsLike;
}

/** One batch of a stream: any number of rows, whose sequences share one length within the batch. */
export interface Batch {
  readonly x: TensorsLike;
  readonly y?: TensorsLike;
  readonly sampleWeight?: TensorsLike;
}

/** A stream of batches, so that data need not fit in memory. Iterating it once is one epoch. */
export type BatchStream = AsyncIterable<Batch> | Iterable<Batch>;

export function isDataset(value: unknown): value is Dataset {
  return typeof value === "object" && value !== null && "x" in value;
}

export function isBatchStream(value: unknown): value is BatchStream {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
