// What is asked of a program in one call, and what comes back.

import { type Cost, FEWEST_ROWS } from "../graph/index.ts";

export type Purpose = "train" | "evaluate" | "predict";
export type Staged = Float32Array | Int32Array;

/** Rows handed to a program in one call, as whole batches and at the end perhaps a short one. */
export interface Work {
  readonly rows: number;
  readonly batchSize: number;
  /** Steps of each input of the model. */
  readonly steps: readonly number[];
  /** [row][step][feature] for each input. */
  readonly inputs: readonly Staged[];
  /** [row][step][feature] or classes [row][step] for each output; undefined where an output is not compared. */
  readonly targets?: readonly (Staged | undefined)[];
  /** By what the loss of each row, or step, is multiplied, for each output that is compared. Default: 1 everywhere. */
  readonly weights?: readonly (Float32Array | undefined)[];
  /** For each batch the optimizer's [rate, decay]. */
  readonly scalars?: Float32Array;
  /** Optimizer steps taken before. */
  readonly iteration?: number;
  /** What earlier calls have counted: sums go on from here, so that how batches are dealt to calls shows in no bit. */
  readonly totals?: Float64Array;
}

/** What is done with which rows. */
export interface Run {
  readonly purpose: Purpose;
  readonly work: Work;
}

export interface Outcome {
  readonly status: "done" | "notFinite" | "stopped";
  /** Batches done; with `notFinite` the index of the batch whose loss was not finite. */
  readonly batches: number;
  /** The mean loss of each batch. */
  readonly losses: Float64Array;
  /**
   * Sum of losses times rows, rows, then the metrics' cells, over the batches done and those counted before; where
   * several outputs are compared these for all of them, without metrics, and then for each.
   */
  readonly totals: Float64Array;
  /** While training: multiply-adds done, those of a plain computation, and for each input the batches' distinct tokens. */
  readonly cost?: Cost & { readonly distinctTokens: readonly (number | undefined)[] };
  /** [row][step][feature] for each output, for `predict`. */
  readonly outputs?: readonly Float32Array[];
}

/** Rows of a slice that keep the products busy. */
const SLICE_ROWS = 16;
/** Threads that share one row at most: the more they are, the more of a step goes into their meeting. */
export const MOST_TOGETHER = 4;
const MOST_SLICES = { train: 8, evaluate: 64, predict: 64 } as const;

/**
 * How a batch is dealt: by its size alone, never by the number of threads, so that sums do not depend on it. An even
 * number of slices of like size, for two threads at least.
 */
export function dealBatch(batchSize: number, purpose: Purpose): { slices: number; sliceRows: number } {
  if (batchSize < FEWEST_ROWS) return { slices: 1, sliceRows: batchSize };
  const pairs = Math.max(1, Math.round(batchSize / (2 * SLICE_ROWS)));
  const sliceRows = Math.ceil(batchSize / Math.min(MOST_SLICES[purpose], 2 * pairs));
  return { slices: Math.ceil(batchSize / sliceRows), sliceRows };
}
