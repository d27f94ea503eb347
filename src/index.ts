// The public library: everything here runs in Node and in a page alike. What needs files is in "gruvy/node".

export {
  type Batch,
  type BatchStream,
  type Dataset,
  type ErrorCode,
  GruvyError,
  type NestedArray,
  type Store,
  Tensor,
  type TensorLike,
  tensor,
} from "./base/index.ts";
export {
  adding,
  airlinePassengers,
  fillMissing,
  minMaxScaler,
  padSequences,
  parseCsv,
  reber,
  scalerFromConfig,
  sine,
  standardScaler,
  textVectorization,
  textVectorizationFromConfig,
  windows,
  wordIndex,
  wordIndexFromConfig,
} from "./data/index.ts";
export { closeTeam as closeThreads, enableExperimentalSimd, setThreads, threadCount } from "./engine/index.ts";
export * from "./model/index.ts";
export { memoryStore } from "./storage/index.ts";
