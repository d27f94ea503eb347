import { GruvyError, wholeNumber } from "../base/index.ts";

/** Rows of a batch where nobody says how many. */
const USUAL = 32;

/**
 * The rows of a batch: what was asked for, and at most all there are. `fixed`: what a model with stateful layers was
 * made for. There every batch has so many, since row i goes on from row i of the batch before.
 */
export function batchSizeOf(asked: number | undefined, rows: number, fixed: number | undefined): number {
  if (fixed === undefined) return Math.min(wholeNumber(asked ?? USUAL, "batchSize"), rows);
  if ((asked ?? fixed) !== fixed) {
    throw new GruvyError(
      "usage/option",
      `Expected batchSize to be the ${fixed} that the model's stateful layers were made for, found ${asked}`,
      "Leave batchSize out, or make the model with another batchSize of input.",
    );
  }
  if (rows % fixed === 0) return fixed;
  throw new GruvyError(
    "data/batch",
    `Expected whole batches of ${fixed} rows, which the model's stateful layers were made for, found ${rows} rows`,
    "Give a multiple of it, or make the model with another batchSize of input.",
  );
}
