// How the seconds of a budget are divided: what the final trainings are to take is kept back from the search.

import { type StudyRecord, secondsSpent } from "./study/index.ts";

/** Of the time at most so much is kept for the final trainings: the search comes first. */
const MOST_KEPT = 0.5;

export interface TimePlan {
  /** Seconds of the search and the final trainings, over all runs of the study. */
  readonly all: number;
  readonly search: number;
}

/**
 * `finals`: seconds that the final trainings may take, where that can be told. A search that such a budget has ended does
 * not go on with the same one, though today's machine would divide it otherwise.
 */
export function timePlan(
  all: number | undefined,
  { known, finals = Number.POSITIVE_INFINITY }: { known: readonly StudyRecord[]; finals?: number },
): TimePlan | undefined {
  if (all === undefined) return undefined;
  const last = known.findLast((record) => record.type === "ended");
  const isOver = last?.reason === "seconds" && all <= (last.within ?? 0);
  return { all, search: isOver ? secondsSpent(known) : all - Math.min(MOST_KEPT * all, finals) };
}

/** Seconds of the final trainings so far, of which so many were trained at once. */
export const secondsOfFinals = (records: readonly StudyRecord[], workers: number): number =>
  records.reduce((sum, record) => (record.type === "final" ? sum + record.seconds / workers : sum), 0);
