import { measureWords, valueText as plain } from "../../base/index.ts";
import type { StudyResult } from "../../tuning/results.ts";
import { type Axis, extent, linearAxis, positiveAxis, within } from "../charts/index.ts";
import { shorten } from "../inert.ts";
import { columnFormat, type Format, visible } from "../numbers.ts";

export type Trial = StudyResult["trials"][number];
export type Values = Trial["values"];

/** A trial with the score by which it is ranked: that of its best epoch, also while it runs. */
export interface Scored extends Trial {
  readonly best: number;
  /** From 0. */
  readonly at: number;
}

/** What every part of a study's page asks: its trials in order, its measure, how far an axis reaches. */
export interface StudyView {
  readonly result: StudyResult;
  /** The folder or name of the study, of unknown origin. */
  readonly name: string;
  /** "validation accuracy" */
  readonly measure: string;
  readonly format: Format;
  readonly better: (a: number, b: number) => boolean;
  /** Those with a score, in the order in which they were begun. */
  readonly scored: readonly Scored[];
  /** The same, each configuration once, the best first. */
  readonly ranked: readonly Scored[];
  /** Whether a trial goes on in another one. */
  readonly goesOn: ReadonlySet<number>;
  /** For scores; those far worse than most lie at its edge. */
  readonly axis: Axis;
  /** A score, or the edge of the axis where it lies beyond. */
  readonly onAxis: (score: number) => number;
  /** How many trials lie beyond. */
  readonly beyond: number;
}

export function viewOf(result: StudyResult, name: string): StudyView {
  const { objective, trials } = result;
  const better = (a: number, b: number): boolean => (objective.direction === "min" ? a < b : a > b);
  const scored = trials.flatMap((trial): Scored[] => {
    if (trial.status === "failed") return [];
    let best: { best: number; at: number } | undefined;
    for (const { epoch, logs } of trial.history) {
      const value = logs[objective.name];
      if (value === undefined || !Number.isFinite(value)) continue;
      if (best === undefined || better(value, best.best)) best = { best: value, at: epoch };
    }
    return best === undefined ? [] : [{ ...trial, ...best }];
  });
  const seen = new Set<string>();
  const ranked = [...scored]
    .sort((a, b) => (a.best === b.best ? a.id - b.id : better(a.best, b.best) ? -1 : 1))
    .filter(({ values }) => !seen.has(JSON.stringify(values)) && seen.add(JSON.stringify(values)));
  const all = scored.map((one) => one.best);
  const limit = worstShown(all, better);
  const shown = all.filter((score) => !better(limit, score));
  const axis = scoreAxis(shown, objective.name);
  return {
    result,
    name,
    measure: shorten(measureWords(objective.name), 40),
    format: visible(columnFormat(all)),
    better,
    scored,
    ranked,
    goesOn: new Set(trials.flatMap(({ from }) => (from === undefined ? [] : [from]))),
    axis,
    onAxis: (score) => Math.min(axis.domain[1], Math.max(axis.domain[0], score)),
    beyond: all.length - shown.length,
  };
}

/** An axis for scores, by factors where they span many; shares end at 0 and 1. */
export function scoreAxis(scores: readonly number[], objective: string): Axis {
  const [low, high] = extent(scores);
  if (low > 0 && high / low > 25) return positiveAxis(scores);
  const axis = linearAxis(scores);
  return /accuracy/i.test(objective) && low >= 0 && high <= 1 ? within(axis, 0, 1) : axis;
}

/** Where an axis ends: four times as far from the middle as the best is, on the other side. */
function worstShown(scores: readonly number[], better: (a: number, b: number) => boolean): number {
  if (scores.length === 0) return Number.NaN;
  const sorted = [...scores].sort((a, b) => (better(a, b) ? -1 : 1));
  const middle = sorted[Math.floor(sorted.length / 2)];
  const limit = middle + 4 * (middle - sorted[0]);
  return middle === sorted[0] ? sorted[sorted.length - 1] : limit;
}

/** A value of a hyperparameter, or a score alone, as a reader wants it. */
export function valueText(value: string | number | boolean): string {
  if (typeof value !== "number") return shorten(plain(value), 40);
  const short = Number(value.toPrecision(3));
  const text =
    Math.abs(short) < 1e-3 && short !== 0 ? short.toExponential() : String(Number.isInteger(value) ? value : short);
  return text.replaceAll("-", "\u2212");
}

export const configText = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `${shorten(name, 40)} ${valueText(value)}`)
    .join(", ");
