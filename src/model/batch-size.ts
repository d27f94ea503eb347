import { wholeNumber } from "../base/index.ts";
import { rare } from "./late.ts";

/** Rows of a batch where nobody says how many. */
const USUAL = 32;

/**
 * The rows of a batch: what was asked for, and at most all there are. `fixed`: what a model with stateful layers was
 * made for. There every batch has so many, since row i goes on from row i of the batch before.
 */
export async function batchSizeOf(asked: number | undefined, rows: number, fixed: number | undefined): Promise<number> {
  if (fixed === undefined) return Math.min(wholeNumber(asked ?? USUAL, "batchSize"), rows);
  if ((asked ?? fixed) === fixed && rows % fixed === 0) return fixed;
  return (await rare.load()).refuseBatches(asked, rows, fixed);
}
