import { join } from "node:path";
import { counted, GruvyError } from "../base/index.ts";
import { inert } from "../report/index.ts";
import { writeDurably } from "../storage/node.ts";
import { modelBytes } from "../tasks/index.ts";
import { type Ledger, studyText, type TuneOptions, tune } from "../tuning/index.ts";
import { fileLedger, studyAhead } from "../tuning/node.ts";
import { startEngine } from "./engine.ts";
import { errorObject, Interrupted } from "./exit.ts";
import { type TuneFlags, withoutData } from "./flags.ts";
import { open } from "./open.ts";
import { checkFolder, refuseForeign } from "./place.ts";
import { writeStudyPage } from "./run-study.ts";
import { session } from "./session.ts";
import { print } from "./terminal.ts";
import { tuneTable } from "./tune-table.ts";

/** `gruvy tune`: searches, trains the best anew, writes the winner; begun again, it goes on. */
export async function runTune(spec: string, flags: TuneFlags): Promise<void> {
  const { cell, out, json, dryRun, trials, epochBudget, time, threads, ...options } = withoutData(flags);
  const { test } = flags;
  const run = session(flags);
  startEngine(threads);
  const { data } = await open(spec, flags, run);
  const files = ["best.gruvy", "best-trial.gruvy", "report.html"];
  await checkFolder(out, test === undefined ? [spec] : [spec, test], { files });
  await refuseForeign(out, "study.ledger", files);
  const crowd = await crowdLines(options.workers, threads);
  let ledger: Ledger | undefined;
  let told: Parameters<NonNullable<TuneOptions["onPlan"]>> = [[], {}];
  let finals = { done: 0, all: 0 };
  const table = tuneTable({ line: run.line });
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
        table.begin(() => opened.records(), told[1]);
        return opened;
      },
      readLedger: () => studyAhead(out),
      dryRun,
      signal: run.signal,
      onPlan: (...said) => {
        said[0].forEach(table.line);
        crowd.forEach(table.line);
        told = said;
      },
      onEvent: table.observe,
      onWarning: (text) => {
        table.end();
        table.line(text);
      },
      onFinals: (left) => {
        table.end();
        table.line(`The search is over; ${counted(left, "final training")} to come.`);
        finals = { done: 0, all: left };
      },
      onFinal: ({ name }, seed, score, reason) => {
        const said = score === undefined ? `failed: ${reason}` : Number(score.toPrecision(4));
        table.line(`  ${++finals.done} of ${finals.all}: ${name}, seed ${seed}: ${said}`);
      },
    }).catch((error: unknown) => {
      throw inFlags(error, out);
    });
    table.end();
    run.clear();
    if (result.ending === "interrupted")
      throw new Interrupted(`Interrupted. ${out} holds the study; the same command goes on.`);
    if (ledger === undefined) {
      const [plan, { epochs, done }] = told;
      if (json) await print(`${JSON.stringify({ dryRun: true, epochs, plan, done })}\n`);
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
    const error = fitted === undefined ? new GruvyError("training/failures", result.verdict) : undefined;
    const object = { ...shown, model: fitted === undefined ? null : model, report, ...errorObject(error) };
    if (json) await print(`${JSON.stringify(object)}\n`);
    else
      await print(
        `${studyText(ledger.records()).split("\n").map(inert).join("\n")}\n${fitted === undefined ? inert(result.verdict) : `Model: ${model}`}\nReport: ${report}\n`,
      );
    if (error) throw error;
  } finally {
    table.end();
    await ledger?.close();
  }
}

/** Each worker has a thread of its own, also where cores are fewer. */
async function crowdLines(workers = 1, threads?: number): Promise<string[]> {
  if (workers === 1) return [];
  const all = threads ?? (await import("../engine/doctor/index.ts")).cores().usable;
  if (workers <= all) return [];
  return [`${workers} workers share ${counted(all, "core")}: more than that at once take memory, and no less time.`];
}

/** Settings that the command has an option for, by its name in kebab case. */
const SETTINGS = [
  ...[
    "cell",
    "units",
    "layers",
    "dropout",
    "learningRate",
    "batchSize",
    "window",
    "search",
    "maxEpochs",
    "factor",
    "seed",
  ],
  ...["transform", "horizon", "maxWords", "maxLength", "truncate", "testSize"],
];

/** What differs in another study, by the options of the command. */
function inFlags(error: unknown, out: string): unknown {
  if (!(error instanceof GruvyError) || error.code !== "usage/other-study") return error;
  const { details = {} } = error;
  let message = error.message.replace("The folder", () => out);
  for (const { name } of details.differences as readonly { readonly name: string }[]) {
    const setting = name.replace(/^hyperparameter /, "").replace(/^cells$/, "cell");
    if (!SETTINGS.includes(setting)) continue;
    const flag = `--${setting.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
    message = message.replace(`${name} was `, () => `${flag} was `);
  }
  return new GruvyError(error.code, message, "", { details, cause: error });
}
