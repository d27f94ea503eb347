import { type FinalResult, finalResults, finalVerdict } from "./finals.ts";
import { configuration, valuesText } from "./space/index.ts";
import { headOf, type Objective, ranked, type StudyRecord, trialsOf } from "./study/index.ts";

const MOST = 15;
const digits = (value: number | undefined): string => (value === undefined ? "" : String(Number(value.toPrecision(4))));

/** A study as a table for people: how far it is, the best trials, the finals, what can be said. */
export function studyText(records: readonly StudyRecord[]): string {
  const head = headOf(records);
  if (head === undefined) return `${unbegun(records)}.`;
  const { objective } = head;
  const trials = trialsOf(records, objective.direction);
  const count = (status: string): number => trials.filter((one) => one.status === status).length;
  const epochs = trials.reduce((sum, { history }) => sum + history.length, 0);
  const lines = [
    `${head.searcher.name} for ${objective.name}: ${trials.length} trials (${count("completed")} completed, ${count("failed")} failed, ${count("running")} under way), ${epochs} epochs`,
    "",
  ];
  const best = ranked(trials, objective);
  const seen = new Set<string>();
  const shown = best.filter(({ values }) => !seen.has(configuration(values)) && seen.add(configuration(values)));
  lines.push(`  trial  ${objective.name.padEnd(11)}  epochs  configuration`);
  for (const { id, objective: score, epochs: to, values } of shown.slice(0, MOST)) {
    lines.push(
      `  ${String(id).padStart(5)}  ${digits(score).padEnd(11)}  ${String(to).padStart(6)}  ${valuesText(values)}`,
    );
  }
  if (shown.length > MOST) lines.push(`  and ${shown.length - MOST} more configurations`);
  for (const { id, reason } of trials.filter(({ status }) => status === "failed").slice(-3)) {
    lines.push(`  trial ${id} failed: ${reason}`);
  }
  const finals = finalResults(records, objective);
  if (finals.length > 0) lines.push("", ...finalLines(finals, objective));
  const tested = records.findLast((one) => one.type === "test" && one.scores !== undefined);
  if (tested?.type === "test" && tested.scores) {
    const scores = Object.entries(tested.scores).map(([name, value]) => `${name} ${digits(value)}`);
    const looks = records.filter((one) => one.type === "test" && one.scores === undefined).length;
    lines.push(
      `Test part, looked at ${looks === 1 ? "once" : `${looks} times`}: ${scores.join(", ")} (${tested.name}, seed ${tested.seed})`,
    );
  }
  return lines.join("\n");
}

/** Why there is nothing to show. */
export const unbegun = (records: readonly StudyRecord[]): string =>
  records.length === 0
    ? "The study has not begun yet"
    : "The record that says what the study searches for is lost; the same command as before writes it anew";

function finalLines(finals: readonly FinalResult[], objective: Objective): string[] {
  const lines = finals.map(({ name, mean, low, high, scores, values }) => {
    const interval = low === undefined || high === undefined ? "" : `${digits(low)} to ${digits(high)}`;
    return `  ${name.padEnd(10)}  ${digits(mean).padEnd(8)}  ${interval.padEnd(20)}  ${String(scores.length).padStart(5)}  ${valuesText(values)}`;
  });
  return [
    `  ${"anew".padEnd(10)}  ${"mean".padEnd(8)}  ${"95 %".padEnd(20)}  seeds  configuration`,
    ...lines,
    "",
    finalVerdict(finals, objective),
  ];
}
