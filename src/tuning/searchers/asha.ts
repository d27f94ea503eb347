// ASHA (Li et al. 2020): successive halving that never waits. Whoever is free promotes the best that may go on, or
// begins a new configuration at the bottom.

import { wholeNumber } from "../../base/index.ts";
import { countConfigurations } from "../space/index.ts";
import { draw } from "./draw.ts";
import { byScore, type PlanLine, type Searcher } from "./searcher.ts";

export interface AshaOptions {
  /** Epochs of the top rung. Default 100. */
  readonly maxEpochs?: number;
  /** Epochs of the bottom rung. Default 1. */
  readonly minEpochs?: number;
  /** One in so many is promoted, and trained so many times as long. Default 3. */
  readonly factor?: number;
  /** Configurations in all. */
  readonly maxTrials?: number;
}

export function ashaSearcher(options: AshaOptions = {}): Searcher {
  const { maxEpochs = 100, minEpochs = 1, factor = 3, maxTrials = Number.POSITIVE_INFINITY } = options;
  wholeNumber(maxEpochs, "maxEpochs");
  wholeNumber(minEpochs, "minEpochs", { max: maxEpochs });
  wholeNumber(factor, "factor", { min: 2 });
  const rungs = [minEpochs];
  while (rungs[rungs.length - 1] < maxEpochs) rungs.push(Math.min(maxEpochs, rungs[rungs.length - 1] * factor));
  return {
    name: "asha",
    config: { maxEpochs, minEpochs, factor, ...(Number.isFinite(maxTrials) ? { maxTrials } : {}) },
    next(space, trials, seed) {
      for (let round = rungs.length - 2; round >= 0; round--) {
        const done = trials.filter(({ rung, status }) => rung?.round === round && status === "completed").sort(byScore);
        const promoted = new Set(trials.filter(({ rung }) => rung?.round === round + 1).map(({ from }) => from));
        const next = done.slice(0, Math.floor(done.length / factor)).find(({ id }) => !promoted.has(id));
        if (next !== undefined) {
          return {
            values: next.values,
            epochs: rungs[round + 1],
            from: next.id,
            rung: { bracket: 0, round: round + 1 },
          };
        }
      }
      const begun = trials.filter(({ rung }) => rung?.round === 0).length;
      const values = begun < maxTrials ? draw(space, trials, seed) : undefined;
      if (values !== undefined) return { values, epochs: rungs[0], rung: { bracket: 0, round: 0 } };
      return trials.some(({ status }) => status === "running") ? "wait" : "done";
    },
    goesOn(_, trials) {
      const promoted = new Set(trials.map(({ from }) => from));
      const open = trials.filter(({ id, rung, status }) => {
        return status === "completed" && rung !== undefined && rung.round + 1 < rungs.length && !promoted.has(id);
      });
      return open.map(({ id }) => id);
    },
    toEnd() {
      const shares = rungs.map((_, round) => factor ** (rungs.length - 1 - round));
      const epochs = rungs.reduce((sum, to, i) => sum + shares[i] * (to - (i === 0 ? 0 : rungs[i - 1])), 0);
      return { epoch: maxEpochs, trials: shares[0], epochs };
    },
    plan(space) {
      let size = Math.min(maxTrials, countConfigurations(space));
      if (!Number.isFinite(size)) return undefined;
      const lines = rungs.map((epochs, round): PlanLine => {
        if (round > 0) size = Math.floor(size / factor);
        const done = round === 0 ? 0 : rungs[round - 1];
        return { what: `round ${round + 1}`, trials: size, epochs, work: size * (epochs - done) };
      });
      return lines.filter(({ trials }) => trials > 0);
    },
  };
}
