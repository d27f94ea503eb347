import { finiteNumber, GruvyError, refuseUnknown, shown, wholeNumber } from "../../base/index.ts";
import type { Searcher } from "../searchers/index.ts";
import type { Space } from "../space/index.ts";
import type { Logs, Objective, StudyHead, Trial } from "./records.ts";

/** How much a study may do in all, earlier runs of it included; whichever comes first. */
export interface Budget {
  /** Default each: no limit. */
  readonly trials?: number;
  /** Of all trials together. */
  readonly epochs?: number;
  /** By the study's own clock, which stands still while nobody searches. */
  readonly seconds?: number;
}

/** @throws {GruvyError} `usage/option` for a limit that makes no sense: it would not limit anything. */
export function checkBudget(budget: Budget = {}): void {
  if (typeof budget !== "object" || budget === null) {
    throw new GruvyError("usage/option", `Expected budget as { trials, epochs, seconds }, found ${shown(budget)}`);
  }
  refuseUnknown(budget, ["trials", "epochs", "seconds"], "budget");
  wholeNumber(budget.trials ?? 1, "trials of budget");
  wholeNumber(budget.epochs ?? 1, "epochs of budget");
  finiteNumber(budget.seconds ?? 1, "seconds of budget", { min: 0 });
}

/** A trial to be trained, from its beginning or from where its last worker left it. */
export interface Work {
  readonly trial: Trial;
  /** What was kept of its last epoch. */
  readonly state?: Uint8Array;
  /** What was kept of the last epoch of the trial that it goes on from; `state` comes before. */
  readonly start?: Uint8Array;
  /** The file that `state` or `start` was read from, for what is said when it is damaged. */
  readonly file?: string;
  readonly signal: AbortSignal;
  /**
   * Keeps an epoch: its numbers, and all that the training would need to go on. `state` takes a copy of that, and gives what
   * turns it into bytes: of short epochs most states are never written.
   */
  readonly report: (epoch: number, logs: Logs, state: () => Promise<() => Uint8Array>) => Promise<void>;
}

/**
 * A worker: trains a trial to its last epoch, and says why it stopped before, if it did. It rejects with `engine/thread`
 * when what computes is gone; anything else that it rejects with is the trial's failure.
 */
export type TrainTrial = (work: Work) => Promise<{ readonly stopped?: string }>;

/** What a search tells while it runs. Epochs count from 0. */
export type StudyEvent =
  | { readonly type: "trialBegin"; readonly trial: Trial; readonly worker: number }
  | {
      readonly type: "epoch";
      readonly trial: Trial;
      readonly worker: number;
      readonly epoch: number;
      readonly logs: Logs;
    }
  /** The worker is lost; the trial will go on with another. */
  | { readonly type: "lost"; readonly trial: Trial; readonly worker: number; readonly reason: string }
  | { readonly type: "trialEnd"; readonly trial: Trial; readonly worker: number; readonly best?: Trial };

export interface StudyOptions {
  readonly space: Space;
  readonly searcher: Searcher;
  readonly objective: Objective;
  readonly seed: number;
  /** Of a trial whose searcher does not say. */
  readonly epochs: number;
  readonly about?: StudyHead["about"];
  readonly budget?: Budget;
  /** Seconds of which the budget's are the search's part: noted where they end it. */
  readonly within?: number;
  /** How often a failed trial is tried again. Default 0. */
  readonly retries?: number;
  /** So many failed trials in a row end the study. Default 3. */
  readonly mostFailures?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: StudyEvent) => void;
}

/** Why a study ended. */
export type Ending = "done" | "trials" | "epochs" | "seconds" | "interrupted";
