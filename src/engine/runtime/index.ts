export { dealBatch, Executable, type Outcome, type Purpose, type Staged, type Work } from "./executable.ts";
export { closeTeam, setThreads, threadCount } from "./team.ts";
