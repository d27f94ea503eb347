// What a comparison found, as plain records: written by the tasks, read by the reports and by `--json`.

export type ModelName =
  | "rnn"
  | "lstm"
  | "gru"
  | "lastValue"
  | "seasonalNaive"
  | "drift"
  | "ets"
  | "linear"
  | "majority"
  | "naiveBayesLogistic"
  | "mean";

/** Errors in the data's own units, or accuracy (0 to 1) and log loss. What does not apply is absent. */
export interface Scores {
  readonly rmse?: number;
  readonly mae?: number;
  readonly accuracy?: number;
  readonly loss?: number;
}

export interface ModelResult {
  readonly name: ModelName;
  readonly kind: "baseline" | "recurrent";
  readonly parameters: number;
  /** Fitting and predicting, in seconds. */
  readonly seconds: number;
  readonly validation: Scores;
  readonly test: Scores;
  /** Per epoch, by name: `loss`, `valLoss`, `accuracy`, `valAccuracy`. */
  readonly history?: Readonly<Record<string, readonly number[]>>;
  /** The epoch (from 1) whose weights were kept. */
  readonly bestEpoch?: number;
  /** One forecast per test target, in the data's units; for labels the predicted class of each test row. */
  readonly predictions?: readonly number[];
  /** With several seeds: the test scores of each; `test` is then that of the run in the middle. */
  readonly seeds?: readonly (Scores & { readonly seed: number })[];
}

/** A difference between two models on the test part: negative errors, or positive accuracy, favour `model`. */
export interface Difference {
  readonly metric: "rmse" | "mae" | "accuracy";
  readonly model: ModelName;
  readonly baseline: ModelName;
  readonly difference: number;
  /** The 95 % interval of the difference. */
  readonly low: number;
  readonly high: number;
}

export interface Finding {
  readonly severity: "error" | "warning" | "note";
  readonly what: string;
  readonly where?: string;
  readonly advice: string;
}

export interface WrongText {
  readonly text: string;
  readonly truth: string;
  readonly predicted: string;
  readonly probability: number;
}

export interface ComparisonResult {
  readonly data: {
    readonly name: string;
    readonly source: string;
    readonly kind: "series" | "texts" | "sequences";
    readonly rows: number;
    readonly target?: string;
    readonly unit?: string;
    readonly season?: number;
    /** The names of the classes, in the order of their indices. */
    readonly labels?: readonly string[];
  };
  readonly split: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    /** How many of the test targets are scored, where the truth of some is missing. */
    readonly scored?: number;
    /** One sentence: how the parts were chosen. */
    readonly how: string;
  };
  /** What was chosen on the training part alone, and why. */
  readonly choices: readonly { readonly what: string; readonly value: string; readonly why: string }[];
  readonly models: readonly ModelResult[];
  readonly comparison: Difference;
  /** The same difference for every other model, each to the baseline of `comparison`; the report charts them. */
  readonly differences?: readonly Difference[];
  readonly verdict: string;
  readonly findings: readonly Finding[];
  /** The series as it was read, with the place of the first test target; absent for labels. */
  readonly series?: {
    readonly values: readonly number[];
    readonly dates?: readonly string[];
    readonly firstTest: number;
    /** The rows, from 0, whose values are missing: `values` holds what was filled in. */
    readonly filled?: readonly number[];
  };
  /** The true class of each test row; absent for series. */
  readonly truth?: readonly number[];
  /** Of the best model: rows are true classes, columns predicted ones. */
  readonly confusion?: readonly (readonly number[])[];
  readonly worst?: readonly WrongText[];
  /** `--vary`: the same comparison at several sizes. */
  readonly vary?: {
    readonly what: "rows" | "length";
    readonly metric: keyof Scores;
    readonly sizes: readonly number[];
    readonly scores: Readonly<Partial<Record<ModelName, readonly number[]>>>;
  };
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly versions: { readonly gruvy: string; readonly node: string; readonly engine: string };
  /** The command that reruns this comparison. */
  readonly command: string;
  /** ISO 8601. */
  readonly date: string;
  /** Where the report was written. */
  readonly report?: string;
}
