import { counted, inert, measureWords, valuesText } from "../base/index.ts";
import { finalVerdict } from "./final-verdict.ts";
import { type FailedFinal, type FinalResult, failedFinals, finalResults } from "./finals.ts";
import { looksOf, looksText } from "./looks.ts";
import { configuration } from "./space/index.ts";
import { headOf, type Objective, ranked, reached, type StudyRecord, trialsOf } from "./study/index.ts";

const MOST = 15;
const MOST_FAILED = 3;
const digits = (value: number | undefined): string => (value === undefined ? "" : String(Number(value.toPrecision(4))));

/** A study as a table for people: how far it is, the best trials, the finals, what can be said. */
export function studyText(records: readonly StudyRecord[]): string {
  const head = headOf(records);
  if (head === undefined) return `${unbegun(records)}.`;
  const { objective } = head;
  const trials = trialsOf(records, objective.direction);
  const count = (status: string): number => trials.filter((one) => one.status === status).length;
  const epochs = trials.reduce((sum, { history }) => sum + history.length, 0);
  const isOver = records.findLast(({ type }) => type !== "final" && type !== "test")?.type === "ended";
  const measure = inert(objective.name);
  const lines = [
    `${inert(head.searcher.name)} for ${inert(measureWords(objective.name))}: ${counted(trials.length, "trial")} (${count("completed")} completed, ${count("failed")} failed, ${count("running")} ${isOver ? "unfinished" : "under way"}), ${counted(epochs, "epoch")}`,
    "",
  ];
  const best = ranked(trials, objective);
  const seen = new Set<string>();
  const shown = best.filter(({ values }) => !seen.has(configuration(values)) && seen.add(configuration(values)));
  lines.push(`  trial  ${measure.padEnd(11)}  epochs  configuration`);
  for (const trial of shown.slice(0, MOST)) {
    const { id, objective: score, values, status } = trial;
    const to = status === "running" ? `${reached(trial)}/${trial.epochs}` : String(trial.epochs);
    lines.push(`  ${String(id).padStart(5)}  ${digits(score).padEnd(11)}  ${to.padStart(6)}  ${valuesText(values)}`);
  }
  if (shown.length > MOST) lines.push(`  and ${counted(shown.length - MOST, "more configuration")}`);
  const failed = trials.filter(({ status }) => status === "failed");
  for (const { id, reason } of failed.slice(-MOST_FAILED)) {
    lines.push(`  trial ${id} failed: ${inert((reason ?? "").replace(/\s+/g, " "))}`);
  }
  if (failed.length > MOST_FAILED) lines.push(`  and ${failed.length - MOST_FAILED} more failed before`);
  const finals = finalResults(records, objective);
  const failures = failedFinals(records);
  if (finals.length + failures.length > 0) lines.push("", ...finalLines(finals, objective, failures));
  const { looks, seen: shownTest } = looksOf(records, finals);
  if (shownTest !== undefined) {
    const { name, seed, scores, beside } = shownTest;
    const numbers = Object.entries(scores).map(([what, value]) => `${inert(what)} ${digits(value)}`);
    lines.push(`Test part, ${looksText(looks)}: ${numbers.join(", ")} (${inert(name)}, seed ${seed})`);
    if (beside !== undefined) lines.push(inert(beside.verdict));
  }
  return lines.join("\n");
}

/** Why there is nothing to show. */
export const unbegun = (records: readonly StudyRecord[]): string =>
  records.length === 0
    ? "The study has not begun yet: it has no records; gruvy tune, or search in code, begins it"
    : "The record that says what the study searches for is lost; the same command as before writes it anew";

function finalLines(finals: readonly FinalResult[], objective: Objective, failed: readonly FailedFinal[]): string[] {
  const rows = finals.map(({ name, mean, low, high, scores, values }) => {
    const interval = low === undefined || high === undefined ? "" : `${digits(low)} to ${digits(high)}`;
    return [inert(name), digits(mean), interval, String(scores.length), valuesText(values)];
  });
  const table = [["anew", "mean", "95 %", "seeds", "configuration"], ...rows];
  const width = (column: number): number => Math.max(...table.map((row) => row[column].length));
  const lines = table.map(([name, mean, interval, seeds, values]) => {
    return `  ${name.padEnd(width(0))}  ${mean.padEnd(width(1))}  ${interval.padEnd(width(2))}  ${seeds.padStart(width(3))}  ${values}`;
  });
  const lost = failed.map(
    ({ name, seed, reason }) => `  ${inert(name)}, seed ${seed}, failed: ${inert(reason.replace(/\s+/g, " "))}`,
  );
  return [...(finals.length > 0 ? lines : []), ...lost, "", inert(finalVerdict(finals, objective, failed))];
}
