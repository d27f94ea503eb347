import type { Cell, TaskOptions } from "../tasks/index.ts";
import type { Done } from "./done.ts";
import type { FinalObserver } from "./finals.ts";
import type { Budget, Ledger, StudyEvent, StudyRecord } from "./study/index.ts";

/** What a hyperparameter may be: values to choose from, or numbers between bounds. */
export type Range =
  | { readonly values: readonly number[] }
  | {
      readonly minValue: number;
      readonly maxValue: number;
      readonly step?: number;
      readonly sampling?: "linear" | "log";
    };

/** What may vary. What is left out is as `train` would have it. */
export interface TuneRanges {
  readonly units?: Range;
  readonly layers?: Range;
  readonly dropout?: Range;
  readonly learningRate?: Range;
  readonly batchSize?: Range;
  /** Series: how many values a forecast sees. */
  readonly window?: Range;
}

/** How `tune` searches. */
export type SearchName = "hyperband" | "random" | "grid" | "bayesian" | "tpe" | "asha";

/** What `tune` can be told. */
export interface TuneOptions
  extends Omit<TuneRanges, "window">,
    Omit<TaskOptions, keyof TuneRanges | "epochs" | "onProgress"> {
  /** Series: how many values a forecast sees, or what that may be. Default "auto": chosen on the training part. */
  readonly window?: Range | number | "auto";
  /** Default: the GRU alone. */
  readonly cells?: readonly Cell[];
  /** Default "hyperband". */
  readonly search?: SearchName;
  /**
   * Epochs of the longest trials and of the final trainings, all of which are trained. Default: as `train` has it, until
   * the validation loss has stopped falling; but 10 in the trials of hyperband and asha.
   */
  readonly maxEpochs?: number;
  /** Default 3. */
  readonly factor?: number;
  /** Trials and epochs are those of the search; seconds those of the search and the final trainings together. */
  readonly budget?: Budget;
  readonly retries?: number;
  /** So many trials are trained at once, each on its share of the cores. Default 1. */
  readonly workers?: number;
  /** How many of the best are trained anew, from how many fresh seeds. Default 3 and 3. */
  readonly finalists?: number;
  readonly finalSeeds?: number;
  /**
   * Opens where the study is kept, once all that was asked for makes sense; without it the study lives as long as the
   * program. Who opens it closes it.
   */
  readonly openLedger?: () => Promise<Ledger>;
  /** Reads what is there already, for the plan, which a study that is another one is refused before. */
  readonly readLedger?: () => Promise<readonly StudyRecord[]>;
  /** Measures and tells the plan, and ends there. */
  readonly dryRun?: boolean;
  /** Told the plan in lines, how many epochs it has, where it can say, the seconds of the search, and what is done already. */
  readonly onPlan?: (
    lines: readonly string[],
    plan: { readonly epochs?: number; readonly seconds?: number; readonly done?: Done },
  ) => void;
  readonly onEvent?: (event: StudyEvent) => void;
  /** Told how many final trainings are to come, before the first. */
  readonly onFinals?: (left: number) => void;
  readonly onFinal?: FinalObserver;
  /** Told what is amiss, though the search goes on. */
  readonly onWarning?: (text: string) => void;
}
