// What a study has behind it when a plan of it is made again.

import { counted } from "../base/index.ts";
import { duration } from "./plan.ts";
import { type Budget, headOf, type StudyRecord, secondsSpent, trialsOf } from "./study/index.ts";

/** What is done already of a search. */
export interface Done {
  readonly trials: number;
  readonly failed: number;
  readonly unfinished: number;
  readonly epochs: number;
  /** Final trainings. */
  readonly finals: number;
  /** Of searching, by the study's own clock. */
  readonly seconds: number;
  /** Why the search ended last; absent while it is under way. */
  readonly ended?: string;
}

interface Planned {
  readonly trials?: number;
  readonly epochs?: number;
}

/** Undefined where nothing has begun. */
export function doneOf(records: readonly StudyRecord[]): Done | undefined {
  const head = headOf(records);
  if (head === undefined) return undefined;
  const trials = trialsOf(records, head.objective.direction);
  const last = records.findLast(({ type }) => type !== "final" && type !== "test");
  return {
    trials: trials.length,
    failed: trials.filter(({ status }) => status === "failed").length,
    unfinished: trials.filter(({ status }) => status === "running").length,
    epochs: trials.reduce((sum, { history }) => sum + history.length, 0),
    finals: records.filter(({ type }) => type === "final").length,
    seconds: secondsSpent(records),
    ...(last?.type === "ended" ? { ended: last.reason } : {}),
  };
}

/** A line for the plan; `planned`: the trials and epochs of the whole plan, where it can say. */
export function doneText(
  { trials, failed, unfinished, epochs, finals, seconds, ended }: Done,
  {
    planned,
    secondsOfEpoch,
    budget = {},
  }: { readonly planned: Planned; readonly secondsOfEpoch?: number; readonly budget?: Budget },
): string {
  const some = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}`]);
  const states = [...some(failed, "failed"), ...some(unfinished, "unfinished")];
  const counts = [
    `${counted(trials, "trial")}${states.length === 0 ? "" : ` (${states.join(", ")})`}`,
    counted(epochs, "epoch"),
    ...(finals === 0 ? [] : [counted(finals, "final training")]),
  ];
  const most = Math.min(planned.epochs ?? Number.POSITIVE_INFINITY, budget.epochs ?? Number.POSITIVE_INFINITY);
  const rest = most - epochs;
  const time = (budget.seconds ?? Number.POSITIVE_INFINITY) - seconds;
  const takes = Math.min(secondsOfEpoch === undefined ? Number.POSITIVE_INFINITY : rest * secondsOfEpoch, time);
  const next =
    ended === "done" && trials >= (planned.trials ?? 0)
      ? " The search has come to its end."
      : rest <= 0 || !Number.isFinite(takes)
        ? ""
        : time <= 0
          ? " The time of the search is used up."
          : ` What is left of the search takes at most about ${duration(takes)}.`;
  return `Done already: ${counts.join(", ")}.${next}`;
}
