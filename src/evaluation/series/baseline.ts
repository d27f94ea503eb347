import { GruvyError, wholeNumber } from "../../base/index.ts";
import type { SeriesTransform } from "../transform.ts";

export type SeriesBaselineName = "lastValue" | "seasonalNaive" | "drift" | "ets" | "linear";

export interface SeriesSettings {
  /** The values a window holds; `linear` sees the same as the recurrent cells. */
  readonly window: number;
  /** Default 1: how many rows lie between the last known value and the target. */
  readonly horizon?: number;
  readonly season?: number;
  /** Default `asIs`; only `linear` uses it. */
  readonly transform?: SeriesTransform;
}

/** A plain forecaster that a network has to beat. */
export interface SeriesBaseline {
  readonly name: SeriesBaselineName;
  /** How many numbers were fitted; 0 before `fit`. */
  readonly parameters: number;
  /**
   * Fits on the values that lie before the first target to be predicted. What is chosen (a ridge strength, a form) is
   * chosen on these values alone.
   */
  fit(train: Float64Array, settings: SeriesSettings): void;
  /**
   * Forecasts of the rows `first` to `first + count - 1` in the data's units, each from the values up to its row -
   * horizon; later values may be there and are not looked at, or absent. Nothing is fitted again.
   */
  predict(values: Float64Array, first: number, count: number): Float64Array;
}

/** Checks what every baseline's `fit` is given; returns the settings with their defaults. */
export function checkedFit(
  name: SeriesBaselineName,
  train: Float64Array,
  settings: SeriesSettings,
  needed: number,
): { horizon: number; season: number | undefined } {
  const horizon = wholeNumber(settings.horizon ?? 1, "horizon");
  const season = settings.season === undefined ? undefined : wholeNumber(settings.season, "season");
  if (train.length < needed) {
    throw new GruvyError(
      "data/too-short",
      `The baseline ${name} needs at least ${needed} training values, found ${train.length}`,
      "Use more rows, or a smaller window.",
    );
  }
  const bad = train.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new GruvyError(
      "data/not-finite",
      `Expected finite values, found ${train[bad]} at index ${bad}`,
      "Fill or drop it.",
    );
  }
  return { horizon, season };
}

/** Checks that the rows to predict have their known values: `reach` of them before each target. */
export function checkedRows(values: Float64Array, first: number, count: number, reach: number, horizon: number): void {
  wholeNumber(count, "count", { min: 0 });
  wholeNumber(first, "first", { min: 0 });
  if (first < reach || first + count - horizon > values.length) {
    throw new GruvyError(
      "usage/rows",
      `Expected rows to forecast between ${reach} and ${values.length + horizon - 1}, found ${first} to ${first + count - 1}`,
    );
  }
}

export function notFitted(name: SeriesBaselineName): GruvyError {
  return new GruvyError(
    "usage/not-fitted",
    `The baseline ${name} was asked to predict before it was fitted`,
    "Call fit.",
  );
}
