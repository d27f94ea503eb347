export * from "./callbacks/index.ts";
export type { CompileOptions } from "./compile.ts";
export type { TrainingCost } from "./cost.ts";
export type { FitOptions } from "./fit-options.ts";
export { sequentialFromConfig } from "./from-config.ts";
export type { History } from "./history.ts";
export {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  type InitializerLike,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  zeros,
} from "./initializers.ts";
export * from "./layers/index.ts";
export {
  binaryCrossentropy,
  categoricalCrossentropy,
  huber,
  type Loss,
  type LossName,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from "./losses.ts";
export type { MemoryNeed, MemoryOptions } from "./memory.ts";
export {
  auc,
  binaryAccuracy,
  categoricalAccuracy,
  type Metric,
  type MetricName,
  mae,
  mse,
  precision,
  recall,
  rmse,
  sparseCategoricalAccuracy,
} from "./metrics.ts";
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
export { cosineDecay, exponentialDecay, piecewiseConstantDecay, type Schedule } from "./schedules.ts";
export { type EvaluateOptions, Sequential, sequential } from "./sequential.ts";
export type { OptimizerState } from "./state.ts";
export type { StateSource, TrainingState } from "./training-state.ts";
