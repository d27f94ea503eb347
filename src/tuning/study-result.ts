import { GruvyError } from "../base/index.ts";
import { finalResults, finalVerdict } from "./finals.ts";
import { importanceOf } from "./importance.ts";
import type { StudyResult } from "./results.ts";
import { headOf, type StudyRecord, trialsOf } from "./study/index.ts";
import { unbegun } from "./study-text.ts";

/**
 * What a study found so far.
 *
 * @throws {GruvyError} `file/format` when the records are none of a study.
 */
export function studyResult(records: readonly StudyRecord[]): StudyResult {
  const head = headOf(records);
  if (head === undefined) throw new GruvyError("file/format", unbegun(records));
  const { space, objective, searcher, seed, epochs, about, date } = head;
  const trials = trialsOf(records, objective.direction);
  const finals = finalResults(records, objective);
  const last = records.findLast(({ type }) => type !== "final" && type !== "test");
  const tests = records.filter((record) => record.type === "test");
  const scored = tests.findLast(({ scores }) => scores !== undefined);
  const looks = tests.filter(({ scores }) => scores === undefined).length;
  return {
    ...{ space, objective, searcher, seed, epochs, about, date },
    trials,
    ended: last?.type === "ended" ? last.reason : undefined,
    importance: importanceOf(space, trials),
    finals,
    verdict: finalVerdict(finals, objective),
    test: scored?.scores && {
      name: scored.name,
      seed: scored.seed,
      looks,
      scores: scored.scores,
      beside: scored.beside,
    },
  };
}
