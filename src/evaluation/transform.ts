import { exp, GruvyError, log, shown, wholeNumber } from "../base/index.ts";
import { type TransformName, transformNames } from "./transform-names.ts";

/** Which windows are meant: those whose targets are the rows `first` to `first + count - 1`. */
export interface WindowPlace {
  /** Values in a window. */
  readonly window: number;
  /** Default 1. A window ends `horizon` rows before its target. */
  readonly horizon?: number;
  readonly first: number;
  readonly count: number;
}

export interface TransformedWindows {
  /** [count, window], row-major. */
  readonly x: Float64Array;
  /** [count]; NaN for targets past the end of the values. */
  readonly y: Float64Array;
}

/**
 * A way to make a series stationary: what a model sees in a window and learns to predict, and how its prediction
 * becomes a value again. Nothing in it is fitted, so it cannot carry knowledge from one part of the data to another.
 */
export interface SeriesTransform {
  readonly name: TransformName;
  /** The season that seasonal differences reach back to. */
  readonly season?: number;
  /** How many values before a window's first one are needed. */
  readonly lead: number;
  /** Windows and targets, transformed. Targets may lie up to `horizon` rows past the end, to forecast them. */
  windows(values: Float64Array, place: WindowPlace): TransformedWindows;
  /**
   * Predictions of `y` in the data's units, one for each target of the place: the exact inverse of what `windows` made
   * of the targets. Uses the values up to target - horizon alone.
   */
  invert(values: Float64Array, place: WindowPlace, predicted: ArrayLike<number>): Float64Array;
}

const titles: Readonly<Record<TransformName, string>> = {
  asIs: "the values as they are",
  difference: "differences",
  log: "logarithms",
  logDifference: "differences of logarithms",
  seasonalDifference: "seasonal differences",
  logSeasonalDifference: "seasonal differences of logarithms",
  windowNormalised: "values normalised in each window",
};

/** What a transform makes of a series, in words: "differences of logarithms". */
export const transformTitle = (name: TransformName): string => titles[name];

/** True for a transform that needs values above zero. */
export const takesLogs = (name: TransformName): boolean =>
  name === "log" || name === "logDifference" || name === "logSeasonalDifference";

/** True for a transform that needs a season. */
export const takesSeason = (name: TransformName): boolean =>
  name === "seasonalDifference" || name === "logSeasonalDifference";

/** The first row that can be a target: a whole window, its lead and the horizon lie before it. */
export const firstTarget = (lead: number, window: number, horizon = 1): number => lead + window + horizon - 1;

/**
 * A transform by name; `name` and `season` are all that a file needs to keep. At horizon h a difference is that between
 * the target and the last known value, a seasonal difference that between the target and the same place in the last
 * known season, so that inverting is exact at any horizon.
 *
 * Errors: `usage/transform` for an unknown name, `usage/no-season` when a seasonal one has no season; `windows` throws
 * `data/not-positive` where a logarithm meets a value that is not above zero, `data/too-short` where a window would
 * begin before the series.
 *
 * @example
 * const t = seriesTransform("difference");
 * const place = { window: 2, first: 3, count: 1 };
 * t.windows(Float64Array.of(1, 2, 4, 8), place); // { x: [1, 2], y: [4] }
 * t.invert(Float64Array.of(1, 2, 4, 8), place, [4]); // [8]
 */
export function seriesTransform(name: TransformName, options: { readonly season?: number } = {}): SeriesTransform {
  if (!transformNames.includes(name)) {
    throw new GruvyError("usage/transform", `No transform ${shown(name)}`, `Known are ${transformNames.join(", ")}.`);
  }
  if (name === "windowNormalised") return windowNormalised;
  const season = takesSeason(name) ? options.season : undefined;
  if (takesSeason(name) && season === undefined) {
    throw new GruvyError("usage/no-season", `The transform ${name} needs a season`, "Give one, or use difference.");
  }
  if (season !== undefined) wholeNumber(season, "season");
  return differences(name, takesLogs(name), season ?? (name === "difference" || name === "logDifference" ? 1 : 0));
}

/** As it is (lag 0) or the difference over a lag, of the values or their logarithms. */
function differences(name: TransformName, logs: boolean, lag: number): SeriesTransform {
  const forward = (values: Float64Array, row: number): number => {
    if (!logs) return values[row];
    if (values[row] > 0) return log(values[row]);
    throw new GruvyError(
      "data/not-positive",
      `The transform ${name} takes logarithms, but the value at index ${row} is ${shown(values[row])}`,
      "Use difference or asIs, or shift the values above zero.",
    );
  };
  // The last row known at the horizon which is a whole number of lags before the target.
  const base = (row: number, horizon: number) => row - lag * Math.ceil(horizon / Math.max(lag, 1));
  return {
    name,
    season: takesSeason(name) ? lag : undefined,
    lead: lag,
    windows(values, place) {
      const { window, horizon, first, count } = checkedPlace(values, place, lag);
      const from = first - horizon - window + 1;
      const sequence = new Float64Array(window + count - 1);
      const ahead = new Float64Array(sequence.length + lag);
      for (let i = 0; i < ahead.length; i++) ahead[i] = forward(values, from - lag + i);
      for (let i = 0; i < sequence.length; i++) sequence[i] = lag === 0 ? ahead[i] : ahead[i + lag] - ahead[i];
      const x = new Float64Array(count * window);
      const y = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        x.set(sequence.subarray(i, i + window), i * window);
        const row = first + i;
        if (row >= values.length) y[i] = Number.NaN;
        else y[i] = lag === 0 ? forward(values, row) : forward(values, row) - forward(values, base(row, horizon));
      }
      return { x, y };
    },
    invert(values, place, predicted) {
      const { horizon, first, count } = checkedPlace(values, place, lag);
      const result = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        const z = lag === 0 ? predicted[i] : forward(values, base(first + i, horizon)) + predicted[i];
        result[i] = logs ? exp(z) : z;
      }
      return result;
    },
  };
}

/**
 * Each window less its mean, over its standard deviation; the target likewise (Kim et al. 2022 call it reversible
 * instance normalisation). A window without spread is only shifted.
 */
const windowNormalised: SeriesTransform = {
  name: "windowNormalised",
  lead: 0,
  windows(values, place) {
    const { window, horizon, first, count } = checkedPlace(values, place, 0);
    const x = new Float64Array(count * window);
    const y = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const from = first + i - horizon - window + 1;
      const { centre, spread } = levelOf(values, from, window);
      for (let j = 0; j < window; j++) x[i * window + j] = (values[from + j] - centre) / spread;
      y[i] = first + i < values.length ? (values[first + i] - centre) / spread : Number.NaN;
    }
    return { x, y };
  },
  invert(values, place, predicted) {
    const { window, horizon, first, count } = checkedPlace(values, place, 0);
    return Float64Array.from({ length: count }, (_, i) => {
      const { centre, spread } = levelOf(values, first + i - horizon - window + 1, window);
      return centre + spread * predicted[i];
    });
  },
};

function levelOf(values: Float64Array, from: number, window: number): { centre: number; spread: number } {
  let sum = 0;
  for (let j = 0; j < window; j++) sum += values[from + j];
  const centre = sum / window;
  let squares = 0;
  for (let j = 0; j < window; j++) squares += (values[from + j] - centre) * (values[from + j] - centre);
  const spread = Math.sqrt(squares / window);
  // Rounding alone can leave a constant window a spread of about 1e-16 of its level.
  return { centre, spread: spread > 1e-12 * Math.abs(centre) ? spread : 1 };
}

function checkedPlace(values: Float64Array, place: WindowPlace, lead: number) {
  const window = wholeNumber(place.window, "window");
  const horizon = wholeNumber(place.horizon ?? 1, "horizon");
  const count = wholeNumber(place.count, "count", { min: 0 });
  const first = wholeNumber(place.first, "first", { min: 0 });
  const needed = firstTarget(lead, window, horizon);
  if (first < needed || first + count - horizon > values.length) {
    throw new GruvyError(
      "data/too-short",
      `Windows of ${window} values at horizon ${horizon} need targets from index ${needed} to ${values.length + horizon - 1}, ` +
        `found ${first} to ${first + count - 1}`,
      "Use a smaller window or more rows.",
    );
  }
  return { window, horizon, first, count };
}
