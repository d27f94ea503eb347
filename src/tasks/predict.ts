import { GruvyError, shown, Tensor } from "../base/index.ts";
import { predictedClasses, seriesTransform } from "../evaluation/index.ts";
import type { FittedModel } from "./fitted.ts";
import { forecastNext, predictWith, seriesPipeline } from "./forecast.ts";
import { classProbabilities } from "./labels.ts";
import type { SequencesPipeline, TextsPipeline } from "./pipeline.ts";
import { forecasts } from "./series-windows.ts";
import { textEncoder } from "./text-words.ts";

/** The class of a row, with the probability of each class by name. */
export interface LabelPrediction {
  readonly label: string;
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Answers for texts, in their order. The encoder is made once: keep the function for a stream of texts. */
export function textPredictor(fitted: FittedModel): (texts: readonly string[]) => Promise<LabelPrediction[]> {
  const pipeline = wanted<TextsPipeline>(fitted, "texts");
  const encoder = textEncoder(pipeline);
  const predict = predictWith(fitted);
  return async (texts) => {
    if (texts.length === 0) return [];
    return named(await predict(encoder.encode(texts)), pipeline.labels);
  };
}

/** Answers for sequences as the model takes them: labels, or one number a row. */
export async function predictSequences(fitted: FittedModel, x: Tensor): Promise<(LabelPrediction | number)[]> {
  const { task, labels, features, tokens } = wanted<SequencesPipeline>(fitted, "sequences");
  const fits = tokens > 0 ? x.shape.length === 2 : x.shape.length === 3 && x.shape[2] === features;
  if (!fits) {
    const expected = tokens > 0 ? "[rows, steps] of tokens" : `[rows, steps, ${features}] of numbers`;
    throw new GruvyError("data/shape", `Expected sequences of shape ${expected}, found [${x.shape.join(", ")}]`);
  }
  for (let i = 0; tokens > 0 && i < x.data.length; i++) {
    if (!Number.isInteger(x.data[i]) || x.data[i] < 0 || x.data[i] >= tokens) {
      throw new GruvyError("data/token", `Expected tokens from 0 to ${tokens - 1}, found ${shown(x.data[i])}`);
    }
  }
  const answers = await predictWith(fitted)(x);
  return task === "regression" ? Array.from(answers.data) : named(answers, labels);
}

/**
 * Forecasts of every row of a series from the rows before it; undefined for the first rows, which have too few. With
 * these one sees how the model would have done.
 */
export async function forecastRows(fitted: FittedModel, values: Float64Array): Promise<(number | undefined)[]> {
  const pipeline = seriesPipeline(fitted);
  const transform = seriesTransform(pipeline.transform, { season: pipeline.season });
  const first = transform.lead + pipeline.window + pipeline.horizon - 1;
  if (values.length <= first) {
    throw new GruvyError(
      "data/too-short",
      `Expected more than ${first} rows to forecast the next from (windows of ${pipeline.window}), found ${values.length}`,
      "Give more of the series.",
    );
  }
  const made = await forecasts(pipeline, transform, predictWith(fitted), values, {
    first,
    count: values.length - first,
  });
  return [...new Array<undefined>(first).fill(undefined), ...made];
}

/** The next values of one series, as many as the model looks ahead unless `steps` says so. */
export async function forecastSeries(fitted: FittedModel, series: readonly number[], steps?: number): Promise<number[]> {
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
