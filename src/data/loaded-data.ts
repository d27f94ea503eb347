import type { Dataset } from "../base/index.ts";
import type { Filled } from "./fill-missing.ts";
import type { Table } from "./table.ts";

/** One series of numbers at equal steps of time, in the units of the data. */
export interface SeriesData {
  readonly kind: "series";
  readonly name: string;
  /** Where it came from: a path, an address, or the publication of a built-in set. */
  readonly source: string;
  /** The numeric columns of the table it came from. */
  readonly names: readonly string[];
  /** The column that `values` holds. */
  readonly target: string;
  readonly values: Float64Array;
  /** One per value, as written in the data. */
  readonly dates?: readonly string[];
  /** Steps after which the pattern repeats, where it is known; 1: it is known that none does. */
  readonly season?: number;
  readonly unit?: string;
  /** Where missing values were to be filled: how, and which were; `values` holds what was put in their place. */
  readonly missing?: Filled;
  /** What it was read from, where that was a table: `checkData` looks there for leaks. */
  readonly table?: Table;
  /** Whether that table starts with its newest row, so that the series runs the other way. */
  readonly turned?: boolean;
}

/** Texts and the label of each. */
export interface LabelledTexts {
  readonly texts: readonly string[];
  readonly labels: readonly string[];
  /** The number of each in its file, as a spreadsheet counts: a header is row 1. Absent: 1, 2, 3... */
  readonly rows?: readonly number[];
}

export interface TextsData {
  readonly kind: "texts";
  readonly name: string;
  readonly source: string;
  readonly train: LabelledTexts;
  readonly test?: LabelledTexts;
  /** What the training part was read from, where that was a table. */
  readonly table?: Table;
  /** The columns of that table that were used. */
  readonly columns?: { readonly text: string; readonly label: string };
}

/** Rows that are ready for a model: tokens as int32 [rows, steps], or numbers as float32 [rows, steps, features]. */
export interface SequencesData {
  readonly kind: "sequences";
  readonly name: string;
  readonly source: string;
  readonly train: Dataset;
  readonly test?: Dataset;
  readonly task: "classification" | "regression";
  /** The names of the classes, in the order of their numbers in `y`. */
  readonly classes?: readonly string[];
}

/** What a command or a task works on, whatever it was read from. */
export type LoadedData = SeriesData | TextsData | SequencesData;
