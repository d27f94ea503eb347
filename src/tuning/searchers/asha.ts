// ASHA (Li et al. 2020): successive halving that never waits. Whoever is free promotes the best that may go on, or
// begins a new configuration at the bottom. Where these are too few for the top, the best goes there all the same.

import { wholeNumber } from "../../base/index.ts";
import { countConfigurations } from "../space/index.ts";
import { draw } from "./draw.ts";
import { byScore, type PlanLine, type Searcher, type Suggestion, type TrialView } from "./searcher.ts";

export interface AshaOptions {
  /** Epochs of the top rung. Default 100. */
  readonly maxEpochs?: number;
  /** Epochs of the bottom rung. Default 1. */
  readonly minEpochs?: number;
  /** One in so many is promoted, and trained so many times as long. Default 3. */
  readonly factor?: number;
  /** Configurations in all. Default: no limit. */
  readonly maxTrials?: number;
}

/** Asynchronous successive halving (Li et al. 2020). Throws `usage/option` for a number out of range. */
export function ashaSearcher(options: AshaOptions = {}): Searcher {
  const { maxEpochs = 100, minEpochs = 1, factor = 3, maxTrials = Number.POSITIVE_INFINITY } = options;
  wholeNumber(maxEpochs, "maxEpochs");
  wholeNumber(minEpochs, "minEpochs", { max: maxEpochs });
  wholeNumber(factor, "factor", { min: 2 });
  const rungs = [minEpochs];
  while (rungs[rungs.length - 1] < maxEpochs) rungs.push(Math.min(maxEpochs, rungs[rungs.length - 1] * factor));
  /** The best of a round that was not promoted yet, among one in `share`. */
  const promotion = (trials: readonly TrialView[], round: number, share = factor): Suggestion | undefined => {
    if (round + 1 >= rungs.length) return undefined;
    const done = trials.filter(({ rung, status }) => rung?.round === round && status === "completed").sort(byScore);
    const promoted = new Set(trials.filter(({ rung }) => rung?.round === round + 1).map(({ from }) => from));
    const next = done.slice(0, Math.floor(done.length / share)).find(({ id }) => !promoted.has(id));
    if (next === undefined) return undefined;
    const { id, values } = next;
    return { values, epochs: rungs[round + 1], from: id, rung: { bracket: 0, round: round + 1 } };
  };
  /** How many trials each rung has of so many configurations. */
  const sizesOf = (configurations: number): number[] => {
    let size = configurations;
    return rungs.map((_, round) => {
      if (round > 0) size = Math.max(Math.min(1, size), Math.floor(size / factor));
      return size;
    });
  };
  const linesOf = (configurations: number): PlanLine[] =>
    sizesOf(configurations).map((size, round) => {
      const done = round === 0 ? 0 : rungs[round - 1];
      return { what: `round ${round + 1}`, trials: size, epochs: rungs[round], work: size * (rungs[round] - done) };
    });
  return {
    name: "asha",
    config: { maxEpochs, minEpochs, factor, ...(Number.isFinite(maxTrials) ? { maxTrials } : {}) },
    next(space, trials, seed) {
      for (let round = rungs.length - 2; round >= 0; round--) {
        const next = promotion(trials, round);
        if (next !== undefined) return next;
      }
      const begun = trials.filter(({ rung }) => rung?.round === 0).length;
      const values = begun < maxTrials ? draw(space, trials, seed) : undefined;
      if (values !== undefined) return { values, epochs: rungs[0], rung: { bracket: 0, round: 0 } };
      if (trials.some(({ status }) => status === "running")) return "wait";
      const highest = Math.max(...trials.map(({ rung, status }) => (status === "completed" ? (rung?.round ?? 0) : -1)));
      return highest < 0 ? "done" : (promotion(trials, highest, 1) ?? "done");
    },
    goesOn(_, trials) {
      const promoted = new Set(trials.map(({ from }) => from));
      const open = trials.filter(({ id, rung, status }) => {
        return status === "completed" && rung !== undefined && rung.round + 1 < rungs.length && !promoted.has(id);
      });
      return open.map(({ id }) => id);
    },
    toEnd(space) {
      const most = factor ** (rungs.length - 1);
      const lines = linesOf(Math.min(most, maxTrials, countConfigurations(space)));
      const sum = (of: (line: PlanLine) => number): number => lines.reduce((all, line) => all + of(line), 0);
      return { epoch: maxEpochs, trials: sum(({ trials }) => trials), epochs: sum(({ work = 0 }) => work) };
    },
    plan(space) {
      const size = Math.min(maxTrials, countConfigurations(space));
      return Number.isFinite(size) ? linesOf(size) : undefined;
    },
  };
}
