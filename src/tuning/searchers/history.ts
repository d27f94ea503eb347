import type { Space, Values } from "../space/index.ts";
import type { TrialView } from "./searcher.ts";

/** What a model of the scores learns from: each configuration at its longest training. */
export interface Observation {
  readonly values: Values;
  readonly score: number;
}

/**
 * The trials that can be compared with one another. Failed ones count as the worst seen, so that their neighbourhood is
 * left alone; running ones too, so that two workers do not try the same.
 */
export function observations(trials: readonly TrialView[]): Observation[] {
  const continued = new Set(trials.map(({ from }) => from));
  const last = trials.filter(({ id }) => !continued.has(id));
  let worst = Number.NEGATIVE_INFINITY;
  for (const { score, status } of last)
    if (status === "completed" && score !== undefined) worst = Math.max(worst, score);
  if (worst === Number.NEGATIVE_INFINITY) return [];
  return last.map(({ values, score, status }) => ({
    values,
    score: status === "completed" ? (score ?? worst) : worst,
  }));
}

/** How many random trials come before a model is trusted. */
export const startTrials = (space: Space): number => Math.max(6, Math.min(10, 2 * space.length));
