import { GruvyError, shown } from "../base/index.ts";
import type { LabelledTexts, TextsData } from "./loaded-data.ts";
import { baseName, nameList, sourceName } from "./source-name.ts";
import type { Column, Table } from "./table.ts";

/** Which columns of a table hold texts and labels. */
export interface TextsOptions {
  /** The column of texts. Default `"text"`. */
  readonly text?: string;
  /** The column of labels. Default `"label"`. */
  readonly label?: string;
  /** A table with the same columns to test on. */
  readonly test?: Table;
  /** Default: the name of the file. */
  readonly name?: string;
}

/**
 * The texts and labels in two columns of a table. A column `split` that holds only `train` and `test` parts them,
 * unless a table to test on is given. Labels lose spaces around them; texts stay as they are.
 *
 * @throws {GruvyError} `data/which-column` when columns are not named and cannot be guessed; `data/missing-column`
 *   naming those that exist; `data/missing-label` with its row; `data/unseen-label` for a label of the test part alone
 * @example
 * const data = textsFromTable(await parseCsv("text,label\nwell done,1\ntoo long,0"));
 * data.train.labels; // ["1", "0"]
 */
export function textsFromTable(table: Table, options: TextsOptions = {}): TextsData {
  const text = columnOf(table, "text", options.text);
  const label = columnOf(table, "label", options.label);
  if (text === label) {
    throw new GruvyError("usage/column", `Texts and labels are both said to be in column ${shown(text.name)}`);
  }
  const all = { texts: text.values, labels: labels(table, label), rows: rowNumbers(table) };
  const split = options.test ? undefined : splitOf(table, all);
  const train = split ? split.train : all;
  const test = options.test ? testPart(options.test, text.name, label.name) : split?.test;
  if (test) checkLabels(options.test ?? table, label.name, train, test);
  return {
    kind: "texts",
    name: options.name ?? baseName(table.source),
    source: table.source,
    train,
    ...(test ? { test } : {}),
    table,
    columns: { text: text.name, label: label.name },
  };
}

/** Whether a table has the columns that texts are looked for in when none are named. */
export function hasTexts(table: Table): boolean {
  return table.has("text") && table.has("label") && table.column("text").kind === "text";
}

function columnOf(table: Table, role: "text" | "label", named: string | undefined): Column {
  if (named === undefined && !table.has(role)) {
    throw new GruvyError(
      "data/which-column",
      `Which column of ${sourceName(table.source)} holds the ${role}s is not said; it has ${nameList(table.names)}`,
      `Name it: ${role} (--${role}).`,
    );
  }
  return table.column(named ?? role);
}

const rowNumbers = (table: Table): number[] => Array.from({ length: table.rows }, (_, row) => table.rowNumber(row));

function labels(table: Table, column: Column): string[] {
  const found = Array.from(column, (field) => field.trim());
  const row = found.indexOf("");
  if (row >= 0) {
    throw new GruvyError(
      "data/missing-label",
      `${table.where(row)}: expected a label in column ${shown(column.name)}, found nothing`,
      "Fill in the label or remove the row.",
    );
  }
  return found;
}

function splitOf(table: Table, all: LabelledTexts): { train: LabelledTexts; test: LabelledTexts } | undefined {
  if (!table.has("split")) return undefined;
  const parts = table.column("split").values;
  if (!parts.includes("train") || !parts.includes("test")) return undefined;
  if (!parts.every((part) => part === "train" || part === "test")) return undefined;
  const of = (name: string): LabelledTexts => ({
    texts: all.texts.filter((_, row) => parts[row] === name),
    labels: all.labels.filter((_, row) => parts[row] === name),
    rows: all.rows?.filter((_, row) => parts[row] === name),
  });
  return { train: of("train"), test: of("test") };
}

function testPart(table: Table, text: string, label: string): LabelledTexts {
  return { texts: table.column(text).values, labels: labels(table, table.column(label)), rows: rowNumbers(table) };
}

function checkLabels(table: Table, column: string, train: LabelledTexts, test: LabelledTexts): void {
  const known = new Set(train.labels);
  const unseen = test.labels.find((label) => !known.has(label));
  if (unseen === undefined) return;
  const row = labels(table, table.column(column)).indexOf(unseen);
  throw new GruvyError(
    "data/unseen-label",
    `${table.where(row)}: label ${shown(unseen)} never occurs in the training part, whose labels are ${nameList([...known].sort())}`,
    "Add rows with this label to the training part, or leave it out of the test part.",
  );
}
