import { type ExperimentalSimd, enableExperimentalSimd, setThreads } from "../engine/index.ts";

/** The process is ours: what this Node has only behind a flag may be used. Call before any model is made. */
export function startEngine(threads?: number): ExperimentalSimd {
  const found = enableExperimentalSimd();
  if (threads !== undefined) setThreads(threads);
  return found;
}
