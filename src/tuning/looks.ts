// How often the test part was looked at, which only the ledger can tell for all runs of a study.

import { type FinalResult, winnerOf } from "./finals.ts";
import type { Beside, Logs, StudyRecord } from "./study/index.ts";

/** What was seen of one model. */
export interface Look {
  readonly name: string;
  readonly seed: number;
  readonly scores: Logs;
  readonly beside?: Beside;
}

/**
 * How many models were looked at on the test part, and what was seen of the winner (of the last one where the winner was
 * not looked at yet). A look that a kill cut off and that was then repeated counts once: it is the same model on the same
 * rows.
 */
export function looksOf(
  records: readonly StudyRecord[],
  finals: readonly FinalResult[],
): { readonly looks: number; readonly seen?: Look } {
  const tests = records.filter((record) => record.type === "test");
  const keys = new Set(tests.map(({ name, seed }) => JSON.stringify([name, seed])));
  const seen = tests.flatMap(({ scores, ...look }) => (scores === undefined ? [] : [{ ...look, scores }]));
  const winner = winnerOf(finals);
  return {
    looks: keys.size,
    seen: seen.find(({ name, seed }) => name === winner?.name && seed === winner.seed) ?? seen.at(-1),
  };
}

export const looksText = (looks: number): string =>
  looks <= 1
    ? "looked at once"
    : `looked at ${looks} times, for the search went on after the first, so this may be a little too good`;
