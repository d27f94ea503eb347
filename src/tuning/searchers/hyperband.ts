// Hyperband (Li et al. 2018): brackets that begin with many configurations and few epochs, halving as they go, and
// brackets that begin with fewer and more, against the case that early scores mislead.

import { wholeNumber } from "../../base/index.ts";
import { countConfigurations, type Space, type Values } from "../space/index.ts";
import { draw, seenIn } from "./draw.ts";
import { byScore, type PlanLine, type Searcher, type Suggestion, type TrialView } from "./searcher.ts";

/** One round of a bracket: so many configurations, each trained to so many epochs in all. */
export interface Round {
  readonly size: number;
  readonly epochs: number;
}

/**
 * The brackets, the most aggressive first, in Keras Tuner's sizes. All is counted in whole numbers: a logarithm of
 * 243 to the base 3 comes out below 5, and a bracket would be missing.
 *
 * @throws {GruvyError} `usage/option` for epochs below 1, or a factor below 2.
 * @example
 * hyperbandBrackets(10, 3)[0]; // [{"size":12,"epochs":2},{"size":4,"epochs":4},{"size":2,"epochs":10}]
 */
export function hyperbandBrackets(maxEpochs: number, factor: number): Round[][] {
  wholeNumber(maxEpochs, "maxEpochs");
  wholeNumber(factor, "factor", { min: 2 });
  let brackets = 1;
  while (factor ** brackets <= maxEpochs) brackets++;
  let exponent = 0;
  while (factor ** exponent < maxEpochs) exponent++;
  return Array.from({ length: brackets }, (_, i) => {
    const bracket = brackets - 1 - i;
    return Array.from({ length: bracket + 1 }, (_, round) => {
      const power = factor ** (bracket - round);
      return { size: Math.ceil(((1 + exponent) * power) / (bracket + 1)), epochs: Math.ceil(maxEpochs / power) };
    });
  });
}

/** Draws a configuration that was not tried yet. */
export type Draw = (space: Space, trials: readonly TrialView[], seed: number) => Values | undefined;

export interface HyperbandOptions {
  /** Epochs of the longest trials. Default 100. */
  readonly maxEpochs?: number;
  /** One in so many goes on. Default 3. */
  readonly factor?: number;
  /** How often all brackets are gone through. Default 1. */
  readonly hyperbandIterations?: number;
  /** How configurations are drawn, with its name. Default: at random. */
  readonly sampler?: { readonly name: string; readonly draw: Draw };
}

/** Hyperband (Li et al. 2018). Throws `usage/option` for a number out of range. */
export function hyperbandSearcher(options: HyperbandOptions = {}): Searcher {
  const { maxEpochs = 100, factor = 3, hyperbandIterations = 1, sampler = { name: "random", draw } } = options;
  const once = hyperbandBrackets(maxEpochs, factor);
  wholeNumber(hyperbandIterations, "hyperbandIterations");
  const brackets = Array.from({ length: hyperbandIterations }, () => once).flat();
  /** What other brackets have tried is not there for this one; the rest may be fewer than it asks for. */
  const roundsOf = (bracket: number, space: Space, trials: readonly TrialView[]): readonly Round[] => {
    const before = trials.filter(({ rung }) => rung !== undefined && rung.bracket < bracket);
    const free = countConfigurations(space) - seenIn(before).size;
    return shrunk(brackets[bracket], free);
  };
  const inBracketOf = (bracket: number, trials: readonly TrialView[]): readonly TrialView[] =>
    trials.filter(({ rung }) => rung?.bracket === bracket);
  return {
    name: "hyperband",
    config: { maxEpochs, factor, hyperbandIterations, sampler: sampler.name },
    next(space, trials, seed) {
      let waits = false;
      for (const bracket of brackets.keys()) {
        const own = inBracketOf(bracket, trials);
        const rounds = roundsOf(bracket, space, trials);
        const found = inBracket(bracket, rounds, own, () => sampler.draw(space, trials, seed));
        if (found === "wait") waits = true;
        else if (found !== "done") return found;
      }
      return waits ? "wait" : "done";
    },
    goesOn(space, trials) {
      return brackets.flatMap((_, bracket) => {
        const own = inBracketOf(bracket, trials);
        const promoted = new Set(own.map(({ from }) => from));
        return roundsOf(bracket, space, trials).flatMap((_, round, rounds) => {
          if (round + 1 === rounds.length) return [];
          const next = own.filter(({ rung }) => rung?.round === round + 1);
          if (next.length >= rounds[round + 1].size) return [];
          const here = own.filter(({ rung }) => rung?.round === round);
          const done = here.filter(({ status }) => status === "completed").sort(byScore);
          // While one of them is under way, every other may still be among the best.
          const open = next.length === 0 ? done : done.slice(0, rounds[round + 1].size);
          return open.filter(({ id }) => !promoted.has(id)).map(({ id }) => id);
        });
      });
    },
    toEnd(space) {
      const rounds = shrunk(once[0], countConfigurations(space));
      const before = rounds.slice(0, -1);
      const trials = 1 + before.reduce((sum, { size }) => sum + size, 0);
      const done = (round: number): number => (round === 0 ? 0 : rounds[round - 1].epochs);
      const epochs = before.reduce((sum, round, i) => sum + round.size * (round.epochs - done(i)), 0);
      return { epoch: maxEpochs, trials, epochs: epochs + maxEpochs - done(before.length) };
    },
    plan(space) {
      let free = countConfigurations(space);
      return brackets.flatMap((rounds, bracket) => {
        const sizes = shrunk(rounds, free);
        free -= sizes[0]?.size ?? 0;
        return sizes.map(({ size, epochs }, round): PlanLine => {
          const done = round === 0 ? 0 : sizes[round - 1].epochs;
          const what = `bracket ${bracket + 1}, round ${round + 1}`;
          return { what, trials: size, epochs, work: size * (epochs - done) };
        });
      });
    },
  };
}

/** A bracket of fewer configurations than it asks for keeps its proportions. */
function shrunk(rounds: readonly Round[], free: number): readonly Round[] {
  const [{ size: wanted }] = rounds;
  if (free >= wanted) return rounds;
  if (free <= 0) return [];
  return rounds.map(({ size, epochs }) => ({ size: Math.ceil((size * free) / wanted), epochs }));
}

function inBracket(
  bracket: number,
  rounds: readonly Round[],
  own: readonly TrialView[],
  fresh: () => Values | undefined,
): Suggestion | "wait" | "done" {
  let waits = false;
  for (const [round, { size, epochs }] of rounds.entries()) {
    const here = own.filter(({ rung }) => rung?.round === round);
    if (round === 0) {
      const values = here.length < size ? fresh() : undefined;
      if (values !== undefined) return { values, epochs, rung: { bracket, round } };
    } else {
      const previous = own.filter(({ rung }) => rung?.round === round - 1);
      if (previous.length === 0) return waits ? "wait" : "done";
      if (previous.some(({ status }) => status === "running")) return "wait";
      const best = previous.filter(({ status }) => status === "completed").sort(byScore);
      const promoted = new Set(here.map(({ from }) => from));
      const next = best.slice(0, size).find(({ id }) => !promoted.has(id));
      if (next !== undefined) return { values: next.values, epochs, from: next.id, rung: { bracket, round } };
    }
    waits ||= here.some(({ status }) => status === "running");
  }
  return waits ? "wait" : "done";
}
