// What happens to data before a model sees them and after it answered, as plain JSON: kept in the model file, so that
// predicting needs nothing else.

import { GruvyError, shown } from "../base/index.ts";
import { type DayOrder, type FillMethod, type ScalerConfig, scalerFromConfig } from "../data/index.ts";
import { seriesTransform, type TransformName } from "../evaluation/index.ts";
import { type Script, scripts } from "./text-words.ts";

/** A series: transformed, cut into windows, standardised; the forecast goes the way back. */
export interface SeriesPipeline {
  readonly kind: "series";
  /** The column that is forecast. */
  readonly target: string;
  readonly window: number;
  readonly horizon: number;
  readonly transform: TransformName;
  readonly season?: number;
  /** The power of two that values are divided by before all else, and forecasts multiplied by; absent: 1. */
  readonly magnitude?: number;
  /** Scalers of transformed values, of a window and of what follows it. */
  readonly input: ScalerConfig;
  readonly output: ScalerConfig;
  readonly unit?: string;
  /** How missing values are filled, where they are not refused. */
  readonly missing?: FillMethod;
  /** The last values of the series, from which `forecast` goes on, with their dates. */
  readonly tail: readonly number[];
  /** The places in `tail`, from 0, of values that were filled in. */
  readonly tailFilled?: readonly number[];
  readonly tailDates?: readonly string[];
  /** The order of day and month in dates such as `1/2/2020`, told from the whole column. */
  readonly dayOrder?: DayOrder;
}

/** Texts: split into words, indexed as Keras's `imdb.load_data` does, cut and padded after. */
export interface TextsPipeline {
  readonly kind: "texts";
  /** The columns of the texts and of their labels. */
  readonly text: string;
  readonly label: string;
  /** The words from index 3, the most frequent first; 0 is padding, 1 the start, 2 any other word. */
  readonly words: readonly string[];
  /** Which characters make words: "ascii" as Keras's `imdb.load_data` does, letters of any alphabet, or emojis, too. */
  readonly script: Script;
  readonly maxLength: number;
  readonly truncate: "pre" | "post";
  /** The classes in the order of the model's outputs. */
  readonly labels: readonly string[];
}

/** Sequences that a model takes as they are. */
export interface SequencesPipeline {
  readonly kind: "sequences";
  readonly task: "classification" | "regression";
  /** Numbers at each step; 0 when a step is one token. */
  readonly features: number;
  /** How many different tokens there are; 0 for numbers. */
  readonly tokens: number;
  /** The symbols of the tokens from 1 on, where they have any. */
  readonly alphabet?: readonly string[];
  readonly labels: readonly string[];
}

export type Pipeline = SeriesPipeline | TextsPipeline | SequencesPipeline;

/**
 * Reads a pipeline from a model file, trusting nothing.
 *
 * @throws {GruvyError} `model/pipeline` that names the part at fault.
 */
export function readPipeline(value: unknown, source: string): Pipeline {
  if (value === null) {
    throw new GruvyError(
      "model/no-preprocessing",
      `The model in ${source} was saved without preprocessing`,
      "Use it in code, where its data are prepared, or train one with gruvy train.",
    );
  }
  const read = reader(value, source);
  const kind = read.oneOf("kind", ["series", "texts", "sequences"] as const);
  if (kind === "series") {
    const transform = read.text("transform") as TransformName;
    const season = read.optionalWhole("season", 2);
    const pipeline: SeriesPipeline = {
      kind,
      target: read.text("target"),
      window: read.whole("window", 1),
      horizon: read.whole("horizon", 1),
      transform,
      season,
      magnitude: read.optionalPositive("magnitude"),
      input: read.part("input") as ScalerConfig,
      output: read.part("output") as ScalerConfig,
      unit: read.optionalText("unit"),
      missing: read.optionalOneOf("missing", ["ffill", "interpolate"] as const),
      tail: read.numbers("tail"),
      tailFilled: read.optionalNumbers("tailFilled"),
      tailDates: read.optionalTexts("tailDates"),
      dayOrder: read.optionalOneOf("dayOrder", ["dayFirst", "monthFirst"] as const),
    };
    // These refuse what they do not know.
    seriesTransform(transform, { season });
    for (const scaler of [pipeline.input, pipeline.output]) scalerFromConfig(scaler);
    return pipeline;
  }
  if (kind === "texts") {
    return {
      kind,
      text: read.text("text"),
      label: read.text("label"),
      words: read.texts("words"),
      script: read.oneOf("script", scripts),
      maxLength: read.whole("maxLength", 1),
      truncate: read.oneOf("truncate", ["pre", "post"] as const),
      labels: read.texts("labels", 2),
    };
  }
  const task = read.oneOf("task", ["classification", "regression"] as const);
  return {
    kind,
    task,
    features: read.whole("features", 0),
    tokens: read.whole("tokens", 0),
    alphabet: read.optionalTexts("alphabet"),
    labels: read.texts("labels", task === "classification" ? 2 : 0),
  };
}

function broken(source: string, name: string, expected: string, found: unknown): GruvyError {
  return new GruvyError(
    "model/pipeline",
    `Expected ${expected} as ${name} in the preprocessing of ${source}, found ${shown(found)}`,
    "The file was not written by gruvy train, or was changed since; train the model again.",
  );
}

/** Typed access to the own properties of a parsed JSON object. */
function reader(value: unknown, source: string) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw broken(source, "the whole", "an object", value);
  }
  const part = (name: string): unknown =>
    Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  const check = <T>(name: string, expected: string, is: (found: unknown) => found is T): T => {
    const found = part(name);
    if (!is(found)) throw broken(source, name, expected, found);
    return found;
  };
  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T =>
    check(name, `one of ${allowed.join(", ")}`, (found): found is T => allowed.some((one) => one === found));
  const isText = (found: unknown): found is string => typeof found === "string";
  const isNumber = (found: unknown): found is number => typeof found === "number" && Number.isFinite(found);
  const texts = (name: string, least = 0): string[] =>
    check(name, `at least ${least} texts`, (found): found is string[] => {
      return Array.isArray(found) && found.length >= least && found.every(isText);
    });
  const numbers = (name: string): number[] =>
    check(name, "numbers", (found): found is number[] => Array.isArray(found) && found.every(isNumber));
  const whole = (name: string, least: number): number =>
    check(name, `a whole number of at least ${least}`, (found): found is number => {
      return isNumber(found) && Number.isSafeInteger(found) && found >= least;
    });
  return {
    part,
    texts,
    whole,
    text: (name: string) => check(name, "a text", isText),
    numbers,
    optionalNumbers: (name: string) => (part(name) === undefined ? undefined : numbers(name)),
    oneOf,
    optionalOneOf: <T extends string>(name: string, allowed: readonly T[]) =>
      part(name) === undefined ? undefined : oneOf(name, allowed),
    optionalText: (name: string) => (part(name) === undefined ? undefined : check(name, "a text", isText)),
    optionalTexts: (name: string) => (part(name) === undefined ? undefined : texts(name)),
    optionalPositive: (name: string) =>
      part(name) === undefined
        ? undefined
        : check(name, "a number above 0", (found): found is number => isNumber(found) && found > 0),
    optionalWhole: (name: string, least: number) => (part(name) === undefined ? undefined : whole(name, least)),
  };
}
