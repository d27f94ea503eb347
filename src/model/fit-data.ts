import {
  type BatchStream,
  type Dataset,
  GruvyError,
  isBatchStream,
  isDataset,
  type TensorLike,
} from "../base/index.ts";
import type { FitOptions } from "./fit-options.ts";
import { weightClasses, weightRows } from "./row-weights.ts";
import { type Rows, sliceRows } from "./rows.ts";
import type { Sequential } from "./sequential.ts";

/** Training and validation rows, checked; the validation split is the last rows before any shuffling. */
export function fitData(
  model: Sequential,
  data: Dataset | BatchStream,
  { validationSplit = 0, validationData, sampleWeight, classWeight }: FitOptions,
): { train: Rows | BatchStream; validation: Rows | undefined } {
  let train: Rows | BatchStream;
  let validation: Rows | undefined;
  if (isDataset(data)) {
    const own = weightOf(data.sampleWeight, sampleWeight);
    const rows = weightRows(model.prepare(data.x, data.y, true), own, model.target);
    if (rows.weights && classWeight) throw bothWeights();
    const keep = validationData ? rows.rows : Math.floor(rows.rows * (1 - validationSplit));
    if (keep === 0) {
      throw new GruvyError(
        "data/empty",
        `A validationSplit of ${validationSplit} leaves nothing of ${rows.rows} rows to train on`,
      );
    }
    train = weightClasses(sliceRows(rows, 0, keep), classWeight, model.target);
    if (keep < rows.rows) validation = sliceRows(rows, keep, rows.rows);
  } else if (isBatchStream(data)) {
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
    train = data;
  } else {
    throw new GruvyError("data/type", "Expected x and y, a data set or a stream of batches");
  }
  if (validationData) {
    const [x, y, weight] = isDataset(validationData)
      ? [validationData.x, validationData.y, validationData.sampleWeight]
      : validationData;
    validation = weightRows(model.prepare(x as TensorLike, y, true), weight, model.target);
  }
  return { train, validation };
}

export function isRows(value: Rows | BatchStream): value is Rows {
  return "rows" in value;
}

/** Weights come with the data or beside them. */
export function weightOf(ofData: TensorLike | undefined, option: TensorLike | undefined): TensorLike | undefined {
  if (ofData === undefined || option === undefined) return ofData ?? option;
  throw new GruvyError("usage/option", "Expected sampleWeight with the data or as an option, found both");
}

export const bothWeights = (): GruvyError =>
  new GruvyError(
    "usage/option",
    "Expected one of sampleWeight and classWeight, found both",
    "Multiply the rows' weights by those of their classes.",
  );
