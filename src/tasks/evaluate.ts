import { counted, GruvyError } from "../base/index.ts";
import type { LoadedData, SeriesData } from "../data/index.ts";
import {
  accuracy,
  logLoss,
  mae,
  predictedClasses,
  rmse,
  rowSplit,
  seriesBaselines,
  seriesTransform,
} from "../evaluation/index.ts";
import { checkGiven } from "./check-given.ts";
import { blindFindings, filledIn, scoredIn } from "./filled.ts";
import { fingerprint, seriesFingerprint, wholeFingerprint } from "./fingerprint.ts";
import type { FittedModel } from "./fitted.ts";
import { predictWith, reachWords } from "./forecast.ts";
import { classIndices, classProbabilities } from "./labels.ts";
import type { SequencesPipeline, SeriesPipeline, TextsPipeline } from "./pipeline.ts";
import { checkSequences } from "./predict.ts";
import type { Finding, ModelName, Scores } from "./results.ts";
import { countPrinted, countSeriesPrinted } from "./row-prints.ts";
import { rowsOf } from "./rows.ts";
import { forecasts } from "./series-windows.ts";
import { stepFindings } from "./step.ts";
import { textEncoder } from "./text-words.ts";

export interface EvaluationResult {
  readonly data: { readonly name: string; readonly source: string; readonly kind: LoadedData["kind"] };
  /** Rows or targets that were scored. */
  readonly rows: number;
  /** How many of these rows or targets the model was trained or validated on, where its file tells. */
  readonly seen?: number;
  /** One sentence: which rows these are. */
  readonly which: string;
  /** What keeps the scores from meaning what they seem to: a series of another step of time, windows of filled values. */
  readonly findings: readonly Finding[];
  /** The model by its cell, `model` where the file does not say; then the baselines. */
  readonly models: readonly { readonly name: ModelName | "model"; readonly scores: Scores }[];
  /** One sentence: why baselines of `compare` are not among them. Absent where all are. */
  readonly without?: string;
}

/**
 * Scores a model on data, beside baselines. On the data it was trained on only the test part is scored, beside all
 * baselines of `compare`; on other data beside those that need no training rows, since its file holds none. Rows of
 * other data that it was trained on are counted, for they flatter the score.
 *
 * @throws {GruvyError} `model/kind` when the data are of another kind than the model, `data/unknown-label`,
 *   `data/too-short`.
 * @example
 * const { fitted } = await train(airlinePassengers(), { epochs: 2 });
 * (await evaluate(fitted, airlinePassengers())).rows; // 27
 */
export async function evaluate(fitted: FittedModel, data: LoadedData): Promise<EvaluationResult> {
  checkGiven(data);
  const { pipeline } = fitted;
  if (pipeline.kind !== data.kind) {
    throw new GruvyError(
      "model/kind",
      `The model was trained on ${pipeline.kind}, but the data are ${data.kind}`,
      "Give data like those it was trained on.",
    );
  }
  const seen = fitted.training.fingerprint === fingerprint(data);
  const about = { name: data.name, source: data.source, kind: data.kind };
  const scored = data.kind === "series" ? await series(fitted, data, seen) : await labelled(fitted, data, seen);
  return { data: about, ...scored, findings: [...stepFindings(fitted, data), ...(scored.findings ?? [])] };
}

type Models = EvaluationResult["models"][number][];

async function series(fitted: FittedModel, data: SeriesData, seen: boolean) {
  const pipeline = fitted.pipeline as SeriesPipeline;
  const { window, horizon, season, magnitude = 1 } = pipeline;
  const transform = seriesTransform(pipeline.transform, { season });
  const tested = fitted.training.split?.test;
  const known = seen ? data.values.length : knownStart(fitted, data.values);
  // Of what it was trained on, filled as then; of other series with what is known when a forecast is made.
  const { settings } = fitted.training;
  const { values } = known > 0 ? filledIn(data, Number(settings?.testSize ?? 0.2), known) : data;
  const scored = scoredIn(data);
  const only = known > 0 && tested !== undefined && tested < known;
  const first = only ? known - tested : transform.lead + window + horizon - 1;
  const count = values.length - first;
  if (count < 1) {
    throw new GruvyError(
      "data/too-short",
      `Expected more than ${first} values to score forecasts on (${reachWords(pipeline, transform.lead)}), found ${values.length}`,
      "Give more of the series.",
    );
  }
  const truth = scored(values.subarray(first), { first });
  const unscored = count - truth.length;
  const scores = (all: ArrayLike<number>): Scores => {
    const predicted = scored(all, { first });
    return { rmse: rmse(predicted, truth), mae: mae(predicted, truth) };
  };
  const own = await forecasts(pipeline, transform, predictWith(fitted), values, { first, count });
  const models: Models = [{ name: fitted.training.cell ?? "model", scores: scores(own) }];
  const divided = magnitude === 1 ? values : values.map((value) => value / magnitude);
  for (const baseline of seriesBaselines({ season })) {
    // Without a training part there is nothing to fit on.
    if (!only && !UNFITTED.includes(baseline.name)) continue;
    try {
      baseline.fit(divided.subarray(0, first), { window, horizon, season, transform });
      const made = baseline.predict(divided, first, count).map((value) => value * magnitude);
      models.push({ name: baseline.name, scores: scores(made) });
    } catch (error) {
      // As in compare: too few values for this one.
      if (!(error instanceof GruvyError && (error.code === "data/too-short" || error.code === "usage/rows")))
        throw error;
    }
  }
  const trained = countSeriesPrinted(fitted.training.rowPrints, values, first);
  const which = only
    ? `The model was trained on ${seen ? "this series" : `the first ${known} of these values`}: only its test part${seen ? "" : " and what follows"}, ${count === 1 ? "the last value" : `the last ${count} values`}, is scored.`
    : seriesSentence(count, trained);
  const filled = unscored === 0 ? "" : ` ${unscored} of them ${unscored === 1 ? "is" : "are"} missing and not scored.`;
  return {
    rows: truth.length,
    seen: trained,
    which: which + filled,
    models,
    findings: blindFindings(data.missing, pipeline, { first, count }),
    ...(only
      ? {}
      : { without: `Drift, ETS and the linear model are shown on the series of the training alone, ${WHY}.` }),
  };
}

/** Baselines that need no training part. */
const UNFITTED: readonly ModelName[] = ["lastValue", "seasonalNaive"];
const WHY = "since they are fitted on its training part";

const UNKNOWN = "The file of the model does not say what baselines that learn scored; one that is trained again does.";

function seriesSentence(count: number, trained: number | undefined): string {
  const what =
    count === 1
      ? "The only value that has a whole window before it"
      : `All ${count} values that have a whole window before them`;
  if (!trained) return `${what}.`;
  if (trained === count) return `${what}; ${remembered(count)}`;
  return `${what}; the model was trained on at least ${trained} of them, and ${trained === 1 ? "it flatters" : "they flatter"} the score.`;
}

/** How many values the series has in common with the one trained on, when it begins with the whole of that. */
function knownStart({ training }: FittedModel, values: Float64Array): number {
  const rows = training.data?.rows;
  if (typeof rows !== "number" || !(rows > 0 && rows < values.length)) return 0;
  return seriesFingerprint(values.subarray(0, rows)) === training.fingerprint ? rows : 0;
}

async function labelled(
  fitted: FittedModel,
  data: Exclude<LoadedData, { kind: "series" }>,
  seen: boolean,
): Promise<Omit<EvaluationResult, "data" | "findings"> & { readonly findings?: readonly Finding[] }> {
  const pipeline = fitted.pipeline as TextsPipeline | SequencesPipeline;
  const { settings, constant, rowPrints } = fitted.training;
  const own: ModelName | "model" = fitted.training.cell ?? "model";
  const known = typeof constant === "number";
  if (data.kind === "sequences" && pipeline.kind === "sequences") {
    if (data.task !== pipeline.task) {
      throw new GruvyError(
        "model/kind",
        `The model was trained for ${pipeline.task}, but ${data.name} is for ${data.task}`,
        "Give data like those it was trained on.",
      );
    }
    checkSequences(pipeline, (data.test ?? data.train).x);
  }
  const part = data.test ?? data.train;
  const all = "texts" in part ? part.texts.length : part.x.shape[0];
  const labels =
    "texts" in part ? classIndices(part, pipeline.labels, data.name) : Float64Array.from(part.y?.data ?? []);
  const classification = pipeline.kind === "texts" || pipeline.task === "classification";
  const testSize = Number(settings?.testSize ?? 0.2);
  const only = seen && data.test === undefined && testSize > 0;
  const which = only
    ? rowSplit(all, {
        labels: classification ? labels : undefined,
        testSize,
        seed: Number(settings?.seed ?? 0),
      }).test
    : Uint32Array.from({ length: all }, (_, row) => row);
  const truth = Float64Array.from(which, (row) => labels[row]);
  const x =
    "texts" in part
      ? textEncoder(pipeline as TextsPipeline).encode(Array.from(which, (row) => part.texts[row]))
      : rowsOf(part.x, which);
  const answers = await predictWith(fitted)(x);
  const printed = countPrinted(rowPrints, part, which);
  const { whole } = fitted.training;
  const same = whole === undefined ? seen : whole === wholeFingerprint(data);
  const trained = same ? trainedBaselines(fitted) : [];
  const about = {
    rows: which.length,
    seen: printed,
    which: whichSentence(which.length, { all, only, test: data.test !== undefined, seen: printed }),
    ...(trained.length > 0
      ? {}
      : { without: same ? UNKNOWN : `Baselines that learn are shown on the data of the training alone, ${WHY}.` }),
  };
  if (!classification) {
    const scores = (predicted: ArrayLike<number>): Scores => ({
      rmse: rmse(predicted, truth),
      mae: mae(predicted, truth),
    });
    return {
      ...about,
      models: [
        { name: own, scores: scores(answers.data) },
        ...(known ? [{ name: "mean" as const, scores: scores(truth.map(() => constant)) }] : []),
        ...trained,
      ],
    };
  }
  const probabilities = classProbabilities(answers, pipeline.labels.length);
  return {
    ...about,
    models: [
      {
        name: own,
        scores: {
          accuracy: accuracy(predictedClasses(probabilities), truth),
          loss: logLoss(probabilities, truth),
        },
      },
      ...(constant === undefined
        ? []
        : [
            {
              name: "majority" as const,
              scores: {
                accuracy: accuracy(
                  truth.map(() => constant),
                  truth,
                ),
              },
            },
          ]),
      ...trained,
    ],
  };
}

/** The baselines that learned beside the model, with the scores that they had on its test part. */
function trainedBaselines({ training }: FittedModel): Models {
  const baselines: readonly unknown[] = Array.isArray(training.baselines) ? training.baselines : [];
  return baselines.flatMap((one) => {
    const { name, test } = (one ?? {}) as { readonly name?: unknown; readonly test?: unknown };
    if (!LEARNING.some((known) => known === name) || typeof test !== "object" || test === null) return [];
    const scores = Object.entries(test).filter(([, score]) => typeof score === "number");
    return [{ name: name as ModelName, scores: Object.fromEntries(scores) }];
  });
}

const LEARNING: readonly ModelName[] = ["naiveBayesLogistic", "linear"];

function whichSentence(
  rows: number,
  { all, only, test, seen }: { all: number; only: boolean; test: boolean; seen: number | undefined },
): string {
  const flattered =
    seen === 1
      ? "1 of them was trained or validated on, and flatters"
      : `${seen} of them were trained or validated on, and flatter`;
  if (only) {
    const copies = seen ? ` ${flattered} the score: the same row stands in both parts.` : "";
    return `The model was trained on these rows: only the test part, ${rows} of ${all}, is scored.${copies}`;
  }
  const what = test ? `The test part, ${counted(all, "row")}` : all === 1 ? "The only row" : `All ${all} rows`;
  if (seen === undefined) return test ? `${what}.` : `${what}; any that it was trained on flatter the score.`;
  if (seen === all && all > 0) return `${what}; ${remembered(all)}`;
  if (seen === 0) return `${what}; the model was ${all === 1 ? "not trained on it" : "trained on none of them"}.`;
  return `${what}; ${flattered} the score.`;
}

const remembered = (rows: number): string =>
  `the model was trained on ${rows === 1 ? "it" : "every one of them"}: the score says how well it remembers.`;
