// What a study found, as plain records: read by the report, by `--json` and by programs.

import type { FailedFinal, FinalResult } from "./finals.ts";
import type { Parameter } from "./space/index.ts";
import type { Beside, Logs, Objective, StudyHead, Trial } from "./study/index.ts";

/** What of the hyperparameters decides, by a model that learned from the trials. */
export interface Importance {
  /**
   * The share of the variance of the ranks, among trials trained as long, that the model explains of configurations it has
   * not seen: 1 all, 0 nothing.
   */
  readonly explained: number;
  /** From how many configurations it learned. */
  readonly configurations: number;
  /** What of that share is lost when a hyperparameter's values are shuffled, the largest first. */
  readonly parameters: readonly { readonly name: string; readonly lost: number }[];
}

/** What a study found so far: see `studyResult`. */
export interface StudyResult {
  readonly space: readonly Parameter[];
  readonly objective: Objective;
  readonly searcher: StudyHead["searcher"];
  readonly seed: number;
  /** Of a trial whose searcher does not say. */
  readonly epochs: number;
  readonly about: StudyHead["about"];
  readonly date: string;
  /** In the order in which they were begun. */
  readonly trials: readonly Trial[];
  /** Why the search ended last; absent while it runs. */
  readonly ended?: string;
  readonly importance?: Importance;
  /** Trained anew from fresh seeds, the best first. */
  readonly finals: readonly FinalResult[];
  /** The trainings among them that came to nothing, with their reasons. */
  readonly failedFinals: readonly FailedFinal[];
  /** What can be said of the best of them against the default; empty without finals. */
  readonly verdict: string;
  /** How many winners the test part has seen, as in `test` and in what `tune` gives; absent where it saw none. */
  readonly looks?: number;
  /** The winner on the test part, and how often that was looked at. */
  readonly test?: {
    readonly name: string;
    readonly seed: number;
    readonly looks: number;
    readonly scores: Logs;
    readonly beside?: Beside;
  };
}
