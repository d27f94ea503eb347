import { log } from "../../base/index.ts";

export type TrendForm = "none" | "additive" | "damped";
export type SeasonForm = "none" | "additive" | "multiplicative";

/** Which states a smoothing has and how its errors grow. */
export interface SmoothingForm {
  readonly trend: TrendForm;
  readonly season: SeasonForm;
  /** `multiplicative`: the spread of the errors is in proportion to the forecast. It changes the likelihood alone. */
  readonly error: "additive" | "multiplicative";
}

/** What an update takes from the newest error; all but `damping` between 0 and 1. */
export interface SmoothingRates {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
  readonly damping: number;
}

export interface SmoothingState {
  level: number;
  trend: number;
  /** One entry for each place in the season, that of row r at r modulo its length; empty without a season. */
  readonly seasonal: Float64Array;
}

/**
 * Level, slope and seasonal pattern at the start of the series: a classical decomposition of its first cycles, as
 * Hyndman, Koehler, Snyder and Grose 2002 begin.
 */
export function initialState(values: Float64Array, form: SmoothingForm, season: number): SmoothingState {
  const seasonal = new Float64Array(form.season === "none" ? 0 : season);
  let adjusted = values.subarray(0, Math.min(values.length, Math.max(10, 2 * season)));
  if (form.season !== "none") {
    const multiplicative = form.season === "multiplicative";
    const cycles = Math.min(4, Math.floor(values.length / season));
    const smooth = centredMean(values.subarray(0, cycles * season), season);
    const counts = new Float64Array(season);
    for (let row = 0; row < smooth.length; row++) {
      if (Number.isNaN(smooth[row])) continue;
      seasonal[row % season] += multiplicative ? values[row] / smooth[row] : values[row] - smooth[row];
      counts[row % season]++;
    }
    let sum = 0;
    for (let place = 0; place < season; place++) {
      seasonal[place] = counts[place] > 0 ? seasonal[place] / counts[place] : multiplicative ? 1 : 0;
      sum += seasonal[place];
    }
    const mean = sum / season;
    for (let place = 0; place < season; place++) {
      seasonal[place] = multiplicative ? Math.max(seasonal[place] / mean, 1e-3) : seasonal[place] - mean;
    }
    adjusted = values
      .subarray(0, cycles * season)
      .map((value, row) => (multiplicative ? value / seasonal[row % season] : value - seasonal[row % season]));
  }
  const { intercept, slope } = line(adjusted);
  if (form.trend === "none") {
    const mean = adjusted.reduce((sum, value) => sum + value, 0) / adjusted.length;
    return { level: mean, trend: 0, seasonal };
  }
  // The state before row 0, from which one step of the slope leads to it.
  return { level: intercept - slope, trend: slope, seasonal };
}

/** Moving mean over one season, centred (half weight at both ends of an even one); NaN where it does not fit. */
export function centredMean(values: Float64Array, season: number): Float64Array {
  const half = Math.floor(season / 2);
  const sums = new Float64Array(values.length + 1);
  for (let row = 0; row < values.length; row++) sums[row + 1] = sums[row] + values[row];
  return values.map((_, row) => {
    if (row < half || row + half >= values.length) return Number.NaN;
    const whole = sums[row + half + 1] - sums[row - half];
    return (season % 2 === 0 ? whole - 0.5 * (values[row - half] + values[row + half]) : whole) / season;
  });
}

function line(values: Float64Array): { intercept: number; slope: number } {
  const count = values.length;
  const middle = (count - 1) / 2;
  let mean = 0;
  for (let i = 0; i < count; i++) mean += values[i] / count;
  let products = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    products += (i - middle) * (values[i] - mean);
    squares += (i - middle) * (i - middle);
  }
  const slope = squares > 0 ? products / squares : 0;
  return { intercept: mean - slope * middle, slope };
}

/** The forecast of the row `row`, `ahead` rows after the last one the state has seen. */
export function forecast(
  state: SmoothingState,
  form: SmoothingForm,
  rates: SmoothingRates,
  row: number,
  ahead: number,
): number {
  let slopes = ahead;
  if (form.trend === "damped") {
    slopes = 0;
    for (let k = 1, weight = rates.damping; k <= ahead; k++, weight *= rates.damping) slopes += weight;
  }
  const base = state.level + slopes * state.trend;
  if (form.season === "none") return base;
  const pattern = state.seasonal[row % state.seasonal.length];
  return form.season === "additive" ? base + pattern : base * pattern;
}

/** Takes in the value of a row whose one-step forecast was `expected` (Holt 1957, Winters 1960, in error form). */
export function update(
  state: SmoothingState,
  form: SmoothingForm,
  rates: SmoothingRates,
  row: number,
  value: number,
  expected: number,
): void {
  const damping = form.trend === "damped" ? rates.damping : 1;
  const error = value - expected;
  const place = form.season === "none" ? 0 : row % state.seasonal.length;
  const base = state.level + damping * state.trend;
  // A factor or level at zero would make one value throw the states to infinity.
  const shift = form.season === "multiplicative" ? error / Math.max(state.seasonal[place], 1e-6) : error;
  state.level = base + rates.level * shift;
  if (form.trend !== "none") state.trend = damping * state.trend + rates.trend * shift;
  if (form.season === "additive") state.seasonal[place] += rates.season * error;
  if (form.season === "multiplicative" && base > 0) {
    state.seasonal[place] = Math.max(state.seasonal[place] + (rates.season * error) / base, 0);
  }
}

/**
 * Minus twice the log-likelihood of normal errors, up to a constant that all forms share; infinite where the states
 * leave the range in which the form has a meaning.
 */
export function deviance(
  values: Float64Array,
  form: SmoothingForm,
  rates: SmoothingRates,
  start: SmoothingState,
): number {
  const state = { ...start, seasonal: start.seasonal.slice() };
  let squares = 0;
  let logs = 0;
  for (let row = 0; row < values.length; row++) {
    const expected = forecast(state, form, rates, row, 1);
    const error = values[row] - expected;
    if (form.error === "multiplicative") {
      if (!(expected > 0)) return Number.POSITIVE_INFINITY;
      squares += (error / expected) * (error / expected);
      logs += log(expected);
    } else {
      squares += error * error;
    }
    if (form.season === "multiplicative" && !(state.level > 0)) return Number.POSITIVE_INFINITY;
    update(state, form, rates, row, values[row], expected);
  }
  const count = values.length;
  return count * log(Math.max(squares / count, 1e-300)) + 2 * logs;
}
