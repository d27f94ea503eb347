export { chooseTransform, type TransformChoice, type TransformChoiceOptions } from "./choose-transform.ts";
export { type ChrfOptions, chrf } from "./chrf.ts";
export { type Interval, studentPoint } from "./interval.ts";
export type { LabelBaseline, LabelledRows, Rows, ValueBaseline } from "./labels/baseline.ts";
export { type LinearOptions, linearClassifier, linearRegressor } from "./labels/linear.ts";
export { majority } from "./labels/majority.ts";
export { mean } from "./labels/mean.ts";
export { type NaiveBayesLogisticOptions, naiveBayesLogistic } from "./labels/naive-bayes-logistic.ts";
export { words } from "./labels/words.ts";
export {
  accuracy,
  chooseBest,
  logLoss,
  type Metric,
  mae,
  predictedClasses,
  rmse,
  seasonalNaiveScale,
} from "./metrics.ts";
export { type MovingBlockOptions, movingBlockBootstrap } from "./moving-block-bootstrap.ts";
export { type PairedBootstrapOptions, pairedBootstrap } from "./paired-bootstrap.ts";
export { autocorrelation, chooseWindow, findSeason } from "./season.ts";
export type { SeriesBaseline, SeriesBaselineName, SeriesSettings } from "./series/baseline.ts";
export { drift } from "./series/drift.ts";
export { ets } from "./series/ets.ts";
export { lastValue } from "./series/last-value.ts";
export { linearAutoregression } from "./series/linear.ts";
export {
  type SeriesBaselineResult,
  type SeriesScores,
  scoreSeriesBaselines,
  seriesBaselines,
} from "./series/score.ts";
export { seasonalNaive } from "./series/seasonal-naive.ts";
export {
  type RowSplit,
  type RowSplitOptions,
  rowSplit,
  type SeriesPart,
  type SeriesSplit,
  type SeriesSplitOptions,
  seriesSplit,
} from "./split.ts";
export {
  type RowPart,
  rowSplitFindings,
  type SplitFinding,
  seriesSplitFindings,
  type TargetParts,
} from "./split-findings.ts";
export {
  firstTarget,
  type SeriesTransform,
  seriesTransform,
  type TransformedWindows,
  takesLogs,
  transformTitle,
  type WindowPlace,
} from "./transform.ts";
export { type TransformName, transformNames } from "./transform-names.ts";
export { modelTitle, type VerdictInput, verdict } from "./verdict.ts";
