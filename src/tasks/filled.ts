import { counted } from "../base/index.ts";
import { type Filled, fillMissing, fillWords, type SeriesData } from "../data/index.ts";
import type { SeriesPart } from "../evaluation/index.ts";
import type { Finding } from "./results.ts";
import type { Choices } from "./series-choices.ts";

/** Of the targets before the test part. */
export const VALIDATION_SHARE = 0.15;

/**
 * A series with its missing values filled in as it asks. Lines end before the validation part begins, whatever the
 * window: drawn further, a window would hold a part of the value that is forecast from it.
 *
 * @param rows of the series trained on, where this one goes on behind it
 */
export function filledIn(data: SeriesData, testSize: number, rows = data.values.length): SeriesData {
  const { values, missing } = data;
  if (missing?.method !== "interpolate" || missing.rows.length === 0) return data;
  const until = Math.floor((1 - VALIDATION_SHARE) * Math.floor((1 - testSize) * rows));
  const holes = values.slice();
  for (const row of missing.rows) holes[row] = Number.NaN;
  // A line ends at the next value that is known.
  const lines = missing.rows.filter((row) => {
    const end = holes.findIndex((value, at) => at > row && !Number.isNaN(value));
    return end > 0 && end < until;
  }).length;
  return {
    ...data,
    values: fillMissing(holes, { method: "interpolate", until }),
    missing: { ...missing, lines },
  };
}

/** Tells which predictions of a part are scored: those whose truth is known. */
export function scoredIn({
  missing,
}: Pick<SeriesData, "missing">): <T>(list: ArrayLike<T>, part: Pick<SeriesPart, "first">) => T[] {
  const filled = new Set(missing?.rows);
  return (list, { first }) => Array.from(list).filter((_, i) => !filled.has(first + i));
}

/** What was filled in, for the plan and the report. */
export function saidFilled({ missing }: SeriesData, choices: Choices): void {
  if (missing === undefined || missing.rows.length === 0) return;
  choices.push({
    what: "missing values",
    value: `${counted(missing.rows.length, "value")} filled`,
    why: `as asked, ${fillWords(missing)}; none is scored`,
  });
}

interface Sight {
  readonly window: number;
  readonly horizon: number;
}

/** The rows among `targets` whose window holds nothing but filled values. */
export function forecastBlindly(
  filled: readonly number[],
  { window, horizon }: Sight,
  targets: { readonly first: number; readonly count: number },
): number[] {
  if (filled.length < window) return [];
  const unknown = new Set(filled);
  const blind: number[] = [];
  let run = 0;
  for (let row = 0; row < targets.first + targets.count; row++) {
    const seen = row - horizon;
    run = unknown.has(seen) ? run + 1 : 0;
    if (row >= targets.first && run >= window) blind.push(row);
  }
  return blind;
}

/** Warns of scores that hold forecasts made from filled values alone. */
export function blindFindings(
  missing: Filled | undefined,
  sight: Sight,
  targets: { readonly first: number; readonly count: number },
  part = "",
): Finding[] {
  if (missing === undefined) return [];
  const filled = new Set(missing.rows);
  const blind = forecastBlindly(missing.rows, sight, targets).filter((row) => !filled.has(row)).length;
  if (blind === 0) return [];
  return [
    {
      severity: "warning",
      what: `${counted(blind, "target")}${part} ${blind === 1 ? "is" : "are"} forecast from filled values alone: a stretch of missing ones is as long as the window of ${sight.window}`,
      advice:
        "Their errors say little of the models. Leave out what lies before such a stretch, or the stretch and what is behind it.",
    },
  ];
}

/** Warns where the last values, from which a forecast goes on, were filled in. */
export function endFindings(rows: number, filled: readonly number[], window: number): Finding[] {
  const unknown = new Set(filled);
  const seen = Array.from({ length: Math.min(window, rows) }, (_, i) => unknown.has(rows - 1 - i));
  const count = seen.filter(Boolean).length;
  if (!seen[0] && 2 * count < seen.length) return [];
  const which =
    seen.length === 1
      ? "The value"
      : count === seen.length
        ? `All ${count} values`
        : `${count} of the ${seen.length} values`;
  const are = count === 1 ? "is missing and was" : "are missing and were";
  const advice = seen[0]
    ? "Give the series up to its last known value, and a --horizon that reaches further."
    : "Trust it accordingly.";
  return [{ severity: "warning", what: `${which} that the forecast is made from ${are} filled in`, advice }];
}
