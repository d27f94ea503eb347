import { type BatchStream, type Dataset, GruvyError, isBatchStream, isDataset } from "../base/index.ts";
import type { FitOptions } from "./fit-options.ts";
import { type Rows, sliceRows } from "./rows.ts";
import type { Sequential } from "./sequential.ts";

/** Training and validation rows, checked; the validation split is the last rows before any shuffling. */
export function fitData(
  model: Sequential,
  data: Dataset | BatchStream,
  { validationSplit = 0, validationData }: FitOptions,
): { train: Rows | BatchStream; validation: Rows | undefined } {
  let train: Rows | BatchStream;
  let validation: Rows | undefined;
  if (isDataset(data)) {
    const rows = model.prepare(data.x, data.y, true);
    const keep = validationData ? rows.rows : Math.floor(rows.rows * (1 - validationSplit));
    if (keep === 0) {
      throw new GruvyError(
        "data/empty",
        `A validationSplit of ${validationSplit} leaves nothing of ${rows.rows} rows to train on`,
      );
    }
    train = sliceRows(rows, 0, keep);
    if (keep < rows.rows) validation = sliceRows(rows, keep, rows.rows);
  } else if (isBatchStream(data)) {
    if (validationSplit > 0) {
      throw new GruvyError(
        "usage/validation-split",
        "A stream of batches cannot be split",
        "Give validationData instead.",
      );
    }
    train = data;
  } else {
    throw new GruvyError("data/type", "Expected x and y, a data set or a stream of batches");
  }
  if (validationData) {
    const { x, y } = isDataset(validationData) ? validationData : { x: validationData[0], y: validationData[1] };
    validation = model.prepare(x, y, true);
  }
  return { train, validation };
}

export function isRows(value: Rows | BatchStream): value is Rows {
  return "rows" in value;
}
