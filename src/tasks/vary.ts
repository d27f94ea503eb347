import { type Dataset, GruvyError, permutation, random, stream } from "../base/index.ts";
import type { LoadedData, SequencesData, SeriesData, TextsData } from "../data/index.ts";
import { rowSplit } from "../evaluation/index.ts";
import { tryCell } from "./cell-run.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Job } from "./job.ts";
import { classIndices, classNames } from "./labels.ts";
import { makeJob } from "./make-job.ts";
import type { ComparisonResult, ModelName, ModelResult } from "./results.ts";
import { rowsOf } from "./rows.ts";
import type { Cell, Settings } from "./settings.ts";
import { wordsOf } from "./text-words.ts";

export interface VaryContext {
  readonly data: LoadedData;
  /** The comparison at full size, with its models: one of the five sizes. */
  readonly job: Job;
  readonly models: readonly ModelResult[];
  readonly settings: Settings;
  readonly cells: readonly Cell[];
  /** Generated sequences: makes them with another length; and the length they have. */
  readonly reload?: (length: number) => Promise<LoadedData>;
  readonly length?: number;
}

interface Variation {
  readonly size: number;
  /** The job at this size; undefined for the one that has been done. */
  readonly make?: () => Job;
}

/**
 * Repeats a comparison at five sizes, from the same seed, on the same test part: fewer rows to train on, or other
 * lengths (of windows, whose transform stays what it was, of texts, of generated sequences, whose test part is then of
 * that length too).
 */
export async function vary(
  what: "rows" | "length",
  context: VaryContext,
): Promise<NonNullable<ComparisonResult["vary"]>> {
  const { job, models, settings, cells } = context;
  const { onProgress, signal, seed } = settings;
  const sizes: number[] = [];
  const scores: Partial<Record<ModelName, number[]>> = Object.fromEntries(models.map(({ name }) => [name, []]));
  const put = (name: ModelName, score: number | undefined) => scores[name]?.push(score ?? Number.NaN);
  const variations = what === "rows" ? rowVariations(context) : await lengthVariations(context);
  for (const { size, make } of variations) {
    if (signal?.aborted) break;
    if (make === undefined) {
      sizes.push(size);
      // Of several seeds the one that the other sizes are trained from.
      for (const { name, seeds, test } of models) {
        put(name, (seeds?.find((one) => one.seed === seed) ?? test)[job.metric]);
      }
      continue;
    }
    onProgress({
      type: "note",
      text: `The same with ${what === "rows" ? `${size} training rows` : `length ${size}`}:`,
    });
    const smaller = made(make);
    if (typeof smaller === "string") {
      onProgress({ type: "note", text: `Left out: ${smaller}` });
      continue;
    }
    const found = new Map<ModelName, number | undefined>();
    const quiet = { begin: () => {}, end: () => {} };
    for (const model of await smaller.baselines(quiet)) found.set(model.name, model.test[job.metric]);
    for (const cell of cells) {
      const done = await tryCell(smaller, cell, { seed, settings });
      if (done instanceof GruvyError) continue;
      done.model.dispose();
      found.set(cell, done.run.test[job.metric]);
    }
    if (signal?.aborted) break; // half trained is no fair comparison
    sizes.push(size);
    for (const { name } of models) put(name, found.get(name));
  }
  return { what, metric: job.metric, sizes, scores };
}

/** A job, or why there can be none of this size. */
function made(make: () => Job): Job | string {
  try {
    return make();
  } catch (error) {
    if (error instanceof GruvyError && (error.kind === "data" || error.kind === "usage")) return error.message;
    throw error;
  }
}

/** A sixteenth of the training rows and its doubles; fifths where there are few. */
function rowVariations({ data, job, settings }: VaryContext): Variation[] {
  const full = job.split.train + job.split.validation;
  const shares = full >= 1600 ? [1 / 16, 1 / 8, 1 / 4, 1 / 2] : [0.2, 0.4, 0.6, 0.8];
  const make = (rows: number): Job => {
    if (data.kind === "series") return makeJob(...lastRows(data, job, settings, rows));
    return makeJob(
      data.kind === "texts" ? fewerTexts(data, settings, rows) : fewerRows(data, settings, rows),
      settings,
    );
  };
  const smaller = shares.map((share) => Math.floor(share * full));
  return [...smaller.map((size) => ({ size, make: () => make(size) })), { size: full }];
}

/**
 * The end of a series that leaves so many training targets before the same test part; window, season and
 * transform stay what they were.
 */
function lastRows(data: SeriesData, job: Job, settings: Settings, targets: number): [SeriesData, Settings] {
  if (job.pipeline.kind !== "series") throw new Error("unreachable");
  const { window, transform } = job.pipeline;
  const left = job.split.train + job.split.validation - targets;
  const values = data.values.slice(left);
  const shorter = {
    ...data,
    values,
    dates: data.dates?.slice(left),
    missing: laterMissing(data, left),
    season: job.data.season ?? 1,
  };
  const testSize = sameTest(values.length, job, window, settings);
  return [shorter, { ...settings, season: "auto", window, transform, testSize }];
}

const laterMissing = ({ missing }: SeriesData, left: number): SeriesData["missing"] =>
  missing && { ...missing, rows: missing.rows.filter((row) => row >= left).map((row) => row - left) };

/** The share of the test part with which a series of so many rows has as many targets in it as the job. */
function sameTest(rows: number, job: Job, window: number, { testSize }: Settings): number {
  const beforeTest = rows - job.split.test - window;
  // In the middle between two counts, so that rounding cannot move the split. Too short a series is refused as ever.
  return beforeTest > 0 ? 1 - (beforeTest + 0.5) / (rows - window) : testSize;
}

/** Some of the training texts, at random; the test part stays. */
function fewerTexts(data: TextsData, settings: Settings, count: number): TextsData {
  const classes = classNames(data.train.labels);
  const labels = classIndices(data.train, classes, data.name);
  const { train, test } = withTest(labels.length, data.test !== undefined, settings, labels);
  const kept = some(train, count, settings.seed);
  const pick = (rows: ArrayLike<number>) => ({
    texts: Array.from(rows, (row) => data.train.texts[row]),
    labels: Array.from(rows, (row) => data.train.labels[row]),
  });
  return { ...data, train: pick(kept), test: data.test ?? pick(test) };
}

function fewerRows(data: SequencesData, settings: Settings, count: number): SequencesData {
  const { x, y } = data.train;
  const labels = data.task === "classification" ? y?.data : undefined;
  const { train, test } = withTest(x.shape[0], data.test !== undefined, settings, labels);
  const pick = (rows: ArrayLike<number>): Dataset => ({ x: rowsOf(x, rows), y: y && rowsOf(y, rows) });
  return { ...data, train: pick(some(train, count, settings.seed)), test: data.test ?? pick(test) };
}

/** The rows a job would train and validate on, and those it would test on. */
function withTest(rows: number, hasTest: boolean, settings: Settings, labels?: ArrayLike<number>) {
  const split = rowSplit(rows, { labels, testSize: hasTest ? 0 : settings.testSize, seed: settings.seed });
  return { train: [...split.train, ...split.validation].sort((a, b) => a - b), test: split.test };
}

function some(rows: readonly number[], count: number, seed: number): number[] {
  const order = permutation(rows.length, random(seed, stream.split, 1));
  return Array.from(order.slice(0, count), (i) => rows[i]);
}

/** A quarter of the length, half of it, itself, twice and four times. */
async function lengthVariations({ data, job, settings, reload, length }: VaryContext): Promise<Variation[]> {
  if (data.kind === "sequences") {
    if (reload === undefined || length === undefined) {
      throw new GruvyError(
        "usage/option",
        `The length of ${data.name} cannot be varied`,
        "Only generated sequences (reber, adding), texts and the windows of series can.",
      );
    }
    const made = new Map<number, LoadedData>();
    for (const size of sizesAround(length)) made.set(size, size === length ? data : await reload(size));
    // Strings shorter than the shortest there are would be those of the next length.
    const differ = [...made.keys()].filter((size, i, sizes) => {
      const next = made.get(sizes[i + 1]);
      return next === undefined || size === length || fingerprint(next) !== fingerprint(made.get(size)!);
    });
    return variationsOf(differ, length, (size) => makeJob(made.get(size)!, settings));
  }
  if (data.kind === "texts") {
    const sizes = textLengths(data, job, settings.maxLength);
    return variationsOf(sizes, settings.maxLength, (maxLength) => makeJob(data, { ...settings, maxLength }));
  }
  if (job.pipeline.kind !== "series") throw new Error("unreachable");
  const { window: now, transform } = job.pipeline;
  const known = { ...data, season: job.data.season ?? 1 };
  return around(now, (window) => {
    const testSize = sameTest(data.values.length, job, window, settings);
    return makeJob(known, { ...settings, season: "auto", window, transform, testSize });
  });
}

/** Lengths around that of the job; none but one that is longer than every text, of which more would change nothing. */
function textLengths({ train, test }: TextsData, { pipeline }: Job, now: number): number[] {
  if (pipeline.kind !== "texts") throw new Error("unreachable");
  const split = wordsOf(pipeline.script);
  let longest = 1;
  for (const { texts } of test ? [train, test] : [train]) {
    for (const text of texts) longest = Math.max(longest, split(text).length + 1); // with the mark of the start
  }
  if (now > longest) return [...sizesAround(longest).filter((size) => size < longest), now];
  const sizes = sizesAround(now);
  return sizes.filter((_, i) => i === 0 || sizes[i - 1] < longest);
}

const sizesAround = (now: number): number[] => [
  ...new Set([now / 4, now / 2, now, now * 2, now * 4].map((value) => Math.max(1, Math.round(value)))),
];

const around = (now: number, make: (size: number) => Job): Variation[] => variationsOf(sizesAround(now), now, make);

const variationsOf = (sizes: readonly number[], now: number, make: (size: number) => Job): Variation[] =>
  sizes.map((size) => (size === now ? { size } : { size, make: () => make(size) }));
