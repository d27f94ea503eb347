import type { Outcome } from "../engine/index.ts";
import { type Rows, sliceRows } from "./rows.ts";

/** The batch whose loss was not finite: its rows, and which rows of the training data they are. */
export interface BadBatch {
  readonly rows: Rows;
  readonly numbers: ArrayLike<number>;
  /** Those of the batch before, whose step moved the weights; none where there was none. */
  readonly before: ArrayLike<number>;
  readonly epoch: number;
  readonly batch: number;
}

/**
 * What is known of the batch of a call that was not finite. `numbers`: of the call's rows; `before`: of the last batch of
 * the call before.
 */
export function badBatch(
  rows: Rows,
  numbers: ArrayLike<number>,
  batchSize: number,
  outcome: Outcome,
  position: { readonly epoch: number; readonly batch: number },
  before: ArrayLike<number>,
): BadBatch {
  const from = outcome.batches * batchSize;
  const to = Math.min(rows.rows, from + batchSize);
  return {
    rows: sliceRows(rows, from, to),
    numbers: numbersOf(numbers, from, to),
    before: from > 0 ? numbersOf(numbers, from - batchSize, from) : before,
    epoch: position.epoch,
    batch: position.batch + outcome.batches,
  };
}

export const numbersOf = (numbers: ArrayLike<number>, from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => numbers[from + i]);
