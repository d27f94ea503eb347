import { cellNames } from "../tasks/names.ts";
import type { ComparisonResult, ModelName } from "../tasks/results.ts";

type Kind = ComparisonResult["data"]["kind"];

const LABELS: Readonly<Record<ModelName, string>> = {
  ...cellNames,
  lastValue: "Last value",
  seasonalNaive: "Seasonal naive",
  drift: "Drift",
  ets: "ETS",
  linear: "Linear",
  majority: "Majority class",
  naiveBayesLogistic: "NB logistic",
  mean: "Mean",
};

const MEANINGS: Readonly<Record<ModelName, string>> = {
  rnn: "a cell without gates",
  lstm: "three gates and a memory",
  gru: "two gates",
  lastValue: "repeats the last value",
  seasonalNaive: "repeats the last season",
  drift: "goes on at the mean slope",
  ets: "exponential smoothing",
  linear: "regression on the window",
  majority: "the most frequent class",
  naiveBayesLogistic: "weighted words and pairs",
  mean: "the mean of the training part",
};

/** The name of a model as readers see it. */
export function modelLabel(name: ModelName): string {
  return Object.hasOwn(LABELS, name) ? LABELS[name] : String(name);
}

/** What a model does, in a few words. */
export function modelMeaning(name: ModelName, kind: Kind): string {
  if (name === "linear" && kind === "sequences") return "regression on the flat input";
  return Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : "";
}

/** As it stands inside a sentence: "the GRU", "the last value". */
export function modelInSentence(name: ModelName): string {
  const label = modelLabel(name);
  if (name === "linear") return "the linear model";
  if (name === "naiveBayesLogistic") return "the logistic regression on words";
  return `the ${/^[A-Z]{2}/.test(label) ? label : label.slice(0, 1).toLowerCase() + label.slice(1)}`;
}

/** As `modelColor`, for areas with text on them. */
export function modelFill(name: ModelName): string {
  return modelColor(name).replace(")", "-fill)");
}

/** The color of a model in charts: a variable of the palette. */
export function modelColor(name: ModelName): string {
  return name === "gru" || name === "lstm" || name === "rnn" ? `var(--${name})` : "var(--baseline)";
}
