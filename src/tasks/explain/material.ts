import { GruvyError, type Tensor } from "../../base/index.ts";
import {
  type LoadedData,
  type SequencesData,
  type SeriesData,
  scalerFromConfig,
  type TextsData,
} from "../../data/index.ts";
import { rowSplit, type SeriesTransform, seriesTransform } from "../../evaluation/index.ts";
import type { Explanation } from "../explanation.ts";
import { fingerprint } from "../fingerprint.ts";
import type { FittedModel } from "../fitted.ts";
import { classIndices } from "../labels.ts";
import type { SequencesPipeline, SeriesPipeline, TextsPipeline } from "../pipeline.ts";
import { checkSequences } from "../predict.ts";
import { type RowNumber, rowNumber } from "../row-numbers.ts";
import { windowInputs } from "../series-windows.ts";
import { textEncoder } from "../text-words.ts";
import type { Sequence } from "./probe.ts";

/** The rows of some data as a model takes them, and how its outputs become what people ask about. */
export interface Material {
  readonly measure: Explanation["measure"];
  /** Labels by class; none where the answer is a number. */
  readonly labels: readonly string[];
  /** Whether rows follow each other in time. */
  readonly series?: true;
  /** All rows there are, by their places from 0, and those that the model was not trained on, where that is known. */
  readonly rows: readonly number[];
  readonly fresh: readonly number[];
  number(row: number): RowNumber;
  name(row: number): string;
  sequence(row: number): Sequence;
  /** A text for each step; empty for padding. */
  steps(row: number): readonly { readonly text: string; readonly value?: number }[];
  /** A class, or a number in the data's units; undefined past the end of a series. */
  truth(row: number): number | undefined;
  /** The answer to a row in the data's units, from the model's only output. */
  value(row: number, output: number): number;
  /** The row as if this step had not been. */
  without(sequence: Sequence, step: number): Sequence;
}

/**
 * The material of data that are like those the model was trained on.
 *
 * @throws {GruvyError} `model/kind` where they are not, `data/...` where they do not fit.
 */
export function materialOf(fitted: FittedModel, data: LoadedData): Material {
  const { pipeline } = fitted;
  if (data.kind === "texts" && pipeline.kind === "texts") return texts(fitted, pipeline, data);
  if (data.kind === "sequences" && pipeline.kind === "sequences") return sequences(fitted, pipeline, data);
  if (data.kind === "series" && pipeline.kind === "series") return series(fitted, pipeline, data);
  throw new GruvyError(
    "model/kind",
    `The model was trained on ${pipeline.kind}, but the data are ${data.kind}`,
    "Give data like those it was trained on.",
  );
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** The rows that were kept for the test, where these are the data of the training; else all. */
function freshRows(
  fitted: FittedModel,
  data: TextsData | SequencesData,
  rows: number,
  labels: ArrayLike<number> | undefined,
): readonly number[] {
  const { settings, fingerprint: known } = fitted.training;
  const testSize = Number(settings?.testSize ?? 0.2);
  if (data.test !== undefined || testSize === 0 || known !== fingerprint(data)) return range(0, rows);
  return Array.from(rowSplit(rows, { labels, testSize, seed: Number(settings?.seed ?? 0) }).test).sort((a, b) => a - b);
}

const measureOf = (labels: readonly string[]): Explanation["measure"] =>
  labels.length === 2 ? { kind: "logOdds", label: labels[1] } : { kind: "logProbability" };

function texts(fitted: FittedModel, pipeline: TextsPipeline, data: TextsData): Material {
  const part = data.test ?? data.train;
  const { encode } = textEncoder(pipeline);
  const classes = classIndices(part, pipeline.labels, data.name);
  const known = ["", "(start)", "(unknown)", ...pipeline.words];
  const shown = (token: number) => known[token] ?? "(unknown)";
  return {
    measure: measureOf(pipeline.labels),
    labels: pipeline.labels,
    rows: range(0, part.texts.length),
    fresh: freshRows(fitted, data, part.texts.length, classes),
    number: (row) => rowNumber(data, row),
    name: (row) => `row ${rowNumber(data, row)}`,
    sequence(row) {
      const tokens = encode([part.texts[row]]).data as Int32Array;
      const end = tokens.findLastIndex((token) => token !== 0) + 1;
      return tokens.slice(0, Math.max(1, end));
    },
    steps(row) {
      return Array.from(this.sequence(row), (token) => ({ text: shown(token) }));
    },
    truth: (row) => classes[row],
    value: (_, output) => output,
    without: leftOut,
  };
}

/** The tokens without one; of a single one a padding stays. */
function leftOut(sequence: Sequence, step: number): Sequence {
  const rest = Int32Array.from(sequence as Int32Array).filter((_, t) => t !== step);
  return rest.length === 0 ? new Int32Array(1) : rest;
}

function sequences(fitted: FittedModel, pipeline: SequencesPipeline, data: SequencesData): Material {
  const { x, y } = data.test ?? data.train;
  checkSequences(pipeline, x);
  if (data.task !== pipeline.task) {
    throw new GruvyError(
      "model/kind",
      `The model was trained for ${pipeline.task}, but ${data.name} is for ${data.task}`,
      "Give data like those it was trained on.",
    );
  }
  const [rows, steps] = x.shape;
  const { features, tokens, alphabet, labels } = pipeline;
  const classification = pipeline.task === "classification";
  const width = x.data.length / rows;
  const sequence = (row: number) => x.data.slice(row * width, (row + 1) * width) as Sequence;
  const means = tokens > 0 ? [] : featureMeans(x, features);
  const text = (row: number, step: number): string => {
    if (tokens === 0) {
      const at = row * width + step * features;
      return Array.from(x.data.slice(at, at + features), (value) => String(Number(value.toPrecision(3)))).join(", ");
    }
    const token = x.data[row * width + step];
    return token === 0 ? "" : (alphabet?.[token - 1] ?? String(token));
  };
  return {
    measure: classification ? measureOf(labels) : { kind: "value" },
    labels: classification ? labels : [],
    rows: range(0, rows),
    fresh: freshRows(fitted, data, rows, classification ? y?.data : undefined),
    number: (row) => rowNumber(data, row),
    name: (row) => `row ${rowNumber(data, row)}`,
    sequence,
    steps: (row) => range(0, steps).map((step) => ({ text: text(row, step) })),
    truth: (row) => y?.data[row],
    value: (_, output) => output,
    // Tokens close up, with one more padding in front; numbers become average.
    without(given, step) {
      const changed = given.slice() as Sequence;
      if (tokens > 0) {
        changed.copyWithin(1, 0, step);
        changed[0] = 0;
      } else changed.set(means, step * features);
      return changed;
    },
  };
}

function featureMeans(x: Tensor, features: number): number[] {
  const sums = new Array<number>(features).fill(0);
  x.data.forEach((value, i) => {
    sums[i % features] += value;
  });
  return sums.map((sum) => (sum * features) / x.data.length);
}

function series(fitted: FittedModel, pipeline: SeriesPipeline, data: SeriesData): Material {
  const { values, dates } = data;
  const filled = new Set(data.missing?.rows);
  const { window, horizon, magnitude = 1 } = pipeline;
  const transform: SeriesTransform = seriesTransform(pipeline.transform, { season: pipeline.season });
  const divided = values.map((value) => value / magnitude);
  const first = transform.lead + window + horizon - 1;
  if (values.length < first) {
    throw new GruvyError(
      "data/too-short",
      `Expected at least ${first} values, as the model's window needs, found ${values.length}`,
      "Give more of the series.",
    );
  }
  const { split, fingerprint: known } = fitted.training;
  const tested = known === fingerprint(data) ? Math.max(first, values.length - (split?.test ?? 0)) : first;
  const inverse = scalerFromConfig(pipeline.output).inverse.bind(scalerFromConfig(pipeline.output));
  const date = (row: number): string => dates?.[row] ?? String(rowNumber(data, row));
  return {
    measure: { kind: "value", unit: data.unit ?? pipeline.unit },
    series: true,
    labels: [],
    rows: range(first, values.length + horizon),
    fresh: range(tested, values.length).filter((row) => !filled.has(row)),
    number: (row) => rowNumber(data, row),
    name: (row) => (dates || row >= values.length ? date(row) : `row ${date(row)}`),
    sequence: (row) => windowInputs(pipeline, transform, divided, { first: row, count: 1 }).data as Float32Array,
    steps: (row) =>
      range(row - horizon - window + 1, row - horizon + 1).map((at) => ({ text: date(at), value: values[at] })),
    truth: (row) => (filled.has(row) ? undefined : values[row]),
    value: (row, output) =>
      transform.invert(divided, { window, horizon, first: row, count: 1 }, inverse([output]))[0] * magnitude,
    // Scaled values are 0 on average.
    without(given, step) {
      const changed = given.slice() as Float32Array;
      changed[step] = 0;
      return changed;
    },
  };
}
