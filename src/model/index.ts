export { splitThreads, type Threads } from "../engine/index.ts";
export type { Arranged } from "./arranged.ts";
export * from "./callbacks/index.ts";
export { checkFit } from "./check-fit.ts";
export {
  f1Score,
  perplexity,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from "./class-metrics.ts";
export type { CompileOptions } from "./compile.ts";
export type { TrainingCost } from "./cost.ts";
export type { WeightSpec } from "./custom.ts";
export { customLoss, customMetric, type ObjectiveFormula } from "./custom-objective.ts";
export { mase, r2Score, smape } from "./error-metrics.ts";
export type { EvaluateOptions } from "./evaluate.ts";
export { diagnose } from "./findings.ts";
export type { FitOptions } from "./fit-options.ts";
export { modelFromConfig, sequentialFromConfig } from "./from-config.ts";
export { FunctionalModel, type ModelOptions, model, type Predicted } from "./functional.ts";
export type { History } from "./history.ts";
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  type InitializerLike,
  identity,
  lecunNormal,
  lecunUniform,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  truncatedNormal,
  type VarianceScalingOptions,
  varianceScaling,
  zeros,
} from "./initializers.ts";
export * from "./layers/index.ts";
export {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  gaussianNll,
  hinge,
  huber,
  klDivergence,
  type Loss,
  type LossName,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  quantile,
  sparseCategoricalCrossentropy,
  squaredHinge,
} from "./losses.ts";
export type { MemoryNeed, MemoryOptions } from "./memory.ts";
export type { Metric, MetricContext } from "./metric.ts";
export {
  auc,
  binaryAccuracy,
  categoricalAccuracy,
  type MetricName,
  mae,
  mse,
  precision,
  recall,
  rmse,
  sparseCategoricalAccuracy,
} from "./metrics.ts";
export { Model } from "./model.ts";
export { type LayerNormTermOptions, ops, type Term } from "./ops.ts";
export {
  type AdamOptions,
  adam,
  adamw,
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  rmsprop,
  sgd,
} from "./optimizers.ts";
export type { PredictOptions } from "./predict.ts";
export {
  type Constraint,
  type ConstraintLike,
  l1,
  l1L2,
  l2,
  maxNorm,
  minMaxNorm,
  nonNeg,
  type Regularizer,
  type RegularizerLike,
  unitNorm,
} from "./regularizers.ts";
export type { ClassWeight } from "./row-weights.ts";
export {
  cosineDecay,
  exponentialDecay,
  inverseTimeDecay,
  linearWarmup,
  piecewiseConstantDecay,
  polynomialDecay,
  type Schedule,
} from "./schedules.ts";
export { Sequential, sequential } from "./sequential.ts";
export type { OptimizerState } from "./state.ts";
export type { WasmOptions } from "./to-wasm.ts";
export type { Trace } from "./trace.ts";
export type { StateSource, TrainingState } from "./training-state.ts";
