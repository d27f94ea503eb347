export type { Burden } from "./binding.ts";
export { drawOrthonormal, drawSpread } from "./draw.ts";
export { Executable, type Plan } from "./executable.ts";
export { type ExperimentalSimd, enableExperimentalSimd } from "./experimental.ts";
export { freeze } from "./freeze.ts";
export type { Snapshot } from "./known-state.ts";
export { closeTeam, setThreads, splitThreads, type Threads, threadCount } from "./threads.ts";
export { type Traced, traceRectified, traceRows } from "./trace.ts";
export { dealBatch, type Outcome, type Purpose, type Staged, type Work } from "./work.ts";
