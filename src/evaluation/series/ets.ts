import { sigmoid } from "../../base/index.ts";
import { nelderMead } from "../nelder-mead.ts";
import { checkedFit, checkedRows, notFitted, type SeriesBaseline } from "./baseline.ts";
import {
  deviance,
  forecast,
  initialState,
  type SmoothingForm,
  type SmoothingRates,
  type SmoothingState,
  update,
} from "./holt-winters.ts";

/** Older values say nothing about the newest states, and cost time. */
const longestFit = 10_000;

interface Fitted {
  readonly form: SmoothingForm;
  readonly rates: SmoothingRates;
  readonly start: SmoothingState;
  readonly parameters: number;
  /** Akaike's criterion, corrected for small samples. */
  readonly criterion: number;
}

/**
 * Exponential smoothing with trend and season. Among the forms with or without a trend (damped or not), a season
 * (additive or multiplicative) and errors that grow with the level, the one with the least corrected Akaike criterion is
 * taken (Hyndman, Koehler, Snyder and Grose 2002); smoothing rates and the starting level and slope maximise the
 * likelihood. When it predicts, the states follow the observed values and the fitted numbers stay as they are.
 *
 * @example
 * const baseline = ets();
 * baseline.fit(Float64Array.from({ length: 30 }, (_, i) => 5 + 2 * i), { window: 1 });
 * baseline.predict(Float64Array.from({ length: 31 }, (_, i) => 5 + 2 * i), 31, 1); // about [67]
 */
export function ets(): SeriesBaseline {
  let fitted: Fitted | undefined;
  let ahead = 1;
  return {
    name: "ets",
    get parameters() {
      return fitted?.parameters ?? 0;
    },
    fit(train, settings) {
      const { season, horizon } = checkedFit("ets", train, settings, 4);
      ahead = horizon;
      // Cut a whole number of seasons, so that each row keeps its place in the season.
      const excess = Math.max(0, train.length - Math.max(longestFit, 10 * (season ?? 1)));
      const values = train.subarray(excess - (excess % (season ?? 1)));
      fitted = undefined;
      for (const form of forms(values, season)) {
        const candidate = fitForm(values, form, season ?? 1);
        // A form must be better to replace a simpler one.
        if (!fitted || candidate.criterion < fitted.criterion - 1e-9) fitted = candidate;
      }
      // Starting states at row 0, also when the fit began later.
      if (fitted && values.length < train.length) {
        fitted = { ...fitted, start: initialState(train, fitted.form, season ?? 1) };
      }
    },
    predict(values, first, count) {
      if (!fitted) throw notFitted("ets");
      checkedRows(values, first, count, ahead, ahead);
      const { form, rates, start } = fitted;
      const state = { ...start, seasonal: start.seasonal.slice() };
      const result = new Float64Array(count);
      for (let row = 0; row <= first + count - 1 - ahead; row++) {
        update(state, form, rates, row, values[row], forecast(state, form, rates, row, 1));
        const target = row + ahead;
        if (target >= first) result[target - first] = forecast(state, form, rates, target, ahead);
      }
      return result;
    },
  };
}

/** The forms these values allow, simplest first. */
function forms(values: Float64Array, season: number | undefined): SmoothingForm[] {
  const positive = values.every((value) => value > 0);
  const seasonal = season !== undefined && season > 1 && values.length >= 2 * season + 2;
  const found: SmoothingForm[] = [];
  for (const error of positive ? (["additive", "multiplicative"] as const) : (["additive"] as const)) {
    for (const pattern of ["none", "additive", "multiplicative"] as const) {
      if (pattern !== "none" && !(seasonal && (pattern === "additive" || positive))) continue;
      for (const trend of ["none", "additive", "damped"] as const) found.push({ error, season: pattern, trend });
    }
  }
  return found;
}

function fitForm(values: Float64Array, form: SmoothingForm, season: number): Fitted {
  const start = initialState(values, form, season);
  const scale = spread(values);
  const trended = form.trend !== "none";
  // The search runs over all real numbers; sigmoids keep the rates in the region where the states are stable.
  const read = (x: ArrayLike<number>) => {
    const level = sigmoid(x[0]);
    const rates: SmoothingRates = {
      level,
      trend: trended ? level * sigmoid(x[2]) : 0,
      season: form.season === "none" ? 0 : (1 - level) * sigmoid(x[trended ? 4 : 2]),
      damping: form.trend === "damped" ? 0.8 + 0.19 * sigmoid(x[form.season === "none" ? 4 : 5]) : 1,
    };
    const state: SmoothingState = {
      level: start.level + scale * x[1],
      trend: trended ? start.trend + 0.1 * scale * x[3] : 0,
      seasonal: start.seasonal,
    };
    return { rates, state };
  };
  const begin = [
    0,
    0,
    ...(trended ? [-2, 0] : []),
    ...(form.season === "none" ? [] : [-1]),
    ...(form.trend === "damped" ? [2] : []),
  ];
  const cost = (x: ArrayLike<number>) => {
    const { rates, state } = read(x);
    return deviance(values, form, rates, state);
  };
  // Started again from where it ended: a simplex can collapse before it is there.
  const once = nelderMead(cost, begin, { evaluations: 120 * begin.length });
  const best = nelderMead(cost, once.at, { evaluations: 80 * begin.length });
  const { rates, state } = read(best.at);
  const parameters = begin.length + state.seasonal.length;
  const k = parameters + 1; // the variance of the errors
  const correction = values.length > k + 1 ? (2 * k * (k + 1)) / (values.length - k - 1) : Number.POSITIVE_INFINITY;
  return { form, rates, start: state, parameters, criterion: best.value + 2 * k + correction };
}

/** The standard deviation of the changes from row to row, or 1 where nothing changes. */
function spread(values: Float64Array): number {
  let sum = 0;
  for (let row = 1; row < values.length; row++) {
    const change = values[row] - values[row - 1];
    sum += change * change;
  }
  return Math.sqrt(sum / (values.length - 1)) || 1;
}
