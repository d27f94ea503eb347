export { type Ledger, memoryLedger } from "./ledger.ts";
export {
  headOf,
  type Logs,
  type Objective,
  type StudyHead,
  type StudyRecord,
  type Trial,
  trialsOf,
} from "./records.ts";
export {
  type Budget,
  bestEpochOf,
  type Ending,
  openStudy,
  ranked,
  runStudy,
  type StudyEvent,
  type StudyOptions,
  stateFile,
  type TrainTrial,
  type Work,
} from "./study.ts";
