import { type BatchStream, GruvyError } from "../base/index.ts";
import { batchSizeOf } from "./batch-size.ts";
import { foldRows } from "./fingerprint.ts";
import type { FitOptions } from "./fit-options.ts";
import type { Model } from "./model.ts";
import type { Rows } from "./rows.ts";
import type { Position } from "./training-state.ts";
import { weightClasses, weightRows } from "./weigh.ts";

/** A batch of a stream, the rows of the largest so far, and what tells all so far from those of other streams. */
interface StreamedRows {
  readonly rows: Rows;
  readonly size: number;
  readonly sum: number;
}

/** Refuses what a stream cannot be asked. */
export function checkStream({ validationSplit = 0, sampleWeight }: FitOptions): void {
  if (validationSplit > 0) {
    throw new GruvyError(
      "usage/validation-split",
      "A stream of batches cannot be split",
      "Give validationData instead.",
    );
  }
  if (sampleWeight !== undefined) {
    throw new GruvyError(
      "usage/option",
      "A stream of batches brings its own weights",
      "Give sampleWeight with every batch, { x, y, sampleWeight }.",
    );
  }
}

/** The batches of an epoch's stream that are not done yet. `sums`: whether streams must be told from each other. */
export async function* streamRows(
  model: Model<unknown>,
  data: BatchStream,
  { classWeight }: FitOptions,
  position: Position,
  sums: boolean,
): AsyncGenerator<StreamedRows, void, undefined> {
  const { batch: done, stream: known, epoch } = position;
  let batch = 0;
  let size = 1;
  let sum = 0;
  for await (const { x, y, sampleWeight } of data) {
    const given = await weightRows(await model.prepare(x, y, true), sampleWeight, model.targets);
    const rows = await weightClasses(given, classWeight, model.targets);
    size = Math.max(size, rows.rows);
    if (sums) sum = foldRows(sum, rows);
    batch++;
    if (batch === done && sum !== known) throw otherStream(done);
    if (batch <= done) continue;
    if (model.fixedBatch !== undefined) await batchSizeOf(rows.rows, rows.rows, model.fixedBatch);
    yield { rows, size, sum };
  }
  if (batch < done) throw otherStream(done);
  if (batch > 0) return;
  throw new GruvyError(
    "data/empty",
    `The stream of batches was empty in epoch ${epoch + 1}`,
    "It is iterated once for every epoch: give an object whose iterator starts anew, not a generator that has run out.",
  );
}

function otherStream(batches: number): GruvyError {
  return new GruvyError(
    "usage/resume",
    `The training to resume was begun otherwise: the first ${batches} batches of the epoch's stream were others`,
    'Give the stream it was begun with, or say that other data are meant, resumeChanges: ["data"].',
  );
}
