import type { Space, Values } from "../space/index.ts";

/** Where a trial stands in a search that promotes. */
export interface Rung {
  readonly bracket: number;
  readonly round: number;
}

/** A trial as a searcher sees it. */
export interface TrialView {
  readonly id: number;
  readonly values: Values;
  /** The epoch it ends before, counted from the first trial it goes on from. */
  readonly epochs: number;
  readonly status: "running" | "completed" | "failed";
  /** The smaller the better, whatever the objective's direction; only when completed. */
  readonly score?: number;
  /** The trial whose weights and optimizer state it goes on from. */
  readonly from?: number;
  readonly rung?: Rung;
}

export interface Suggestion {
  readonly values: Values;
  /** Absent where the study's own number of epochs applies. */
  readonly epochs?: number;
  readonly from?: number;
  readonly rung?: Rung;
}

/** One line of a plan. */
export interface PlanLine {
  readonly what: string;
  readonly trials: number;
  /** Of one trial, those it goes on from included. */
  readonly epochs?: number;
  /** Epochs of all of them, each counted once. */
  readonly work?: number;
}

/**
 * Decides what is tried next, from what was tried so far and the seed alone: asked again after a kill, it says the same.
 * "wait" when it needs results that are still being computed, "done" when there is nothing left to try.
 */
export interface Searcher {
  readonly name: string;
  /** Plain JSON that says which search it is; a study goes on only with the same. */
  readonly config: Readonly<Record<string, number | string | boolean>>;
  next(space: Space, trials: readonly TrialView[], seed: number): Suggestion | "wait" | "done";
  /** The finished trials that later ones may go on from; absent where none ever does. */
  goesOn?(space: Space, trials: readonly TrialView[]): readonly number[];
  /** What will be done when nothing ends it early; undefined where only the budget says. */
  plan(space: Space): readonly PlanLine[] | undefined;
  /** What it takes until one trial is trained to the last epoch; absent where each is. */
  toEnd?(space: Space): { readonly epoch: number; readonly trials: number; readonly epochs: number };
}

/** Better ones first; of equals the older. */
export const byScore = (a: TrialView, b: TrialView): number =>
  (a.score ?? Number.MAX_VALUE) - (b.score ?? Number.MAX_VALUE) || a.id - b.id;
