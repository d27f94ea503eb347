// What commander hands to the actions, once every value has been checked.

import type { MissingPolicy } from "../data/index.ts";
import type { RowNumber, TaskOptions } from "../tasks/index.ts";
import type { Range, SearchName, TuneRanges } from "../tuning/index.ts";

export interface DataFlags {
  readonly target?: string;
  readonly text?: string;
  readonly label?: string;
  readonly missing?: MissingPolicy;
  readonly length?: number;
}

/** The options of a task without what says which data it works on. */
export function withoutData<F extends DataFlags & { readonly test?: string }>(
  flags: F,
): Omit<F, keyof DataFlags | "test"> {
  const { target, text, label, missing, length, test, ...others } = flags;
  return others;
}

export interface ModelFlags extends DataFlags, Omit<TaskOptions, "onProgress" | "signal"> {
  readonly test?: string;
  readonly threads?: number;
}

export interface CompareFlags extends ModelFlags {
  readonly cell?: readonly ("rnn" | "lstm" | "gru")[];
  readonly seeds?: number;
  readonly vary?: "rows" | "length";
  readonly out: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface TrainFlags extends ModelFlags {
  readonly cell: "rnn" | "lstm" | "gru";
  readonly out: string;
  readonly checkpoint?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface TuneFlags extends DataFlags, Omit<TaskOptions, "onProgress" | "signal" | keyof TuneRanges> {
  readonly cell?: readonly ("rnn" | "lstm" | "gru")[];
  readonly units?: Range;
  readonly layers?: Range;
  readonly dropout?: Range;
  readonly learningRate?: Range;
  readonly batchSize?: Range;
  readonly window?: Range | "auto";
  readonly search: SearchName;
  readonly maxEpochs?: number;
  readonly factor?: number;
  readonly trials?: number;
  readonly epochBudget?: number;
  readonly time?: number;
  readonly retries?: number;
  readonly workers?: number;
  readonly finalists?: number;
  readonly finalSeeds?: number;
  readonly dryRun?: boolean;
  readonly test?: string;
  readonly threads?: number;
  readonly out: string;
  readonly json?: boolean;
}

export interface EvaluateFlags extends DataFlags {
  readonly json?: boolean;
}

export interface PredictFlags extends Pick<DataFlags, "missing"> {
  readonly out?: string;
}

export interface ForecastFlags extends Pick<DataFlags, "missing"> {
  readonly horizon?: number;
  readonly json?: boolean;
}

export interface ExplainFlags extends DataFlags {
  readonly rows?: readonly RowNumber[];
  readonly out: string;
  readonly json?: boolean;
}

export interface ExportFlags {
  readonly out?: string;
  readonly relaxedSimd?: boolean;
  readonly json?: boolean;
}

export interface CheckFlags extends DataFlags {
  readonly test?: string;
  readonly json?: boolean;
}

export interface DoctorFlags {
  readonly threads?: number;
  readonly json?: boolean;
}

export interface ImportFlags {
  readonly check?: string;
  readonly tolerance?: number;
  readonly out?: string;
  readonly json?: boolean;
}
