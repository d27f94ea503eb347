import { GruvyError } from "../base/index.ts";
import { checkData, type LoadedData } from "../data/index.ts";
import { makeJob } from "./make-job.ts";
import type { Finding } from "./results.ts";
import { settings, type TaskOptions } from "./settings.ts";
import { textEncoder } from "./text-words.ts";

/** A text of which less than this share of words is known tells a model little. */
const MOST_UNKNOWN = 0.25;

/**
 * What in the data would trouble a model: what the data room finds in the data themselves, and what only a split shows:
 * rows of the test part that stand in the training part too, classes missing in one, windows that overlap, words the
 * training part does not know, parts too small to carry a claim.
 *
 * @example
 * check(airlinePassengers()).map(({ severity }) => severity); // ["note"]
 */
export function check(data: LoadedData, options: TaskOptions = {}): Finding[] {
  const findings: Finding[] = checkData(data);
  if (findings.some(({ severity }) => severity === "error")) return findings;
  try {
    const job = makeJob(data, settings(data.kind, options));
    findings.push(...job.findings);
    if (data.kind === "texts" && data.test === undefined && job.pipeline.kind === "texts") {
      const share = textEncoder(job.pipeline).unknownShare(data.train.texts);
      if (share > MOST_UNKNOWN) findings.push(unknownWords(share));
    }
  } catch (error) {
    // What makes a comparison impossible is what this command is asked for.
    if (!(error instanceof GruvyError) || error.kind !== "data") throw error;
    findings.push({ severity: "error", what: error.message, advice: "" });
  }
  return findings;
}

function unknownWords(share: number): Finding {
  return {
    severity: "warning",
    what: `${Math.round(100 * share)} % of the words are unknown to the index of the training part`,
    advice: "Raise --max-words, give more texts, or look at how the texts are written (language, markup, codes).",
  };
}
