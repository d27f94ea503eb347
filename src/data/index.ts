// What reads, prepares and checks data in Node and in browsers alike; what needs files or the network is in node.ts.

// Data sets that are contained or generated.
export { type AddingData, type AddingOptions, adding } from "./adding.ts";
export { airlinePassengers } from "./airline.ts";
export { checkData } from "./check.ts";
export { checkDates } from "./check-series.ts";
export { checkTable } from "./check-table.ts";
export { type ColumnKind, isMissing, readNumber } from "./columns.ts";
export { type CsvOptions, csvPieces, type ParseOptions, parseCsv } from "./csv.ts";
export { type DateFormat, dateFormat } from "./date-format.ts";
export { type DayOrder, dayOrder, readDates, timesOf } from "./dates.ts";
export type { ByteSource } from "./decode.ts";
export type { Delimiter } from "./delimiter.ts";
export { type Filled, fillMissing, fillWords } from "./fill-missing.ts";
export { type Finding, requireUsable } from "./finding.ts";
export { parseJsonLines } from "./json-lines.ts";
export type { LabelledTexts, LoadedData, SequencesData, SeriesData, TextsData } from "./loaded-data.ts";
export { type FillMethod, type MissingPolicy, missingPolicies } from "./missing-policies.ts";
// Preparing texts and series for a model.
export { type PadOptions, type PadSequence, padSequences, type Side } from "./pad-sequences.ts";
export { type ReberData, type ReberOptions, reber } from "./reber.ts";
export {
  minMaxScaler,
  type Scaler,
  type ScalerConfig,
  type ScalerInput,
  scalerFromConfig,
  standardScaler,
} from "./scalers.ts";
export { type SeriesOptions, seriesFromTable } from "./series.ts";
export { type SineOptions, sine } from "./sine.ts";
export { findSpacing, inWords, medianStep, type Spacing } from "./spacing.ts";
export type { Column, Table } from "./table.ts";
export { joinTables, tableOf } from "./table-builder.ts";
export type { Split, Standardize } from "./text-tokens.ts";
export {
  type TextVectorization,
  type TextVectorizationConfig,
  type TextVectorizationOptions,
  textVectorization,
  textVectorizationFromConfig,
} from "./text-vectorization.ts";
export { type TextsOptions, textsFromTable } from "./texts.ts";
export { steppedBack } from "./time-order.ts";
export { valueNumber, valuePlace } from "./value-place.ts";
export { windows } from "./windows.ts";
export {
  type WordIndex,
  type WordIndexConfig,
  type WordIndexOptions,
  wordIndex,
  wordIndexFromConfig,
  wordMark,
} from "./word-index.ts";
