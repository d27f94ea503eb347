// What `explain` found about a model and some rows, as plain records: read by the reports and by `--json`.

import type { TransformName } from "../evaluation/index.ts";
import type { RowNumber } from "./row-numbers.ts";

/** A gate or state over the units of a layer, step by step: its mean, and the tenth that is lowest and highest. */
export interface Course {
  readonly mean: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** What one layer's gates did on a row, by name. */
export interface LayerCourse {
  readonly layer: string;
  readonly gates: Readonly<Record<string, Course>>;
}

/** One step of a row, and what it did to the answer. */
export interface ExplainedStep {
  /** A word, a symbol, a date; numbers as they stand in the data. */
  readonly text: string;
  /** The value of a series at this step. */
  readonly value?: number;
  /** The answer less the answer without this step. */
  readonly occlusion: number;
  /** The gradient of the answer times the step's input: to first order the same for small changes. */
  readonly gradient: number;
}

export interface ExplainedRow {
  /** Its number in the file, or from 1; of a series that of the value that is forecast, `+1` of the first past the end. */
  readonly row: RowNumber;
  /** Why it was chosen; absent where the caller named it. */
  readonly why?: "surest" | "surestWrong" | "mostDoubtful" | "worst" | "typical" | "last" | "closest";
  readonly name: string;
  readonly truth?: string;
  readonly answer: string;
  /** Labels: the probability of the answer. */
  readonly confidence?: number;
  /** Numbers: the truth and the answer. */
  readonly values?: { readonly truth?: number; readonly answer: number };
  readonly steps: readonly ExplainedStep[];
  readonly layers: readonly LayerCourse[];
}

/** The score when the model is shown only the last steps of each row. */
export interface MemoryCurve {
  readonly metric: "loss" | "rmse";
  readonly rows: number;
  readonly lengths: readonly number[];
  readonly scores: readonly number[];
  /** The fewest steps with which 95 % of the gain over one step is reached; absent where more steps gain nothing. */
  readonly length?: number;
  /** The score of one answer to every row, where the model is not clearly better: its memory cannot be told. */
  readonly chance?: number;
}

/** What a layer's gates do over many rows. */
export interface GateSummary {
  readonly layer: string;
  readonly units: number;
  readonly gates: readonly {
    readonly name: string;
    readonly mean: number;
    /** Shares of all steps and units where the gate is below 0.1 and above 0.9; of states: where it is beyond 0.9. */
    readonly closed: number;
    readonly open: number;
  }[];
  /** The steps after which a unit has kept half of what it held, unit by unit in rising order. */
  readonly halfLives?: { readonly gate: string; readonly steps: readonly number[] };
}

export interface Explanation {
  readonly model: { readonly name: string; readonly cell: string; readonly parameters: number };
  readonly data: {
    readonly name: string;
    readonly source: string;
    readonly kind: "series" | "texts" | "sequences";
    readonly rows: number;
    readonly target?: string;
    /** Of a series: how it was made stationary for the model. */
    readonly transform?: TransformName;
  };
  /** In what contributions are measured. */
  readonly measure:
    | { readonly kind: "logOdds"; readonly label: string }
    | { readonly kind: "logProbability" }
    | { readonly kind: "value"; readonly unit?: string };
  readonly rows: readonly ExplainedRow[];
  readonly memory: MemoryCurve;
  readonly gates: readonly GateSummary[];
  readonly command?: string;
  readonly versions: { readonly gruvy: string };
  readonly date: string;
}
