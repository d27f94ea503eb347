import { counted } from "../base/index.ts";
import { fillMissing, type SeriesData } from "../data/index.ts";
import type { SeriesPart } from "../evaluation/index.ts";
import type { Choices } from "./series-choices.ts";

/** Of the targets before the test part. */
export const VALIDATION_SHARE = 0.15;

/**
 * The values of a series with the missing ones filled in. Lines end before the validation part begins, whatever the
 * window: drawn further, a window would hold a part of the value that is forecast from it.
 *
 * @param rows of the series trained on, where this one goes on behind it
 */
export function filledValues({ values, missing }: SeriesData, testSize: number, rows = values.length): Float64Array {
  if (missing?.method !== "interpolate" || missing.rows.length === 0) return values;
  const holes = values.slice();
  for (const row of missing.rows) holes[row] = Number.NaN;
  return fillMissing(holes, {
    method: "interpolate",
    until: Math.floor((1 - VALIDATION_SHARE) * Math.floor((1 - testSize) * rows)),
  });
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
  const how =
    missing.method === "ffill"
      ? "with the value before"
      : "along a straight line where both its ends lie in the training part, else with the value before";
  choices.push({
    what: "missing values",
    value: `${counted(missing.rows.length, "value")} filled`,
    why: `${how}, as asked; none is scored`,
  });
}
