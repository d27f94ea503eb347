export * from "./graph/index.ts";
export {
  type ActivationName,
  activationNamed,
  type LayerActivation,
  type LossKernel,
  layerActivationNamed,
  type MetricKernel,
  metricCells,
  slots,
  type UpdateRule,
} from "./kernels/index.ts";
export * from "./runtime/index.ts";
export { type Features, features, probeAgain } from "./wasm/index.ts";
