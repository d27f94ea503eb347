import { counted, GruvyError, shown } from "../base/index.ts";
import type { FillMethod } from "./missing-policies.ts";

/** What was filled in. */
export interface Filled {
  readonly method: FillMethod;
  readonly rows: readonly number[];
  /** How many of these lie on a line, once it is known how far lines may reach; the others have the value before. */
  readonly lines?: number;
}

export interface FillOptions {
  /** `"ffill"` (default): the last value before. `"interpolate"`: a straight line between the neighbours. */
  readonly method?: FillMethod;
  /** Only rows before this one are looked at for the later neighbour of a line. Default: all. */
  readonly until?: number;
}

/**
 * Fills the missing values (NaN, null, undefined) of a series, as pandas' `ffill` and `interpolate` do. The value before
 * is known whenever a forecast is made. A line is not: its later end lies in the future of what is filled, so a window
 * filled so may hold a part of the value that is to be forecast. Therefore `until`: give the end of the training part,
 * and what stands behind it is filled with the value before, as is the end of the series.
 *
 * @throws {GruvyError} `data/not-finite` where the first value is missing, for nothing stands before it; `usage/option`.
 * @example
 * fillMissing([1, NaN, NaN, 4, NaN]);                                        // Float64Array [1, 1, 1, 4, 4]
 * fillMissing([1, NaN, NaN, 4, NaN], { method: "interpolate" });             // Float64Array [1, 2, 3, 4, 4]
 * fillMissing([1, NaN, NaN, 4, NaN], { method: "interpolate", until: 3 });   // Float64Array [1, 1, 1, 4, 4]
 */
export function fillMissing(
  values: ArrayLike<number | null | undefined>,
  { method = "ffill", until = values.length }: FillOptions = {},
): Float64Array {
  if (method !== "ffill" && method !== "interpolate") {
    throw new GruvyError("usage/option", `Expected method to be "ffill" or "interpolate", found ${shown(method)}`);
  }
  const filled = Float64Array.from(values, (value) => value ?? Number.NaN);
  for (let row = 0; row < filled.length; row++) {
    if (!Number.isNaN(filled[row])) continue;
    if (row === 0) {
      const first = filled.findIndex((value) => !Number.isNaN(value));
      throw new GruvyError(
        "data/not-finite",
        `${first < 0 ? "All values are" : `The first ${first === 1 ? "value is" : `${counted(first, "value")} are`}`} missing, and nothing stands before to fill in`,
        first < 0 ? "Name another column." : "Begin the series with the first value there is.",
      );
    }
    let next = row;
    while (next < filled.length && Number.isNaN(filled[next])) next++;
    const before = filled[row - 1];
    const rise = method === "interpolate" && next < Math.min(until, filled.length) ? filled[next] - before : 0;
    const steps = next - row + 1;
    for (let i = row; i < next; i++) filled[i] = before + (rise * (i - row + 1)) / steps;
    row = next;
  }
  return filled;
}

/** How missing values were filled, in words. */
export function fillWords({ method, rows, lines }: Filled): string {
  if (method === "ffill") return "with the value before";
  const within = "a line must have both its ends in the training part";
  if (lines === undefined) return `along a straight line, or with the value before: ${within}`;
  if (lines === 0) return `with the value before, and none along a line: ${within}`;
  if (lines === rows.length) return "along a straight line";
  return `${lines} along a straight line and ${rows.length - lines} with the value before: ${within}`;
}

/** The rows of missing values. */
export const missingRows = (values: Float64Array): number[] =>
  Array.from(values.keys()).filter((row) => Number.isNaN(values[row]));
