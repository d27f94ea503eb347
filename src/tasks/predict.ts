import { GruvyError, shown, type Tensor } from "../base/index.ts";
import { predictedClasses, seriesTransform } from "../evaluation/index.ts";
import type { FittedModel } from "./fitted.ts";
import { forecastNext, predictWith, reachWords, seriesPipeline } from "./forecast.ts";
import { classProbabilities } from "./labels.ts";
import type { SequencesPipeline, TextsPipeline } from "./pipeline.ts";
import { forecasts } from "./series-windows.ts";
import { knowsWord, textEncoder } from "./text-words.ts";

/** The class of a row, with the probability of each class by name. */
export interface LabelPrediction {
  readonly label: string;
  readonly probabilities: Readonly<Record<string, number>>;
}

/**
 * Answers for texts, in their order. The encoder is made once: keep the function for a stream of texts.
 *
 * @param unread told the place, from 0 in each call, of a text without a word that the model knows: its answer says nothing of it
 * @throws {GruvyError} `model/kind` for a model that was not trained on texts.
 * @example
 * const texts = Array.from({ length: 40 }, (_, i) => (i % 2 ? "a good film" : "a bad film"));
 * const labels = texts.map((text) => (text.includes("good") ? "yes" : "no"));
 * const data = { kind: "texts" as const, name: "films", source: "made", train: { texts, labels } };
 * const { fitted } = await train(data, { units: 4, epochs: 2 });
 * const [answer] = await textPredictor(fitted)(["a good one"]);
 * Object.keys(answer.probabilities); // ["no", "yes"]
 */
export function textPredictor(
  fitted: FittedModel,
  unread?: (row: number) => void,
): (texts: readonly string[]) => Promise<LabelPrediction[]> {
  const pipeline = wanted<TextsPipeline>(fitted, "texts");
  const encoder = textEncoder(pipeline);
  const predict = predictWith(fitted);
  return async (texts) => {
    if (texts.length === 0) return [];
    const x = encoder.encode(texts);
    const steps = x.shape[1];
    for (const row of texts.keys()) {
      if (!knowsWord(x.data.subarray(row * steps, (row + 1) * steps))) unread?.(row);
    }
    return named(await predict(x), pipeline.labels);
  };
}

/**
 * Answers for sequences as the model takes them, tokens [rows, steps] or numbers [rows, steps, features]: labels, or one
 * number a row.
 *
 * @throws {GruvyError} `model/kind`, `data/shape` and `data/token` for what does not fit the model.
 * @example
 * const { fitted } = await train(adding({ length: 5, rows: 100 }), { units: 4, epochs: 2 });
 * (await predictSequences(fitted, tensor([[[0.5, 1], [0.25, 1], [0.1, 0]]]))).length; // 1
 */
export async function predictSequences(fitted: FittedModel, x: Tensor): Promise<(LabelPrediction | number)[]> {
  const pipeline = wanted<SequencesPipeline>(fitted, "sequences");
  checkSequences(pipeline, x);
  const answers = await predictWith(fitted)(x);
  return pipeline.task === "regression" ? Array.from(answers.data) : named(answers, pipeline.labels);
}

/** Refuses sequences of another shape than the model's, or with tokens it does not know. */
export function checkSequences({ features, tokens }: SequencesPipeline, x: Tensor): void {
  const fits = tokens > 0 ? x.shape.length === 2 : x.shape.length === 3 && x.shape[2] === features;
  if (!fits) {
    const expected = tokens > 0 ? "[rows, steps] of tokens" : `[rows, steps, ${features}] of numbers`;
    throw new GruvyError(
      "data/shape",
      `Expected sequences of shape ${expected}, found [${x.shape.join(", ")}]`,
      "Give data like those that the model was trained on.",
    );
  }
  for (let i = 0; tokens > 0 && i < x.data.length; i++) {
    if (!Number.isInteger(x.data[i]) || x.data[i] < 0 || x.data[i] >= tokens) {
      const width = x.data.length / x.shape[0];
      throw new GruvyError(
        "data/token",
        `Expected tokens from 0 to ${tokens - 1}, found ${shown(x.data[i])} at row index ${Math.floor(i / width)}, step index ${i % width}`,
        "The model was trained on no other; 0 is padding.",
      );
    }
  }
}

/**
 * Forecasts of every row of a series from the rows before it; undefined for the first rows, which have too few. With
 * these one sees how the model would have done.
 *
 * @throws {GruvyError} `model/kind`, `data/too-short`.
 * @example
 * const { fitted } = await train(airlinePassengers(), { epochs: 2 });
 * (await forecastRows(fitted, airlinePassengers().values)).findIndex((row) => row !== undefined); // 13
 */
export async function forecastRows(fitted: FittedModel, values: Float64Array): Promise<(number | undefined)[]> {
  const pipeline = seriesPipeline(fitted);
  const transform = seriesTransform(pipeline.transform, { season: pipeline.season });
  const first = transform.lead + pipeline.window + pipeline.horizon - 1;
  if (values.length <= first) {
    throw new GruvyError(
      "data/too-short",
      `Expected more than ${first} rows to forecast the next from (${reachWords(pipeline, transform.lead)}), found ${values.length}`,
      "Give more of the series.",
    );
  }
  const made = await forecasts(pipeline, transform, predictWith(fitted), values, {
    first,
    count: values.length - first,
  });
  return [...new Array<undefined>(first).fill(undefined), ...made];
}

/**
 * The next values of one series, as many as the model looks ahead unless `steps` says so.
 *
 * @throws {GruvyError} `model/kind`, `data/too-short`.
 * @example
 * const { fitted } = await train(airlinePassengers(), { epochs: 2 });
 * (await forecastSeries(fitted, Array.from({ length: 20 }, (_, i) => 100 + i), 3)).length; // 3
 */
export async function forecastSeries(
  fitted: FittedModel,
  series: readonly number[],
  steps?: number,
): Promise<number[]> {
  const { horizon } = seriesPipeline(fitted);
  return Array.from(await forecastNext(fitted, Float64Array.from(series), steps ?? horizon));
}

function named(answers: Tensor, labels: readonly string[]): LabelPrediction[] {
  const probabilities = classProbabilities(answers, labels.length);
  return Array.from(predictedClasses(probabilities), (index, row) => ({
    label: labels[index],
    // Built entry by entry: a label may have any name.
    probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities.at(row, i)])),
  }));
}

function wanted<P extends { kind: string }>({ pipeline }: FittedModel, kind: P["kind"]): P {
  if (pipeline.kind !== kind) {
    throw new GruvyError(
      "model/kind",
      `This model was trained on ${pipeline.kind}, not on ${kind}`,
      pipeline.kind === "series" ? "Use forecast, or give a series." : `Give ${pipeline.kind}.`,
    );
  }
  return pipeline as unknown as P;
}
