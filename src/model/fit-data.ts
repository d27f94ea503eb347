import { type BatchStream, type Datasets, GruvyError, isBatchStream, type TensorsLike } from "../base/index.ts";
import { holdsBoth } from "./arguments.ts";
import type { FitOptions } from "./fit-options.ts";
import { rare } from "./late.ts";
import type { Model } from "./model.ts";
import { type Rows, sliceRows } from "./rows.ts";
import { checkClassWeight, weightClasses, weightRows } from "./weigh.ts";

/** Training and validation rows, checked; the validation split is the last rows before any shuffling. */
export async function fitData(
  model: Model<unknown>,
  data: Datasets | BatchStream,
  { validationSplit = 0, validationData, sampleWeight, classWeight, signal }: FitOptions,
): Promise<{ train: Rows | BatchStream; validation: Rows | undefined }> {
  if (signal && signal.aborted === undefined) (await rare.load()).refuseSignal(signal);
  let train: Rows | BatchStream;
  let validation: Rows | undefined;
  if (!isBatchStream(data)) {
    const own = weightOf(data.sampleWeight, sampleWeight);
    const rows = await weightRows(await model.prepare(data.x, data.y, true), own, model.targets);
    const keep = validationData ? rows.rows : Math.floor(rows.rows * (1 - validationSplit));
    if (keep === 0) (await rare.load()).refuseSplit(validationSplit, rows.rows);
    train = await weightClasses(sliceRows(rows, 0, keep), classWeight, model.targets);
    if (keep < rows.rows) validation = sliceRows(rows, keep, rows.rows);
  } else {
    // A model that its first batch builds is asked then.
    if (model.isBuilt) await checkClassWeight(classWeight, model.targets);
    train = data;
  }
  if (validationData) {
    const both = holdsBoth(model, validationData);
    const [x, y, weight] = both ? [validationData.x, validationData.y, validationData.sampleWeight] : validationData;
    validation = await weightRows(await model.prepare(x as TensorsLike, y, true), weight, model.targets);
  }
  return { train, validation };
}

export function isRows(value: Rows | BatchStream): value is Rows {
  return "rows" in value;
}

/** Weights come with the data or beside them. */
export function weightOf(ofData: TensorsLike | undefined, option: TensorsLike | undefined): TensorsLike | undefined {
  if (ofData === undefined || option === undefined) return ofData ?? option;
  throw new GruvyError("usage/option", "Expected sampleWeight with the data or as an option, found both");
}
