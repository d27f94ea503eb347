export type { LabelledTexts, LoadedData, SequencesData, SeriesData, TextsData } from "../data/index.ts";
export { check } from "./check.ts";
export {
  type Checkpoint,
  type CheckpointOptions,
  checkpointOptions,
  checkpointTo,
  decodeTraining,
  type Every,
  encodeTraining,
} from "./checkpoint.ts";
export { type CompareOptions, compare } from "./compare.ts";
export { nextDates } from "./dates.ts";
export { type EvaluationResult, evaluate } from "./evaluate.ts";
export { type ExplainOptions, explain } from "./explain.ts";
export type * from "./explanation.ts";
export { forecastBlindly } from "./filled.ts";
export { type FittedModel, modelBytes, modelFromBytes, type TrainingRecord } from "./fitted.ts";
export { type Forecast, type ForecastOptions, forecast } from "./forecast.ts";
export { type ModelCheckpointOptions, modelCheckpointOptions, modelCheckpointTo } from "./model-checkpoint.ts";
export { refuseKerasName } from "./model-name.ts";
export { decodeModel, encodeModel } from "./model-parts.ts";
export type { Pipeline, SequencesPipeline, SeriesPipeline, TextsPipeline } from "./pipeline.ts";
export { forecastRows, forecastSeries, type LabelPrediction, predictSequences, textPredictor } from "./predict.ts";
export type { ProgressEvent, ProgressObserver } from "./progress.ts";
export type {
  ComparisonResult,
  Difference,
  Finding,
  ModelName,
  ModelResult,
  Scores,
  WrongText,
} from "./results.ts";
export { type RowNumber, rowNumber } from "./row-numbers.ts";
export type { Cell, TaskOptions } from "./settings.ts";
export { shortRun } from "./short-run.ts";
export { solved } from "./solved.ts";
export { stepFindings } from "./step.ts";
export { type TrainOptions, train } from "./train.ts";
export { meanInterval, nearest, type Tested, type Tunable, type Tuned, tunable } from "./tunable.ts";
export { isNearEnd } from "./unfinished.ts";
export { gruvyVersion } from "./versions.ts";
export { wasmBytes, wasmOfFile } from "./wasm.ts";
