import { capital, counted, decimalsOf, threeDigits, vanishes } from "../base/index.ts";
import type { Interval } from "./interval.ts";
import type { Metric } from "./metrics.ts";

/** Below this many test targets a sentence says that they are few. */
export const fewTargets = 30;
/** Below this many stretches nothing is claimed: an interval from so few says more about chance than about models. */
const fewStretches = 5;

export interface VerdictInput extends Interval {
  readonly metric: Metric;
  /** The best recurrent model, by its name in the results: rnn, lstm, gru. */
  readonly model: string;
  /** Whether it was chosen among several by its validation score, which is then said. Default false. */
  readonly modelChosen?: boolean;
  /** The best baseline, chosen by its validation score. */
  readonly baseline: string;
  /** The scores of both on the test part; `difference` is the model's less the baseline's. */
  readonly modelScore: number;
  readonly baselineScore: number;
  /** How many test targets or rows there are. */
  readonly targets: number;
  /** How many steps ahead the targets of a series lie; said from 2 on. Default 1. */
  readonly ahead?: number;
  /** How many stretches of targets do not overlap: targets / horizon for a series. Default: as many as targets. */
  readonly stretches?: number;
  /** The data's unit, as in "passengers". */
  readonly unit?: string;
}

const titles: ReadonlyMap<string, string> = new Map([
  ["rnn", "the simple RNN"],
  ["lstm", "the LSTM"],
  ["gru", "the GRU"],
  ["lastValue", "the last value"],
  ["seasonalNaive", "the value one season before"],
  ["drift", "the drift"],
  ["ets", "exponential smoothing"],
  ["linear", "a linear model"],
  ["majority", "the majority class"],
  ["naiveBayesLogistic", "logistic regression on words and word pairs"],
  ["mean", "the mean"],
]);

/** What a model is called in a sentence; a name that is not known stands for itself. */
export const modelTitle = (name: string): string => titles.get(name) ?? name;

/**
 * One plain sentence that claims what the interval supports and no more: the model beats its baseline only when the
 * whole interval lies on its side of zero.
 *
 * @example
 * verdict({
 *   metric: "rmse", model: "gru", baseline: "lastValue", modelScore: 18.2, baselineScore: 50.7,
 *   difference: -32.5, low: -41.3, high: -21.8, targets: 48, unit: "passengers",
 * });
 * // "The GRU beats the last value (the best baseline on the validation part): RMSE 18.2 against 50.7
 * // passengers on 48 test targets, 32.5 lower (95 % interval 21.8 to 41.3 lower)."
 */
export function verdict(input: VerdictInput): string {
  const { metric, difference, low, high, targets, ahead = 1 } = input;
  const model = modelTitle(input.model);
  const baseline = modelTitle(input.baseline);
  const chosen = `(the best ${input.modelChosen ? "cell and " : ""}baseline on the validation part)`;
  if (![difference, low, high, input.modelScore, input.baselineScore].every(Number.isFinite)) {
    return `No claim can be made: the difference between ${model} and ${baseline} could not be measured.`;
  }
  const percent = metric === "accuracy" ? 100 : 1;
  const scored = [input.modelScore, input.baselineScore];
  // As many decimals as the table of scores has beside it.
  const show = rounding(
    [low, high, difference].map((value) => value * percent),
    metric === "accuracy" ? undefined : scored,
  );
  const number = (value: number) => show(value * percent);
  const unit = metric === "accuracy" ? " %" : input.unit ? ` ${input.unit}` : "";
  const points = metric === "accuracy" ? " points" : "";
  const measure = metric === "accuracy" ? "accuracy" : metric.toUpperCase();
  const rows = metric === "accuracy" ? "row" : "target";
  const part = `on ${counted(targets, `test ${rows}`)}${targets < fewTargets ? ", which are few" : ""}${ahead > 1 ? `, each ${ahead} steps ahead` : ""}`;
  const scores = `${measure} ${number(input.modelScore)} against ${number(input.baselineScore)}${unit} ${part}`;
  if (metric !== "accuracy" && (input.stretches ?? targets) < fewStretches) {
    return (
      `No difference can be claimed between ${model} and ${baseline} ${chosen}: ${scores}; ` +
      "forecasts so many steps ahead overlap, and the targets hold too few stretches that do not."
    );
  }
  const way = (value: number) => (value < 0 ? "lower" : "higher");
  if (low <= 0 && high >= 0) {
    return (
      `No difference can be claimed between ${model} and ${baseline} ${chosen}: ${scores}; ` +
      `the 95 % interval of the difference, ${number(low)} to ${number(high)}${points}, includes zero.`
    );
  }
  const wins = metric === "accuracy" ? low > 0 : high < 0;
  const [near, far] = low > 0 ? [low, high] : [-high, -low];
  return (
    `${capital(model)} ${wins ? "beats" : "does not beat"} ${baseline} ${chosen}: ${scores}, ` +
    `${number(Math.abs(difference))}${points} ${way(difference)} (95 % interval ${number(near)} to ${number(far)}${points} ${way(low)}).`
  );
}

/** Those of the scores, at most 6. */
function decimalsOfScores(scores: readonly number[]): number {
  const [low = 1, high = low] = scores.filter((score) => score > 0).sort((a, b) => a - b);
  return Math.min(6, threeDigits(low, high));
}

/** How to write the interval and errors, or shares; in powers of ten where decimals would not be read. */
function rounding(values: readonly number[], errors?: readonly number[]): (value: number) => string {
  const decimals = Math.max(
    decimalsOf(values, errors === undefined),
    errors === undefined ? 0 : decimalsOfScores(errors),
  );
  const large = Math.max(...values) - Math.min(...values) >= 1e15;
  if (large || [...values, ...(errors ?? [])].some((value) => vanishes(value, decimals)))
    return (value) => (value === 0 ? "0" : value.toExponential(1));
  return (value) => {
    const text = value.toFixed(decimals);
    const [whole, fraction] = text.split(".");
    if (Number(text) === 0) return "0";
    return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${fraction === undefined ? "" : `.${fraction}`}`;
  };
}
