import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { comparisonTable, repetitions, reportHtml } from "../report/index.ts";
import { writeTogether } from "../storage/node.ts";
import { type ComparisonResult, compare } from "../tasks/index.ts";
import { startEngine } from "./engine.ts";
import { errorObject, SaveFailed } from "./exit.ts";
import { type CompareFlags, withoutData } from "./flags.ts";
import { open } from "./open.ts";
import { checkFolder } from "./place.ts";
import { type Session, session, typedCommand } from "./session.ts";
import { columnsOf, print } from "./terminal.ts";
import { findingLines } from "./words.ts";

const REPORT = "report.html";
const RESULT = "result.json";

/** `gruvy compare`: compares, writes the report, prints the table or the object. */
export async function runCompare(spec: string, flags: CompareFlags): Promise<void> {
  const run = session(flags);
  const result = await compareAndReport(spec, flags, run, typedCommand());
  run.clear();
  const saved = `What was finished is in ${result.report}.`;
  const object = () => ({ ...result, ...errorObject(run.interrupted(saved)) });
  await print(flags.json ? `${JSON.stringify(object())}\n` : resultText(result));
  run.stopIfInterrupted(saved);
}

/** Compares and writes `report.html` and `result.json` into the folder. */
export async function compareAndReport(
  spec: string,
  flags: CompareFlags,
  run: Session,
  command: string,
): Promise<ComparisonResult> {
  const { cell, seeds, vary, out, json, verbose, threads, ...options } = withoutData(flags);
  const { test } = flags;
  startEngine(threads);
  const opened = await open(spec, flags, run);
  await checkFolder(out, test === undefined ? [spec] : [spec, test], { files: [REPORT, RESULT] });
  const found = await compare(opened.data, {
    ...options,
    reload: opened.reload,
    length: opened.length,
    cells: cell,
    seeds,
    vary,
    command,
    onProgress: run.observe,
    signal: run.signal,
  });
  const result = { ...found, report: join(out, REPORT) };
  await save(out, result);
  return result;
}

async function save(out: string, result: ComparisonResult): Promise<void> {
  const utf8 = new TextEncoder();
  try {
    await mkdir(out, { recursive: true });
    await writeTogether([
      { path: join(out, REPORT), content: utf8.encode(await reportHtml(result)) },
      { path: join(out, RESULT), content: utf8.encode(`${JSON.stringify(result)}\n`) },
    ]);
  } catch (error) {
    throw new SaveFailed(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The table, what should be known, the verdict and where the report lies. */
export function resultText(
  result: ComparisonResult,
  stream: { isTTY?: boolean; columns?: number } = process.stdout,
): string {
  const width = columnsOf(stream, 100);
  const table = comparisonTable(result, { color: stream.isTTY === true, width });
  const repeated = repetitions(result, { width });
  const findings = findingLines(result.findings.filter(({ severity }) => severity !== "note"));
  const report = result.report === undefined ? "" : `\nReport: ${result.report}\n`;
  return `\n${table}\n${repeated === "" ? "" : `${repeated}\n`}${findings}${result.verdict}\n${report}`;
}
