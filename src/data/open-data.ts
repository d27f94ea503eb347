import { GruvyError, shown } from "../base/index.ts";
import { type BuiltInOptions, builtIns, isBuiltIn, openBuiltIn } from "./built-in.ts";
import type { LoadedData } from "./loaded-data.ts";
import { openTable, TABLE_ADVICE, type TableOptions } from "./open-table.ts";
import { type SeriesOptions, seriesFromTable } from "./series.ts";
import { nameList, sourceName } from "./source-name.ts";
import type { Table } from "./table.ts";
import { hasTexts, textsFromTable } from "./texts.ts";

/** How data is opened; what does not go with the data is refused. */
export interface DataOptions
  extends TableOptions,
    BuiltInOptions,
    Pick<SeriesOptions, "target" | "date" | "season" | "missing"> {
  /** The column of texts. Default `"text"`. */
  readonly text?: string;
  /** The column of labels. Default `"label"`. */
  readonly label?: string;
  /** The path or address of texts to test on, with the same columns. */
  readonly test?: string;
}

/**
 * Opens data by the name of a built-in set, or by a path or an address as `openTable` does. A table is read as texts
 * when `text` or `label` is given, or when it has columns of these names; else as the series in its column `target`,
 * or in its only column of numbers.
 *
 * @throws {GruvyError} `usage/data-option` for options that do not go together or with that data, and the errors of
 *   `openTable`, `seriesFromTable` and `textsFromTable`
 * @example
 * const data = await openData("airline-passengers");
 * data.kind; // "series"
 */
export async function openData(spec: string, options: DataOptions = {}): Promise<LoadedData> {
  if (isBuiltIn(spec)) return openNamed(spec, options);
  const asTexts = options.text !== undefined || options.label !== undefined;
  const ofSeries = (["target", "date", "season", "missing"] as const).find((name) => options[name] !== undefined);
  if (asTexts && ofSeries) throw apart(ofSeries, options.text !== undefined ? "text" : "label");
  const puzzle = (["rows", "length", "path"] as const).find((name) => options[name] !== undefined);
  if (puzzle) throw misplaced(puzzle, "a table");
  const table = await openTable(spec, options).catch((error) => {
    throw orBuiltIn(error, spec);
  });
  if (asTexts || (options.target === undefined && hasTexts(table))) {
    if (ofSeries) throw misplaced(ofSeries, `${sourceName(spec)}, which holds texts and labels`);
    const test = options.test === undefined ? undefined : await openTable(options.test, options);
    return textsFromTable(table, { text: options.text, label: options.label, test });
  }
  if (options.test !== undefined) {
    throw misplaced("test", `${sourceName(spec)}, a series, whose test part is its end`);
  }
  checkGuess(table, options);
  return seriesFromTable(table, options);
}

async function openNamed(name: string, options: DataOptions): Promise<LoadedData> {
  const { target, season } = options;
  const isSeries = builtIns.some((builtIn) => builtIn.name === name && builtIn.kind === "series");
  const useless = ["date", "missing", "text", "label", "test", ...(isSeries ? [] : ["target", "season"])] as const;
  const found = useless.find((option) => options[option as keyof DataOptions] !== undefined);
  if (found) throw misplaced(found, `the built-in data ${name}`);
  const data = await openBuiltIn(name, options);
  if (data.kind !== "series") return data;
  if (target !== undefined && target !== data.target) throw misplaced("target", `${name}, which has only one column`);
  return season === undefined ? data : { ...data, season };
}

/** Without a word on what to learn, a table of texts and labels under other names is not taken for a series. */
function checkGuess(table: Table, { target }: DataOptions): void {
  // Beside dates, words are remarks on a series.
  if (target !== undefined || table.columns.some(({ kind }) => kind === "date")) return;
  const texts = table.columns.filter((column) => column.kind === "text" && hasWords(column));
  if (texts.length === 0) return;
  if (table.columns.length === 1) {
    throw new GruvyError(
      "data/which-column",
      `Expected a table of a series, or of texts with labels, in ${sourceName(table.source)}, found one column of texts that begins with ${nameList(table.names)}`,
      TABLE_ADVICE,
    );
  }
  throw new GruvyError(
    "data/which-column",
    `What to learn from ${sourceName(table.source)} is not said; its columns are ${nameList(table.names)}`,
    `For texts name both columns: text: ${shown(texts[0].name)} and label (--text, --label); for a series: target (--target).`,
  );
}

function hasWords(fields: Iterable<string>): boolean {
  for (const field of fields) if (field.includes(" ")) return true;
  return false;
}

function misplaced(option: string, where: string): GruvyError {
  return new GruvyError(
    "usage/data-option",
    `The option ${option} (--${option}) does not go with ${where}`,
    "Leave it out.",
  );
}

function apart(ofSeries: string, ofTexts: string): GruvyError {
  return new GruvyError(
    "usage/data-option",
    `The option ${ofSeries} (--${ofSeries}) is of a series, ${ofTexts} (--${ofTexts}) of texts and labels`,
    "Leave one of them out.",
  );
}

/** A name that is no path either was perhaps meant for a built-in set. */
function orBuiltIn(error: unknown, spec: string): unknown {
  if (!(error instanceof GruvyError && error.code === "file/not-found") || /[/\\.]/.test(spec)) return error;
  const what = `There is no file ${sourceName(spec)} and no built-in data of that name`;
  return new GruvyError(error.code, what, `Built-in are: ${nameList(builtIns.map(({ name }) => name))}.`, {
    cause: error,
  });
}
