import { join } from "node:path";
import { GruvyError } from "../base/index.ts";
import { inert } from "../report/index.ts";
import { writeDurably } from "../storage/node.ts";
import { modelBytes } from "../tasks/index.ts";
import { type Ledger, type StudyEvent, studyText, tune } from "../tuning/index.ts";
import { fileLedger } from "../tuning/node.ts";
import { startEngine } from "./engine.ts";
import { Interrupted } from "./exit.ts";
import type { TuneFlags } from "./flags.ts";
import { open } from "./open.ts";
import { checkFolder } from "./place.ts";
import { writeStudyPage } from "./run-study.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";

/** `gruvy tune`: searches, trains the best anew, writes the winner; begun again, it goes on. */
export async function runTune(spec: string, flags: TuneFlags): Promise<void> {
  const { cell, out, json, dryRun, trials, epochBudget, time, test, threads, target, text, label, length, ...options } =
    flags;
  const run = session(flags);
  startEngine(threads);
  const { data } = await open(spec, flags, run);
  await checkFolder(out, test === undefined ? [spec] : [spec, test]);
  let ledger: Ledger | undefined;
  const say = (line: string): void => run.line(inert(line));
  try {
    run.observe({ type: "modelBegin", model: "gru", epochs: 1 }); // from now on a signal is heard between two steps
    run.clear();
    const result = await tune(data, {
      ...options,
      cells: cell,
      budget: { trials, epochs: epochBudget, seconds: time },
      openLedger: async () => {
        ledger = await fileLedger(out);
        return ledger;
      },
      dryRun,
      signal: run.signal,
      onPlan: (lines) => lines.forEach(say),
      onEvent: (event) => say(eventLine(event)),
      onFinal: ({ name }, seed, score) => say(`  ${name}, seed ${seed}: ${digits(score)}`),
    });
    run.clear();
    if (result.ending === "interrupted")
      throw new Interrupted(`Interrupted. ${out} holds the study; the same command goes on.`);
    if (ledger === undefined) return;
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
    await ledger?.close();
  }
}

const digits = (value: number): string => String(Number(value.toPrecision(4)));

function eventLine(event: StudyEvent): string {
  const { trial } = event;
  if (event.type === "trialBegin") {
    const values = Object.entries(trial.values).map(
      ([name, value]) => `${name} ${typeof value === "number" ? digits(value) : value}`,
    );
    const from = trial.from === undefined ? "" : `, goes on from trial ${trial.from}`;
    return `trial ${trial.id}, to epoch ${trial.epochs}${from}: ${values.join(", ")}`;
  }
  if (event.type === "epoch") {
    const logs = Object.entries(event.logs).filter(([name]) => name.startsWith("val"));
    return `  trial ${trial.id}, epoch ${event.epoch + 1}: ${logs.map(([name, value]) => `${name} ${digits(value)}`).join(", ")}`;
  }
  if (event.type === "lost") return `  trial ${trial.id} lost its worker and goes on with another: ${event.reason}`;
  if (trial.status === "failed") return `  trial ${trial.id} failed: ${trial.reason}`;
  const best =
    event.best === undefined
      ? ""
      : `; best so far ${digits(event.best.objective ?? Number.NaN)} (trial ${event.best.id})`;
  return `  trial ${trial.id}: ${digits(trial.objective ?? Number.NaN)}${best}`;
}
