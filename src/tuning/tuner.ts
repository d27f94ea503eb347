import {
  type BatchStream,
  counted,
  type Dataset,
  GruvyError,
  inert,
  isBatchStream,
  isDataset,
  shown,
  type TensorLike,
  tensor,
  valuesText,
  wholeNumber,
} from "../base/index.ts";
import { checkFit, type FitOptions, type Model } from "../model/index.ts";
import { decodeModel } from "../tasks/index.ts";
import { aboutSearch } from "./about.ts";
import { discover, refuseLate } from "./discover.ts";
import { planText, secondsOfEpoch } from "./plan.ts";
import type { Searcher } from "./searchers/index.ts";
import { configuration, HyperParameters, requireVariety, type Space, type Values } from "./space/index.ts";
import {
  type Budget,
  checkBudget,
  type Ending,
  type Ledger,
  memoryLedger,
  type Objective,
  ranked,
  runStudy,
  type StudyEvent,
  type StudyOptions,
  stateOf,
  type Trial,
  trialsOf,
} from "./study/index.ts";
import { type BuiltTrial, callbacksOf, type TrialFitOptions } from "./train-trial.ts";
import { checkTunerOptions, objectiveOf, type TunerOptions } from "./tuner-options.ts";
import { withWorkers } from "./workers.ts";

/** Builds and compiles the model of a configuration; with it may come options of `fit`, such as `batchSize`. */
export type BuildModel = (hp: HyperParameters) => Model | BuiltTrial;

/**
 * What `search` can be told: all of `fit`, and how much it may do. Epochs are the searcher's where it has a say.
 * `callbacks` may be a function that makes them, and is one where there are several workers.
 */
export interface SearchOptions extends TrialFitOptions {
  /**
   * So many trials are trained at once, each on its share of the cores; all read the same data. Default 1. With one the
   * sequence of trials follows from the seed; with several it also follows from which is done first.
   */
  readonly workers?: number;
  /** Trials, epochs or seconds of the whole study, whichever is used up first. */
  readonly budget?: Budget;
  readonly onEvent?: (event: StudyEvent) => void;
}

/** A search for the best hyperparameters of a model. Made by `hyperband`, `randomSearch` and their like. */
export class Tuner {
  /** Builds a model for hyperparameters, as `getBestHyperparameters` gives them. */
  readonly hypermodel: { readonly build: (hp: HyperParameters) => Model };
  private readonly buildModel: BuildModel;
  private readonly options: TunerOptions;
  private readonly searcher: Searcher;
  private readonly objective: Objective;
  private readonly space: Space;
  private ledger: Promise<Ledger> | undefined;

  constructor(buildModel: BuildModel, options: TunerOptions, searcher: Searcher, known: readonly string[] = []) {
    if (typeof buildModel !== "function") {
      throw new GruvyError("usage/option", `Expected a function that builds a model, found ${shown(buildModel)}`);
    }
    checkTunerOptions(options, known);
    this.buildModel = buildModel;
    this.options = options;
    this.searcher = searcher;
    this.objective = objectiveOf(options.objective);
    this.space = discover((values, space) => {
      const { model, hp } = this.build(values, space);
      model.dispose();
      return hp.space;
    });
    requireVariety(this.space);
    this.hypermodel = { build: (hp) => this.build(hp.values).model };
  }

  /** All that may vary, as a table. */
  searchSpaceSummary(): string {
    return new HyperParameters(this.space).summary();
  }

  /** What the search will do, as a table, when nothing but a budget ends it early. */
  planSummary(budget: Budget = {}): string {
    checkBudget(budget);
    return planText(this.searcher, this.space, { budget });
  }

  /** Seconds that an epoch of the default configuration takes, from a few of its steps. */
  async measure(data: Dataset, options: FitOptions = {}): Promise<number> {
    const { model, fit } = this.build({});
    return secondsOfEpoch(model, data, { ...options, ...fit });
  }

  /**
   * Searches until the plan is done or the budget used up. A search that was killed goes on from the last epoch it
   * finished, and ends as if nothing had been.
   *
   * @returns why it ended: "done", "trials", "epochs", "seconds" or "interrupted".
   * @throws {GruvyError} `training/objective` when no such number is reported, `training/failures` when several trials
   *   in a row fail, `usage/other-study` when the folder holds another study, `file/locked` while another searches there.
   */
  search(data: Dataset | BatchStream, options?: SearchOptions): Promise<Ending>;
  search(x: TensorLike, y: TensorLike, options?: SearchOptions): Promise<Ending>;
  async search(
    first: Dataset | BatchStream | TensorLike,
    second?: TensorLike | SearchOptions,
    third?: SearchOptions,
  ): Promise<Ending> {
    const both = isDataset(first) || isBatchStream(first);
    const data = both ? first : pair(first as TensorLike, second as TensorLike);
    const { budget, onEvent, workers = 1, ...fit } = (both ? (second as SearchOptions) : third) ?? {};
    wholeNumber(workers, "workers", { max: 256 });
    checkBudget(budget);
    if (typeof (onEvent ?? pair) !== "function") {
      throw new GruvyError("usage/option", `Expected onEvent to be a function, found ${shown(onEvent)}`);
    }
    for (const name of ["initialEpoch", "resumeFrom", "resumeChanges"] as const) {
      if (fit[name] === undefined) continue;
      throw new GruvyError("usage/option", `search has no option ${name}`, "It goes on where it was by itself.");
    }
    await this.checkFit(data, fit);
    const study: StudyOptions = {
      space: this.space,
      searcher: this.searcher,
      objective: this.objective,
      seed: this.options.seed ?? 0,
      epochs: fit.epochs ?? 1,
      about: aboutSearch(data, fit),
      budget,
      retries: this.options.maxRetriesPerTrial,
      mostFailures: this.options.maxConsecutiveFailedTrials,
      signal: fit.signal,
      onEvent,
    };
    const ledger = await this.open();
    try {
      return await withWorkers(workers, { build: (values) => this.build(values), data, fit }, (trainers) =>
        runStudy(ledger, trainers, study),
      );
    } finally {
      await this.close(ledger);
    }
  }

  /** What no trial could be trained with is refused before the first begins, by the model of the default configuration. */
  private async checkFit(data: Dataset | BatchStream, fit: TrialFitOptions): Promise<void> {
    let built: BuiltTrial;
    try {
      built = this.build({});
    } catch {
      return; // a configuration that cannot be built is a trial that fails
    }
    const { model, data: own } = built;
    try {
      await checkFit(model, own ?? data, { ...fit, callbacks: callbacksOf(fit.callbacks) });
    } finally {
      model.dispose();
    }
  }

  /** The best hyperparameters, by default one, the best first; each configuration once. None before there is a score. */
  async getBestHyperparameters(count = 1): Promise<HyperParameters[]> {
    const seen = new Set<string>();
    const best = (await this.ranked()).filter(({ values }) => {
      const key = configuration(values);
      return !seen.has(key) && seen.add(key);
    });
    return best.slice(0, count).map(({ values }) => new HyperParameters(this.space, values));
  }

  /**
   * The models of the best trials, one by default and ten at most, with the weights of their best epoch; else
   * `file/missing`.
   */
  async getBestModels(count = 1): Promise<Model[]> {
    const best = (await this.ranked()).slice(0, count);
    const ledger = await this.open();
    try {
      const models: Model[] = [];
      for (const trial of best) {
        const name = stateOf(trial, trial.bestEpoch);
        const bytes = name && (await ledger.files.read(name));
        if (!bytes) {
          throw new GruvyError(
            "file/missing",
            `The weights of trial ${trial.id} are not there`,
            "Those of the ten best are kept; build it with hypermodel.build and train it anew.",
          );
        }
        models.push(await decodeModel(bytes, name));
      }
      return models;
    } finally {
      await this.close(ledger);
    }
  }

  /** The best trials, by default ten, a line each, and how many failed, the last of them with the reason. */
  async resultsSummary(count = 10): Promise<string> {
    const { name, direction } = this.objective;
    const trials = await this.trials();
    const best = ranked(trials, this.objective).slice(0, count);
    const lines = best.map(({ id, objective = 0, epochs, values }) => {
      return `  trial ${String(id).padStart(3)}  ${String(Number(objective.toPrecision(4))).padEnd(8)}  epochs ${String(epochs).padStart(3)}  ${valuesText(values)}`;
    });
    const failed = trials.filter(({ status }) => status === "failed");
    const last = failed.at(-1);
    const reason = inert((last?.reason ?? "").replace(/\s+/g, " "));
    const failures =
      last === undefined ? [] : [`${counted(failed.length, "trial")} failed, the last (trial ${last.id}): ${reason}`];
    if (best.length === 0) return ["No trial has a score yet.", ...failures].join("\n");
    const which = best.length === 1 ? "The best trial" : `The ${best.length} best trials`;
    return [
      `${which} by ${inert(name)} (${direction === "min" ? "least" : "largest"} first)`,
      ...lines,
      ...failures,
    ].join("\n");
  }

  /** All trials, in the order in which they were begun. */
  async trials(): Promise<Trial[]> {
    const ledger = await this.open();
    try {
      return trialsOf(ledger.records(), this.objective.direction);
    } finally {
      await this.close(ledger);
    }
  }

  private async ranked(): Promise<Trial[]> {
    return ranked(await this.trials(), this.objective);
  }

  /** Only while it is used is a folder held: the lock of a search that is over must not keep others away. */
  private async open(): Promise<Ledger> {
    const { directory, projectName = "untitled", ledger } = this.options;
    if (ledger !== undefined) return ledger;
    if (directory === undefined) {
      this.ledger ??= Promise.resolve(memoryLedger());
      return this.ledger;
    }
    const { fileLedger } = await import("./study/file-ledger.ts");
    return fileLedger(`${directory}/${projectName}`);
  }

  private async close(ledger: Ledger): Promise<void> {
    if (this.options.ledger === undefined && this.options.directory !== undefined) await ledger.close();
  }

  private build(values: Values, space: Space = this.space): BuiltTrial & { readonly hp: HyperParameters } {
    const hp = new HyperParameters(space, values);
    try {
      const built = this.buildModel(hp);
      if (space === this.space) refuseLate(hp.space, space);
      const pair = typeof built === "object" && built !== null && "model" in built;
      const trial = pair ? built : { model: built };
      if (typeof trial.model?.fit === "function") return { ...trial, hp };
      const found = built instanceof Promise ? "a promise: it must not be async" : shown(trial.model);
      throw new GruvyError("usage/build-model", `Expected a model, found ${found}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const used = valuesText(hp.values);
      throw new GruvyError(
        error instanceof GruvyError && error.code === "usage/space" ? error.code : "usage/build-model",
        `buildModel failed${used === "" ? "" : ` with ${used}`}: ${reason}`,
        "",
        { cause: error },
      );
    }
  }
}

const pair = (x: TensorLike, y: TensorLike): Dataset => ({ x: tensor(x), y: tensor(y) });
