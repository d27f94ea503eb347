import { basename, join, resolve } from "node:path";
import { counted } from "../base/index.ts";
import { inert, studyHtml } from "../report/index.ts";
import { writeDurably } from "../storage/node.ts";
import { type StudyRecord, type StudyResult, studyResult, studyText, type Value } from "../tuning/index.ts";
import { readStudy, repairStudy } from "../tuning/node.ts";
import { csvLine, freeName, spreadsheetText } from "./csv-out.ts";
import { UsageError } from "./exit.ts";
import { checkFile } from "./place.ts";
import { print } from "./terminal.ts";

export interface StudyShowFlags {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly html?: string;
}

/** `gruvy study show`: a table, one JSON object, CSV, or a page. */
export async function runStudyShow(folder: string, { json, csv, html }: StudyShowFlags): Promise<void> {
  const asked = [json && "--json", csv && "--csv", html !== undefined && "--html"].filter(Boolean);
  if (asked.length > 1) throw new UsageError(`Expected one of --json, --csv and --html, found ${asked.join(" and ")}`);
  const records = await readStudy(folder);
  const result = studyResult(records);
  if (json) await print(`${JSON.stringify(result)}\n`);
  else if (csv) await print(csvOf(result));
  else if (html !== undefined) {
    const own = ["study.ledger", "best.gruvy", "best-trial.gruvy"].map((name) => join(folder, name));
    await checkFile(html, own, "--html");
    await writeStudyPage(html, records, folder);
    await print(`Report: ${inert(html)}\n`);
  } else await print(`${studyText(records).split("\n").map(inert).join("\n")}\n`);
}

/** Writes the page of a study, which bears the name of its folder. */
export async function writeStudyPage(path: string, records: readonly StudyRecord[], folder: string): Promise<void> {
  const page = await studyHtml(studyResult(records), basename(resolve(folder)));
  await writeDurably(path, new TextEncoder().encode(page));
}

/** The trials as CSV: numbers stay numbers, and no text of the ledger is a formula or steers a terminal. */
export function csvOf({ space, objective, trials }: Pick<StudyResult, "space" | "objective" | "trials">): string {
  const names = [...new Set(space.map(({ name }) => name))];
  // Of `1` and `"1"` in one choice the text stands in quotes.
  const twins = new Set(
    space.flatMap(({ values = [] }) => values.flatMap((one) => (typeof one === "string" ? [] : [String(one)]))),
  );
  const told = (value: Value | undefined) =>
    typeof value === "string" && twins.has(value) ? JSON.stringify(value) : value;
  const rows = trials.map(({ id, status, objective: score, epochs, bestEpoch, seconds, from, values, reason }) => [
    ...[id, status, score, epochs, bestEpoch === undefined ? undefined : bestEpoch + 1, seconds, from, reason],
    ...names.map((name) => told(values[name])),
  ]);
  const header = ["trial", "status", objective.name, "epochs", "bestEpoch", "seconds", "from", "reason"];
  for (const name of names) header.push(freeName(name, header));
  return [header, ...rows].map((row) => csvLine(row.map(spreadsheetText))).join("");
}

export async function runStudyRepair(folder: string, { json }: { readonly json?: boolean }): Promise<void> {
  const repaired = await repairStudy(folder);
  const { kept, dropped, copy } = repaired;
  if (json) await print(`${JSON.stringify(repaired)}\n`);
  else
    await print(
      copy === undefined
        ? `Nothing to repair: ${kept === 1 ? "its only record is" : `all ${kept} records are`} whole.\n`
        : `Kept ${counted(kept, "record")}, left out ${dropped}. The file as it was: ${inert(copy)}\n` +
            "What is lost is searched for again: run the command that began the study once more.\n",
    );
}
