import { finiteNumber, GruvyError, sin, wholeNumber } from "../base/index.ts";
import type { SeriesData } from "./loaded-data.ts";

export interface SineOptions {
  /** How many values. Default 1,000. */
  readonly points?: number;
  /** The first place, in radians. Default 0. */
  readonly from?: number;
  /** The last place, included. Default 100. */
  readonly to?: number;
}

/**
 * The sine at equally spaced places, both ends included as in numpy's `linspace`; the same bits everywhere.
 *
 * @throws {GruvyError} `usage/option` for fewer than two points, or ends outside one million.
 * @example
 * const { values } = sine();
 * values.length; // 1000
 * values[0];     // 0
 */
export function sine({ points = 1000, from = 0, to = 100 }: SineOptions = {}): SeriesData {
  wholeNumber(points, "points", { min: 2, max: 10 ** 8 });
  // Beyond a million the reduction to one turn loses digits.
  finiteNumber(from, "from", { min: -1e6, max: 1e6 });
  finiteNumber(to, "to", { min: -1e6, max: 1e6 });
  if (!(from < to)) throw new GruvyError("usage/option", `Expected from to lie before to, found ${from} and ${to}`);
  const step = (to - from) / (points - 1);
  const values = Float64Array.from({ length: points }, (_, i) => sin(i === points - 1 ? to : from + i * step));
  return {
    kind: "series",
    name: "sine",
    source: `the sine at ${points} points on [${from}, ${to}]`,
    names: ["sine"],
    target: "sine",
    values,
  };
}
