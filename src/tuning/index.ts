export {
  ashaSearcher,
  bayesianSearcher,
  gridSearcher,
  hyperbandBrackets,
  hyperbandSearcher,
  randomSearcher,
  type Searcher,
  tpeSearcher,
} from "./searchers/index.ts";
export { HyperParameters, type RangeOptions, type Value, type Values } from "./space/index.ts";
export {
  type Budget,
  type Ending,
  type Ledger,
  memoryLedger,
  type Objective,
  type StudyEvent,
  type StudyRecord,
  type Trial,
} from "./study/index.ts";
export { type BuildModel, type SearchOptions, Tuner, type TunerOptions } from "./tuner.ts";
export {
  type AshaTunerOptions,
  asha,
  bayesianOptimization,
  gridSearch,
  type HyperbandOptions,
  hyperband,
  randomSearch,
  type TrialsOptions,
  tpeSearch,
} from "./tuners.ts";
