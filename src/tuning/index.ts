export type { FailedFinal, FinalResult } from "./finals.ts";
export type { Importance, StudyResult } from "./results.ts";
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
  headOf,
  type Lease,
  type Ledger,
  memoryLedger,
  type Objective,
  type StudyEvent,
  type StudyRecord,
  secondsSpent,
  type Trial,
  trialsOf,
} from "./study/index.ts";
export { studyResult } from "./study-result.ts";
export { studyText } from "./study-text.ts";
export { type TuneResult, tune } from "./tune.ts";
export type { Range, SearchName, TuneOptions, TuneRanges } from "./tune-options.ts";
export { type BuildModel, type SearchOptions, Tuner } from "./tuner.ts";
export type { TunerOptions } from "./tuner-options.ts";
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
