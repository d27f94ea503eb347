export { type Lease, type Ledger, memoryLedger } from "./ledger.ts";
export { bestEpochOf, ranked } from "./ranking.ts";
export {
  type Beside,
  headOf,
  type Logs,
  type Objective,
  reached,
  type StudyHead,
  type StudyRecord,
  secondsSpent,
  type Trial,
  trialsOf,
} from "./records.ts";
export { runStudy } from "./run-study.ts";
export { isOfEveryTrial } from "./run-trial.ts";
export { openStudy, refuseOther } from "./same-study.ts";
export {
  type Budget,
  checkBudget,
  type Ending,
  type StudyEvent,
  type StudyOptions,
  type TrainTrial,
  type Work,
} from "./study.ts";
export { stateOf } from "./trial-files.ts";
