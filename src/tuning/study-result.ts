import { GruvyError } from "../base/index.ts";
import { finalVerdict } from "./final-verdict.ts";
import { failedFinals, finalResults } from "./finals.ts";
import { importanceOf } from "./importance.ts";
import { looksOf } from "./looks.ts";
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
  const failed = failedFinals(records);
  const last = records.findLast(({ type }) => type !== "final" && type !== "test");
  const { looks, seen } = looksOf(records, finals);
  return {
    ...{ space, objective, searcher, seed, epochs, about, date },
    trials,
    ended: last?.type === "ended" ? last.reason : undefined,
    importance: importanceOf(space, trials),
    finals,
    failedFinals: failed,
    verdict: finalVerdict(finals, objective, failed),
    looks: seen && looks,
    test: seen && { name: seen.name, seed: seen.seed, looks, scores: seen.scores, beside: seen.beside },
  };
}
