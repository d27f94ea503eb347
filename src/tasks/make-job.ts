import { capital } from "../base/index.ts";
import type { LoadedData } from "../data/index.ts";
import { filledIn } from "./filled.ts";
import type { Job } from "./job.ts";
import { inOwnUnits, magnitudeOf } from "./magnitude.ts";
import { sequenceJob } from "./sequence-job.ts";
import { seriesJob } from "./series-job.ts";
import type { Settings } from "./settings.ts";
import { textJob } from "./text-job.ts";

export function makeJob(data: LoadedData, settings: Settings): Job {
  if (data.kind === "series") {
    const series = filledIn(data, settings.testSize);
    const magnitude = magnitudeOf(series.values);
    if (magnitude === 1) return seriesJob(series, settings);
    const values = series.values.map((value) => value / magnitude);
    return inOwnUnits(seriesJob({ ...series, values }, settings), series, magnitude);
  }
  if (data.kind === "sequences") return sequenceJob(data, settings);
  return textJob(data, settings);
}

/** One sentence on what was read. */
export function readSentence({ data }: Job): string {
  const { name, rows, kind, target, labels, unit } = data;
  if (kind === "series")
    return `Read ${name}: a series of ${rows} values of "${target}"${unit === undefined ? "" : ` (${unit})`}.`;
  const what = kind === "texts" ? "texts" : "sequences";
  return `Read ${name}: ${rows} ${what}${labels === undefined ? "" : ` of ${labels.length} classes`}, the test part included.`;
}

/** What was chosen and how the data are split, one sentence each. */
export function planSentences(job: Job): string[] {
  const { split, choices } = job;
  return [
    ...choices.map(({ what, value, why }) => `${capital(what)}: ${value} (${why}).`),
    `Split: ${split.train} to train, ${split.validation} to validate, ${split.test} to test. ${split.how}`,
  ];
}
