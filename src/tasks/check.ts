import { GruvyError } from "../base/index.ts";
import { checkData, type LoadedData } from "../data/index.ts";
import { checkGiven } from "./check-given.ts";
import { filledIn } from "./filled.ts";
import { makeJob } from "./make-job.ts";
import type { Finding } from "./results.ts";
import { settings, type TaskOptions } from "./settings.ts";

/**
 * What in the data would trouble a model: what the data room finds in the data themselves, and what only a split shows:
 * rows of the test part that stand in the training part too, classes missing in one, windows that overlap, words the
 * training part does not know, parts too small to carry a claim.
 *
 * @example
 * check(airlinePassengers()).map(({ severity }) => severity); // ["note"]
 */
export function check(given: LoadedData, options: TaskOptions = {}): Finding[] {
  checkGiven(given);
  const chosen = settings(given.kind, options);
  const data = given.kind === "series" ? filledIn(given, chosen.testSize) : given;
  const findings: Finding[] = checkData(data);
  if (findings.some(({ severity }) => severity === "error")) return findings;
  try {
    findings.push(...makeJob(data, chosen).findings);
  } catch (error) {
    // What makes a comparison impossible is what this command is asked for.
    if (!(error instanceof GruvyError) || error.kind !== "data") throw error;
    findings.push({ severity: "error", what: error.message, advice: "" });
  }
  return findings;
}
