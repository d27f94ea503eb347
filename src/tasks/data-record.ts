import type { LoadedData } from "../data/index.ts";
import { fingerprint, wholeFingerprint } from "./fingerprint.ts";
import type { TrainingRecord } from "./fitted.ts";
import type { Job } from "./job.ts";
import { rowPrints, seriesPrints } from "./row-prints.ts";
import { stepOf } from "./step.ts";

/** What a model's file says of the data it was trained on, so that `evaluate` recognises them. */
export function dataRecord(
  data: LoadedData,
  job: Job,
): Pick<TrainingRecord, "data" | "fingerprint" | "whole" | "rowPrints" | "constant" | "split"> {
  const { name, source, rows } = job.data;
  return {
    data: { name, source, rows, step: stepOf(data) },
    fingerprint: fingerprint(data),
    whole: wholeFingerprint(data),
    ...(data.kind === "series"
      ? { rowPrints: seriesPrints(data.values.subarray(0, data.values.length - job.split.test)) }
      : { constant: plainest(job), rowPrints: rowPrints(data.train, job.seenRows ?? []) }),
    split: job.split,
  };
}

/** The commonest class, the first of equals, or the mean, of training and validation rows. */
function plainest({ training, metric }: Job): number {
  const answers = [training.train, training.validation].flatMap(({ y }) => Array.from(y?.data ?? []));
  if (metric !== "accuracy") return answers.reduce((sum, value) => sum + value / answers.length, 0);
  const counts = new Map<number, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const classes = [...counts.keys()].sort((a, b) => a - b);
  return classes.reduce((best, one) => (counts.get(one)! > counts.get(best)! ? one : best));
}
