import { GruvyError, wholeNumber } from "../base/index.ts";
import { checkData, type LoadedData, requireUsable } from "../data/index.ts";
import { chooseBest } from "../evaluation/index.ts";
import type { Model } from "../model/index.ts";
import { differenceOf, verdictOn } from "./against.ts";
import { type CellRun, interrupted, type Keeping, tryCell } from "./cell-run.ts";
import { checkGiven } from "./check-given.ts";
import { filledIn } from "./filled.ts";
import type { Job, ScoredModel } from "./job.ts";
import { makeJob, planSentences, readSentence } from "./make-job.ts";
import { cellNames } from "./names.ts";
import type { ComparisonResult, Difference, Finding, ModelResult } from "./results.ts";
import { type Spread, spreadOver } from "./seeds.ts";
import {
  cells as allCells,
  type Cell,
  checkOptions,
  type Settings,
  settings as settingsFor,
  type TaskOptions,
} from "./settings.ts";
import { unfinishedFinding } from "./unfinished.ts";
import { vary } from "./vary.ts";
import { versions } from "./versions.ts";

export interface CompareOptions extends TaskOptions {
  /** Default: all three. */
  readonly cells?: readonly Cell[];
  /** How many seeds to train from: `seed`, `seed + 1`, ... Default 1. */
  readonly seeds?: number;
  /** Repeats the comparison at five sizes of the training part, or up to five lengths: those that differ. */
  readonly vary?: "rows" | "length";
  /** Makes the same data with another length; needed to vary the length of generated sequences. */
  readonly reload?: (length: number) => Promise<LoadedData>;
  /** The length the data were made with. */
  readonly length?: number;
  /** The command that reruns this, for the report. */
  readonly command?: string;
}

/**
 * Trains the recurrent cells on one split of the data, beside the baselines they must beat, and says how good they are.
 * Everything that is fitted or chosen comes from the training part; the test part is scored once.
 *
 * @returns every model's parameters, seconds and scores in the data's own units; the difference between the best cell
 *   and the best baseline (both by validation score) with its 95 % interval; and a verdict in one sentence.
 * @throws {GruvyError} `usage/option` for an option that makes no sense, `data/...` for data that cannot carry a model,
 *   `training/interrupted` when the signal came before the first epoch of a cell was finished. Interrupted later, the result holds
 *   the cells that were finished, or the one that was being trained if none was, and a finding says so.
 * @example
 * const result = await compare(airlinePassengers(), { cells: ["gru"], epochs: 2 });
 * result.models.map((model) => model.name); // ["lastValue", "seasonalNaive", "drift", "ets", "linear", "gru"]
 */
export async function compare(data: LoadedData, options: CompareOptions = {}): Promise<ComparisonResult> {
  return (await comparison(data, options)).result;
}

export interface Comparison {
  readonly job: Job;
  readonly result: ComparisonResult;
  /** The run that stands for the best cell, and its model where it was kept. */
  readonly run: CellRun;
  readonly model?: Model;
}

/** A comparison that can keep the model of its only run, for `train`; then also half a training counts. */
export async function comparison(given: LoadedData, options: CompareOptions, keep?: Keeping): Promise<Comparison> {
  checkGiven(given);
  checkOptions(options, "compare", ["cells", "seeds", "vary", "reload", "length", "command"]);
  const settings = settingsFor(given.kind, options);
  const { onProgress, signal, seed } = settings;
  const cells = options.cells ?? allCells;
  if (cells.length === 0)
    throw new GruvyError("usage/option", "Expected at least one cell", "Known are rnn, lstm, gru.");
  const seeds = options.seeds === undefined ? 1 : wholeNumber(options.seeds, "seeds");
  const data = given.kind === "series" ? filledIn(given, settings.testSize) : given;
  const found = checkData(data);
  requireUsable(found);
  const job = makeJob(data, settings);
  onProgress({ type: "read", text: readSentence(job) });
  onProgress({ type: "plan", lines: planSentences(job) });

  const findings: Finding[] = [...found.filter(({ severity }) => severity !== "note"), ...job.findings];
  const trained = await allModels(job, { cells, seeds, settings, findings, keep });
  const { run, baseline, models, judged } = trained;
  const varied =
    options.vary === undefined || signal?.aborted
      ? undefined
      : await vary(options.vary, { ...options, data, job, settings, cells, models });

  const against = (one: ScoredModel): Difference => differenceOf(job, one, baseline);
  const best = against(run);
  const result: ComparisonResult = {
    data: job.data,
    split: job.split,
    choices: job.choices,
    models,
    comparison: best,
    differences: judged.filter((one) => one !== run && one !== baseline).map(against),
    verdict:
      trained.whole || keep !== undefined
        ? verdictOn(job, best, { model: run, baseline, modelChosen: cells.length > 1 })
        : "No verdict: the comparison was interrupted before all cells were trained.",
    findings,
    ...job.shown(run),
    vary: varied,
    settings: { ...job.settings, cells: cells.join(","), seed, seeds },
    versions: versions(),
    command: options.command ?? "",
    date: new Date().toISOString(),
  };
  return { job, result, run, model: trained.model };
}

interface Plan {
  readonly cells: readonly Cell[];
  readonly seeds: number;
  readonly settings: Settings;
  readonly findings: Finding[];
  readonly keep: Keeping | undefined;
}

/** The baselines, then the cells; which of each is best by validation. */
async function allModels(job: Job, { cells, seeds, settings, findings, keep }: Plan) {
  const { onProgress, signal, seed } = settings;
  const baselines = await job.baselines({
    begin: (name) => onProgress({ type: "modelBegin", model: name }),
    end: (name, { seconds, validation }) => onProgress({ type: "modelEnd", model: name, seconds, validation }),
  });
  const baseline = chooseBest(baselines, job.metric);
  const spreads: Spread[] = [];
  let kept: Model | undefined;
  let failure: GruvyError | undefined;
  let whole = true;
  const stopped = (what: string) => {
    whole = false;
    findings.push(interruption(what));
  };
  for (const cell of cells) {
    const runs: CellRun[] = [];
    let half: CellRun | undefined;
    for (let i = 0; i < seeds && !signal?.aborted; i++) {
      const done = await tryCell(job, cell, { seed: seed + i, settings, showSeed: seeds > 1, keeping: keep });
      if (done instanceof GruvyError) {
        failure ??= done;
        if (!signal?.aborted) findings.push(troubleFinding(cell, done.message, "It is left out."));
        continue;
      }
      if (keep) kept = done.model;
      else done.model.dispose();
      // Half a training is no fair comparison; but where nothing else was trained, it is better than nothing.
      const alone = spreads.length === 0 && runs.length === 0 && (keep !== undefined || done.run.bestEpoch > 0);
      if (!signal?.aborted || alone) runs.push(done.run);
      if (signal?.aborted && alone) half = done.run;
    }
    if (half) stopped(`${cellNames[cell]} was stopped ${stage(half, job)}`);
    else if (signal?.aborted && runs.length < seeds) {
      const done = runs.length === 0 ? "was not trained" : `was trained from ${runs.length} of ${seeds} seeds`;
      stopped(`${cellNames[cell]} ${done}`);
    }
    for (const { trouble, bestEpoch } of runs) {
      const scored = bestEpoch > 0 ? "its best epoch" : "weights that have seen only a part of the rows";
      if (trouble) findings.push(troubleFinding(cell, trouble.message, `Its scores are those of ${scored}.`));
    }
    const unfinished = half ? undefined : unfinishedFinding(runs, job, baseline);
    if (unfinished) findings.push(unfinished);
    if (runs.length > 0) spreads.push(spreadOver(runs, job.metric));
  }
  if (spreads.length === 0) throw failure ?? interrupted();
  const models: ModelResult[] = [...baselines.map(baselineResult), ...spreads.map(({ result }) => result)];
  const best = chooseBest(
    spreads.map(({ result }) => result),
    job.metric,
  );
  const run = (spreads.find(({ result }) => result === best) ?? spreads[0]).middle;
  const judged: ScoredModel[] = [...baselines, ...spreads.map(({ middle }) => middle)];
  return { models, run, baseline, judged, model: kept, whole };
}

/** How far a training came that was stopped. */
function stage({ epochs, bestEpoch }: CellRun, { schedule }: Job): string {
  if (epochs === 0) return "in its first epoch; its scores are those of weights that have seen only a part of the rows";
  return `after ${epochs} of ${schedule.epochs} epochs; its scores are those of its best epoch, ${bestEpoch}`;
}

function interruption(what: string): Finding {
  return { severity: "warning", what: `Interrupted: ${what}`, advice: "Run the command again for the whole of it." };
}

function troubleFinding(cell: Cell, what: string, advice: string): Finding {
  return { severity: "warning", what, where: cell, advice };
}

function baselineResult({ name, parameters, seconds, validation, test, predictions }: ScoredModel): ModelResult {
  return { name, kind: "baseline", parameters, seconds, validation, test, predictions };
}
