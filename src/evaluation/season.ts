import { log, wholeNumber } from "../base/index.ts";
import { centredMean } from "./series/holt-winters.ts";

/**
 * What the seasonal pattern must explain, in cycles that did not make it, before it counts as a season. A few cycles of
 * a random walk resemble each other by chance, so the fewer there are the more must be explained; with this bound about
 * one random walk in fifty is still taken for seasonal.
 */
const leastExplained = (cycles: number) => 0.2 + 1.75 / cycles;

/**
 * Autocorrelation at the lags 0 to `lags`: the biased estimate, as is usual; 0 for a constant series.
 *
 * @example
 * autocorrelation(Float64Array.of(1, -1, 1, -1), 2); // [1, -0.75, 0.5]
 */
export function autocorrelation(values: ArrayLike<number>, lags: number): Float64Array {
  const count = values.length;
  let mean = 0;
  for (let i = 0; i < count; i++) mean += values[i] / count;
  const result = new Float64Array(lags + 1);
  for (let lag = 0; lag <= lags; lag++) {
    let sum = 0;
    for (let i = lag; i < count; i++) sum += (values[i] - mean) * (values[i - lag] - mean);
    result[lag] = sum;
  }
  const total = result[0];
  return total > 0 ? result.map((value) => value / total) : result;
}

/**
 * The length of the season in rows, or undefined when there is none; from the training part alone. Peaks of the
 * autocorrelation of the differenced and of the detrended values, or of their logarithms, are the candidates. Each is judged by how much of the detrended values a cycle's pattern explains when it was averaged over
 * the other cycles, so that a trend, a random walk or a cycle of changing length is not taken for a season. Needs three
 * whole cycles. Of candidates nearly as good the shortest is taken.
 *
 * @example
 * findSeason(Float64Array.from({ length: 60 }, (_, i) => [1, 5, 2, 8][i % 4] + i)); // 4
 */
export function findSeason(train: Float64Array): number | undefined {
  // Long series repeat themselves: the newest rows tell the season as well, in bounded time.
  const newest = train.subarray(Math.max(0, train.length - 6000));
  const longest = Math.floor(newest.length / 3);
  if (longest < 2) return undefined;
  // A season that grows with the level is plainest in logarithms, one on a steep line that starts near zero is not.
  const forms = newest.every((value) => value > 0) ? [newest, newest.map(log)] : [newest];
  const judged = forms
    .flatMap((values) => judgedSeasons(values, longest))
    .filter(({ season, explained }) => explained >= leastExplained(newest.length / season))
    .sort((a, b) => a.season - b.season);
  const most = Math.max(...judged.map(({ explained }) => explained));
  return judged.find(({ explained }) => explained >= most - 0.03)?.season;
}

function judgedSeasons(values: Float64Array, longest: number): { season: number; explained: number }[] {
  const changes = values.subarray(1).map((value, i) => value - values[i]);
  const candidates = new Set([...peaks(changes, longest), ...peaks(withoutLine(values), longest)]);
  return [...candidates].map((lag) => refined(values, lag, longest));
}

/** The best season within 3 % of a lag: noise moves the broad peak of a long season by some rows. */
function refined(values: Float64Array, lag: number, longest: number): { season: number; explained: number } {
  const reach = Math.floor(0.03 * lag);
  let best = { season: lag, explained: explainedBySeason(values, lag) };
  for (let season = Math.max(2, lag - reach); season <= Math.min(longest, lag + reach); season++) {
    const explained = explainedBySeason(values, season);
    if (explained > best.explained) best = { season, explained };
  }
  return best;
}

/** The lags, up to eight, at which the autocorrelation has its highest significant local peaks. */
function peaks(values: Float64Array, longest: number): number[] {
  const r = autocorrelation(values, longest + 1);
  const significant = 2 / Math.sqrt(values.length);
  const found: number[] = [];
  for (let lag = 2; lag <= longest; lag++) {
    if (r[lag] > significant && r[lag] > r[lag - 1] && r[lag] >= r[lag + 1]) found.push(lag);
  }
  return found.sort((a, b) => r[b] - r[a] || a - b).slice(0, 8);
}

function withoutLine(values: Float64Array): Float64Array {
  const count = values.length;
  const middle = (count - 1) / 2;
  let products = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    products += (i - middle) * values[i];
    squares += (i - middle) * (i - middle);
  }
  return values.map((value, i) => value - (products / squares) * (i - middle));
}

/**
 * The share of the variance around a moving mean of one season that a seasonal pattern explains, each cycle predicted
 * from the others; at most 1, below 0 when the pattern misleads.
 */
function explainedBySeason(values: Float64Array, season: number): number {
  const smooth = centredMean(values, season);
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(smooth[row])) continue;
    sums[row % season] += values[row] - smooth[row];
    counts[row % season]++;
  }
  let total = 0;
  let left = 0;
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(smooth[row]) || counts[row % season] < 2) continue;
    const rest = values[row] - smooth[row];
    const others = (sums[row % season] - rest) / (counts[row % season] - 1);
    total += rest * rest;
    left += (rest - others) * (rest - others);
  }
  return total > 0 ? 1 - left / total : 0;
}

/**
 * How many values a window should hold: one season (several of a short one, so that it holds at least 8; the default
 * for one above 48, which a recurrent network would be slow to walk through), else 24; never more than a quarter of the
 * series, and at least 1.
 *
 * @example
 * chooseWindow(12, 144); // 12
 * chooseWindow(undefined, 1000); // 24
 */
export function chooseWindow(season: number | undefined, length: number): number {
  wholeNumber(length, "length");
  const most = Math.max(1, Math.floor(length / 4));
  if (season === undefined || season > 48) return Math.min(24, most);
  const seasons = Math.ceil(8 / wholeNumber(season, "season"));
  return Math.min(seasons * season, most);
}
