import { countConfigurations, type Space } from "../space/index.ts";
import { draw } from "./draw.ts";
import type { PlanLine, Searcher } from "./searcher.ts";

/** A plan of `trials` that a small space may shorten. */
export function planOf(space: Space, trials: number): readonly PlanLine[] | undefined {
  const count = Math.min(trials, countConfigurations(space));
  return Number.isFinite(count) ? [{ what: "trials", trials: count }] : undefined;
}

/** Configurations at random (Bergstra and Bengio 2012), none of them twice. `maxTrials`: default no limit. */
export function randomSearcher({ maxTrials = Number.POSITIVE_INFINITY }: { maxTrials?: number } = {}): Searcher {
  return {
    name: "random",
    config: Number.isFinite(maxTrials) ? { maxTrials } : {},
    next(space, trials, seed) {
      if (trials.length >= maxTrials) return "done";
      const values = draw(space, trials, seed);
      return values === undefined ? "done" : { values };
    },
    plan: (space) => planOf(space, maxTrials),
  };
}
