import { GruvyError, log } from "../base/index.ts";
import { applyLinear, moments, ridge } from "./ridge.ts";
import {
  firstTarget,
  type SeriesTransform,
  seriesTransform,
  takesLogs,
  takesSeason,
  transformTitle,
} from "./transform.ts";
import { type TransformName, transformNames } from "./transform-names.ts";

/** A more involved transform must be better by this share; noise alone moves the error by as much. */
const worthwhile = 0.03;

export interface TransformChoice {
  readonly name: TransformName;
  /** One sentence: why this one. */
  readonly reason: string;
  /** The error of each candidate on held-out blocks of the training part, in the data's units. */
  readonly errors: { readonly [name in TransformName]?: number };
}

export interface TransformChoiceOptions {
  readonly window: number;
  /** Default 1. */
  readonly horizon?: number;
  readonly season?: number;
  /** False rules logarithms out, where later values are known to reach zero; default: when all of `train` are above zero. */
  readonly logs?: boolean;
}

/**
 * Chooses how a series is made stationary, from its training part alone, in two steps.
 *
 * Logarithms are taken when the spread of the changes grows with the level (Bartlett 1947; the slope of log spread on
 * log level over blocks of a season is above a half, and three standard errors above zero), unless they cost a quarter
 * of accuracy. Then the form with the least error is taken, the simpler of two that are nearly equal. The errors are
 * those of a ridge autoregression fitted on the rows before each of five blocks that cover the last 60 %; its
 * predictions are held to the range of the targets it was fitted on, because that is about what a recurrent network can
 * do: what grows out of the range it has learnt must be differenced.
 *
 * @example
 * const grows = Float64Array.from({ length: 120 }, (_, i) => 100 + i + 5 * Math.sin(i * i));
 * chooseTransform(grows, { window: 8 }).name; // "difference"
 */
export function chooseTransform(train: Float64Array, options: TransformChoiceOptions): TransformChoice {
  const { window, horizon = 1, season } = options;
  const logs = options.logs !== false && train.every((value) => value > 0);
  const errors: { [name in TransformName]?: number } = {};
  for (const name of transformNames) {
    if ((takesLogs(name) && !logs) || (takesSeason(name) && (season === undefined || season < 2))) continue;
    const error = heldOutError(train, seriesTransform(name, { season }), window, horizon);
    if (error !== undefined) errors[name] = error;
  }
  const names = transformNames.filter((name) => errors[name] !== undefined);
  if (names.length === 0) {
    throw new GruvyError(
      "data/too-short",
      `${train.length} training values are too few to choose a transform for windows of ${window} at horizon ${horizon}`,
      horizon > window
        ? "Use a smaller horizon, or more rows."
        : `Use a smaller window (--window)${window < train.length ? ", name a transform (--transform asIs)" : ""}, or more rows.`,
    );
  }
  const error = (name: TransformName) => errors[name] ?? Number.POSITIVE_INFINITY;
  const least = (some: readonly TransformName[]) => Math.min(...some.map(error));
  const plain = names.filter((name) => !takesLogs(name));
  const logged = names.filter(takesLogs);
  const growth = logs && logged.length > 0 ? spreadGrowth(train, season) : undefined;
  const useLogs = growth !== undefined && least(logged) <= 1.25 * least(plain);
  const family = useLogs ? logged : plain;
  // Errors this far below the spread of the values are all as good as none.
  const negligible = 1e-3 * deviation(train);
  const bound = Math.max((1 + worthwhile) * least(family), negligible);
  const name = family.find((candidate) => error(candidate) <= bound) ?? family[0];
  return { name, reason: reasonFor(name, errors, family, useLogs ? growth : undefined), errors };
}

function reasonFor(
  name: TransformName,
  errors: TransformChoice["errors"],
  family: readonly TransformName[],
  growth: number | undefined,
): string {
  const error = (key: TransformName) => errors[key] as number;
  const written = (key: TransformName) => Number(error(key).toPrecision(3));
  const others = family.filter((other) => other !== name);
  const compared = others.map((other) => `${written(other)} on ${transformTitle(other)}`).join(", ");
  const measured = `error of a linear autoregression on held-out blocks of the training part: ${written(name)}`;
  const grounds = others.every((other) => error(name) <= error(other))
    ? `least ${measured}`
    : `the simplest form whose error is negligible or within ${100 * worthwhile} % of the least; ${measured}`;
  const against = compared === "" ? "" : ` against ${compared}`;
  const logs =
    growth === undefined ? "" : `the spread of the changes grows with the level (power ${growth.toFixed(1)}); `;
  return `${logs}${grounds}${against}`;
}

/** Root mean squared error over the held-out blocks, in the data's units; undefined when there are too few rows. */
function heldOutError(
  train: Float64Array,
  transform: SeriesTransform,
  window: number,
  horizon: number,
): number | undefined {
  const first = firstTarget(transform.lead, window, horizon);
  const count = train.length - first;
  // The same rows for all candidates: the last 60 % of the training part.
  let from = Math.max(Math.floor(0.4 * train.length), first + 3);
  if (train.length - from < 2) return undefined;
  const { x, y } = transform.windows(train, { window, horizon, first, count });
  const block = Math.ceil((train.length - from) / 5);
  let sum = 0;
  let rows = 0;
  for (; from < train.length; from += block) {
    const size = Math.min(block, train.length - from);
    const known = from - first;
    const seen = y.subarray(0, known);
    const low = seen.reduce((a, b) => Math.min(a, b));
    const high = seen.reduce((a, b) => Math.max(a, b));
    const model = ridge(moments(x.subarray(0, known * window), seen, known), 1e-3);
    const z = applyLinear(model, x.subarray(known * window, (known + size) * window), size);
    const held = z.map((value) => Math.min(high, Math.max(low, value)));
    const predicted = transform.invert(train, { window, horizon, first: from, count: size }, held);
    for (let i = 0; i < size; i++) {
      const miss = predicted[i] - train[from + i];
      sum += miss * miss;
      rows++;
    }
  }
  return Math.sqrt(sum / rows);
}

/** The power of the level with which the spread of the changes grows; undefined where that is not beyond doubt. */
function spreadGrowth(values: Float64Array, season: number | undefined): number | undefined {
  const unit = season !== undefined && season * 5 <= values.length ? season : 1;
  const size = unit * Math.ceil(Math.max(8, unit === 1 ? Math.floor(values.length / 20) : 0) / unit);
  const levels: number[] = [];
  const spreads: number[] = [];
  // Whole blocks, counted from the end: the newest matter most.
  for (let end = values.length; end - size >= 0; end -= size) {
    const block = values.subarray(end - size, end);
    const changes = block.subarray(1).map((value, i) => value - block[i]);
    const spread = deviation(changes);
    if (!(spread > 0)) continue;
    levels.push(log(block.reduce((sum, value) => sum + value, 0) / size));
    spreads.push(log(spread));
  }
  const count = levels.length;
  if (count < 4) return undefined;
  const meanLevel = levels.reduce((sum, value) => sum + value, 0) / count;
  const meanSpread = spreads.reduce((sum, value) => sum + value, 0) / count;
  let squares = 0;
  let products = 0;
  for (let i = 0; i < count; i++) {
    squares += (levels[i] - meanLevel) * (levels[i] - meanLevel);
    products += (levels[i] - meanLevel) * (spreads[i] - meanSpread);
  }
  if (!(squares > 0)) return undefined;
  const slope = products / squares;
  let left = 0;
  for (let i = 0; i < count; i++) {
    const miss = spreads[i] - meanSpread - slope * (levels[i] - meanLevel);
    left += miss * miss;
  }
  const standardError = Math.sqrt(left / (count - 2) / squares);
  return slope > 0.5 && slope >= 3 * standardError ? slope : undefined;
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length);
}
