import { join } from "node:path";
import { GruvyError } from "../base/index.ts";
import { inert } from "../report/index.ts";
import { writeDurably } from "../storage/node.ts";
import { modelBytes } from "../tasks/index.ts";
import { type Ledger, studyText, tune } from "../tuning/index.ts";
import { fileLedger } from "../tuning/node.ts";
import { startEngine } from "./engine.ts";
import { Interrupted } from "./exit.ts";
import type { TuneFlags } from "./flags.ts";
import { open } from "./open.ts";
import { checkFolder, refuseForeign } from "./place.ts";
import { writeStudyPage } from "./run-study.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";
import { tuneTable } from "./tune-table.ts";

/** `gruvy tune`: searches, trains the best anew, writes the winner; begun again, it goes on. */
export async function runTune(spec: string, flags: TuneFlags): Promise<void> {
  const {
    cell,
    out,
    json,
    dryRun,
    trials,
    epochBudget,
    time,
    test,
    threads,
    target,
    text,
    label,
    missing,
    length,
    ...options
  } = flags;
  const run = session(flags);
  startEngine(threads);
  const { data } = await open(spec, flags, run);
  await checkFolder(out, test === undefined ? [spec] : [spec, test]);
  await refuseForeign(out, "study.ledger", ["best.gruvy", "best-trial.gruvy", "report.html"]);
  let ledger: Ledger | undefined;
  let planned: number | undefined;
  let plan: readonly string[] = [];
  const table = tuneTable({ line: run.line, seconds: time });
  // What is said of an interrupt stands below the table.
  run.signal.addEventListener("abort", () => table.end());
  try {
    run.observe({ type: "modelBegin", model: "gru", epochs: 1 }); // from now on a signal is heard between two steps
    run.clear();
    const result = await tune(data, {
      ...options,
      cells: cell,
      budget: { trials, epochs: epochBudget, seconds: time },
      openLedger: async () => {
        const opened = await fileLedger(out);
        ledger = opened;
        table.begin(() => opened.records(), planned);
        return opened;
      },
      dryRun,
      signal: run.signal,
      onPlan: (lines, { epochs }) => {
        lines.forEach(table.line);
        planned = epochs;
        plan = lines;
      },
      onEvent: table.observe,
      onFinal: ({ name }, seed, score) => {
        table.end();
        table.line(`  ${name}, seed ${seed}: ${Number(score.toPrecision(4))}`);
      },
    });
    table.end();
    run.clear();
    if (result.ending === "interrupted")
      throw new Interrupted(`Interrupted. ${out} holds the study; the same command goes on.`);
    if (ledger === undefined) {
      if (json) await print(`${JSON.stringify({ dryRun: true, epochs: planned, plan })}\n`);
      return;
    }
    const { fitted, bestTrial, ...shown } = result;
    const model = join(out, "best.gruvy");
    if (fitted !== undefined) {
      await writeDurably(model, await modelBytes(fitted));
      fitted.model.dispose();
    }
    if (bestTrial !== undefined) {
      await writeDurably(join(out, "best-trial.gruvy"), await modelBytes(bestTrial));
      bestTrial.model.dispose();
    }
    const report = join(out, "report.html");
    await writeStudyPage(report, ledger.records(), out);
    if (json) await print(`${JSON.stringify({ ...shown, model: fitted === undefined ? null : model, report })}\n`);
    else
      await print(
        `${studyText(ledger.records()).split("\n").map(inert).join("\n")}\n${fitted === undefined ? result.verdict : `Model: ${model}`}\nReport: ${report}\n`,
      );
    if (fitted === undefined) throw new GruvyError("training/failures", result.verdict);
  } finally {
    table.end();
    await ledger?.close();
  }
}
