import { GruvyError } from "../base/index.ts";
import { inert } from "../report/index.ts";
import { headOf, studyText, trialsOf } from "../tuning/index.ts";
import { readStudy, repairStudy } from "../tuning/node.ts";
import { csvLine } from "./csv-out.ts";
import { print } from "./terminal.ts";

/** `gruvy study show`: a table, one JSON object, or CSV. */
export async function runStudyShow(
  folder: string,
  { json, csv }: { readonly json?: boolean; readonly csv?: boolean },
): Promise<void> {
  if (json && csv) throw new GruvyError("usage/option", "Expected --json or --csv, found both");
  const records = await readStudy(folder);
  const head = headOf(records);
  if (head === undefined) throw new GruvyError("file/format", `The study in ${folder} has not begun yet`);
  const trials = trialsOf(records, head.objective.direction);
  if (json) {
    const finals = records.filter(({ type }) => type === "final" || type === "test");
    await print(`${JSON.stringify({ ...head, trials, finals })}\n`);
  } else if (csv) {
    const names = head.space.map(({ name }) => name);
    const rows = trials.map(({ id, status, objective, epochs, bestEpoch, seconds, from, values, reason }) => [
      ...[id, status, objective, epochs, bestEpoch === undefined ? undefined : bestEpoch + 1, seconds, from, reason],
      ...names.map((name) => values[name]),
    ]);
    const header = [
      "trial",
      "status",
      head.objective.name,
      "epochs",
      "bestEpoch",
      "seconds",
      "from",
      "reason",
      ...names,
    ];
    await print([header, ...rows].map((row) => csvLine(row.map((cell) => String(cell ?? "")))).join(""));
  } else await print(`${studyText(records).split("\n").map(inert).join("\n")}\n`);
}

export async function runStudyRepair(folder: string): Promise<void> {
  const { kept, dropped, copy } = await repairStudy(folder);
  await print(
    dropped === 0
      ? `Nothing to repair: all ${kept} records are whole.\n`
      : `Kept ${kept} records, left out ${dropped}. The file as it was: ${copy}\n`,
  );
}
