export * from "./graph/index.ts";
export {
  type ActivationName,
  activationNamed,
  type Bounds,
  type Constraint,
  type LossKernel,
  type MetricKernel,
  metricCells,
  outputBlocks,
  type Penalty,
  type RowActivation,
  rareKernels,
  STEP_SCALARS,
  slots,
  takesClasses,
  takesClassNumbers,
  type UpdateRule,
} from "./kernels/index.ts";
export * from "./runtime/index.ts";
export { type Features, features, probeAgain } from "./wasm/index.ts";
