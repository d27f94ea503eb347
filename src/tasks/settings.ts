import { finiteNumber, GruvyError, refuseUnknown, shown, wholeNumber } from "../base/index.ts";
import type { TransformName } from "../evaluation/index.ts";
import type { ProgressObserver } from "./progress.ts";

export type Cell = "rnn" | "lstm" | "gru";
export const cells: readonly Cell[] = ["rnn", "lstm", "gru"];

export type DataKind = "series" | "texts" | "sequences";

/** How a model is built and trained. What is left out gets the default of the kind of data. */
export interface TaskOptions {
  /** Units of each recurrent layer. Default: series 50, texts 128, sequences 32. */
  readonly units?: number;
  /** Recurrent layers above each other. Default 1. */
  readonly layers?: number;
  /** Series: how many values a forecast sees. Default "auto": chosen from the season of the training part. */
  readonly window?: number | "auto";
  /** Series: the rows after which the pattern repeats; 1: none. Default "auto": known of the data, or found. */
  readonly season?: number | "auto";
  /** Series: how it is made stationary. Default "auto": chosen on the training part. */
  readonly transform?: TransformName | "auto";
  /** Series: how many steps ahead. Default 1. */
  readonly horizon?: number;
  /** At most so many. Default: series 300 (fewer for long series), texts 5 (more for few rows), sequences 150. */
  readonly epochs?: number;
  /** Default: series 16 (more for long series), texts 64, sequences 32. */
  readonly batchSize?: number;
  /** Texts: the most frequent words that are kept. Default 10,000. */
  readonly maxWords?: number;
  /** Texts: words kept of each. Default 200. */
  readonly maxLength?: number;
  /** Texts: "pre" (default) cuts the front and keeps the last words. */
  readonly truncate?: "pre" | "post";
  /** Share kept for the test when the data bring no test part. Default 0.2. */
  readonly testSize?: number;
  /** Default 0. */
  readonly seed?: number;
  readonly onProgress?: ProgressObserver;
  /** Stops training after the step in hand. */
  readonly signal?: AbortSignal;
}

/** The options of a task with every default filled in. */
export interface Settings {
  readonly units: number;
  readonly layers: number;
  readonly window: number | "auto";
  /** Where several windows are tried on the same targets: the largest of them, by which the series is split. */
  readonly largestWindow?: number;
  readonly season: number | "auto";
  readonly transform: TransformName | "auto";
  readonly horizon: number;
  /** Undefined: chosen once the number of training rows is known. */
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly maxWords: number;
  readonly maxLength: number;
  readonly truncate: "pre" | "post";
  readonly testSize: number;
  readonly seed: number;
  readonly onProgress: ProgressObserver;
  readonly signal?: AbortSignal;
}

/** The options that only one kind of data knows, with the flag that sets them. */
const onlyFor = {
  window: "series",
  season: "series",
  transform: "series",
  horizon: "series",
  maxWords: "texts",
  maxLength: "texts",
  truncate: "texts",
} as const;

/** The names of all options of a task. */
const known = [
  "units",
  "layers",
  "window",
  "season",
  "transform",
  "horizon",
  "epochs",
  "batchSize",
  "maxWords",
  "maxLength",
  "truncate",
  "testSize",
  "seed",
  "onProgress",
  "signal",
];

/** Refuses options that nobody knows; `more` are those of the task beside those of all. */
export function checkOptions(options: object, task: string, more: readonly string[] = []): void {
  if (typeof options !== "object" || options === null) {
    throw new GruvyError("usage/option", `Expected the options of ${task} as an object, found ${shown(options)}`);
  }
  refuseUnknown(options, [...known, ...more], task);
}

/**
 * Checks options and fills in the defaults of one kind of data.
 *
 * @throws {GruvyError} `usage/option` for a value that makes no sense, or an option of another kind of data.
 */
export function settings(kind: DataKind, options: TaskOptions): Settings {
  for (const [name, wanted] of Object.entries(onlyFor)) {
    if (options[name as keyof typeof onlyFor] !== undefined && wanted !== kind) {
      throw new GruvyError(
        "usage/option",
        `The option ${name} (--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}) is for ${wanted}, but the data are ${kind}`,
        "Leave it out.",
      );
    }
  }
  const whole = (value: number | undefined, name: string, fallback: number, min = 1): number =>
    value === undefined ? fallback : wholeNumber(value, name, { min });
  const optional = (value: number | undefined, name: string): number | undefined =>
    value === undefined ? undefined : wholeNumber(value, name);
  const autoOr = (value: number | "auto" | undefined, name: string): number | "auto" =>
    value === undefined || value === "auto" ? "auto" : wholeNumber(value, name);
  const testSize = finiteNumber(options.testSize ?? 0.2, "testSize", { min: 0, max: 1 });
  if (testSize === 0 || testSize === 1) {
    throw new GruvyError("usage/option", `Expected testSize to be between 0 and 1, found ${testSize}`);
  }
  const truncate = options.truncate ?? "pre";
  if (truncate !== "pre" && truncate !== "post") {
    throw new GruvyError("usage/option", `Expected truncate to be "pre" or "post", found ${shown(truncate)}`);
  }
  checkSignal(options.signal);
  return {
    units: whole(options.units, "units", { series: 50, texts: 128, sequences: 32 }[kind]),
    layers: whole(options.layers, "layers", 1),
    window: autoOr(options.window, "window"),
    season: autoOr(options.season, "season"),
    transform: options.transform ?? "auto",
    horizon: whole(options.horizon, "horizon", 1),
    epochs: optional(options.epochs, "epochs"),
    batchSize: optional(options.batchSize, "batchSize"),
    maxWords: whole(options.maxWords, "maxWords", 10_000, 4),
    maxLength: whole(options.maxLength, "maxLength", 200),
    truncate,
    testSize,
    seed: whole(options.seed, "seed", 0, 0),
    onProgress: options.onProgress ?? (() => {}),
    signal: options.signal,
  };
}

function checkSignal(signal: unknown): void {
  if (signal === undefined || typeof (signal as AbortSignal | null)?.aborted === "boolean") return;
  throw new GruvyError(
    "usage/option",
    `Expected signal to be an AbortSignal, found ${shown(signal)}`,
    "Of an AbortController give its signal.",
  );
}

export interface Schedule {
  readonly epochs: number;
  readonly batchSize: number;
  /** Epochs without a better validation loss after which training ends; undefined: all epochs are trained. */
  readonly patience?: number;
  /** A validation loss at which training ends, for nothing is left to learn. */
  readonly goal?: number;
  /** Why it is not the usual one; empty when it is. */
  readonly why: string;
}

const USUAL_ROWS = 2000;
/** Steps that a small set of texts gets at least, and the epochs that it gets at most. */
const TEXT_STEPS = 300;
const MOST_TEXT_EPOCHS = 40;

/**
 * Epochs, batch and patience for so many training rows. A series of up to 2,000 windows gets batches of 16 and up to
 * 300 epochs; a longer one larger batches and fewer epochs, so that the work grows no faster than the series' length
 * and minutes do not become hours.
 */
export function schedule(kind: DataKind, rows: number, { epochs, batchSize }: Settings): Schedule {
  if (kind === "texts") {
    const batch = batchSize ?? 64;
    // Few rows make short epochs: five of them would end before the model has learned to read.
    const enough = Math.min(MOST_TEXT_EPOCHS, Math.max(5, Math.ceil((TEXT_STEPS * batch) / rows)));
    const why = epochs === undefined && enough > 5 ? `${rows} training rows are few: ${enough} short epochs` : "";
    return { epochs: epochs ?? enough, batchSize: batch, why };
  }
  if (kind === "sequences") {
    // These puzzles are not learned for long, then all at once: no patience is too much, and a goal ends them.
    return { epochs: epochs ?? 150, batchSize: batchSize ?? 32, patience: 150, why: "" };
  }
  const factor = Math.max(1, rows / USUAL_ROWS);
  let usualBatch = 16;
  while (usualBatch < 256 && usualBatch < 16 * factor) usualBatch *= 2;
  const chosenBatch = batchSize ?? usualBatch;
  const chosenEpochs = epochs ?? Math.max(10, Math.round(300 / factor));
  const patience = Math.max(4, Math.min(40, Math.ceil((40 * chosenEpochs) / 300)));
  const chosen = [
    ...(batchSize === undefined ? [`batches of ${chosenBatch}`] : []),
    ...(epochs === undefined ? [`at most ${chosenEpochs} epochs`] : []),
  ];
  const why =
    factor > 1 && chosen.length > 0
      ? `${rows} training windows are many: ${chosen.join(" and ")} keep the work to minutes`
      : "";
  return { epochs: chosenEpochs, batchSize: chosenBatch, patience: epochs === undefined ? patience : 40, why };
}
