import { GruvyError, shown } from "../base/index.ts";
import { isMissing, looksNumeric, numberAdvice, readNumber } from "./columns.ts";
import { type DateColumn, findDateColumn } from "./date-column.ts";
import { fillMissing, missingRows } from "./fill-missing.ts";
import type { SeriesData } from "./loaded-data.ts";
import { type MissingPolicy, missingPolicies } from "./missing-policies.ts";
import { baseName, nameList, sourceName } from "./source-name.ts";
import { findSpacing } from "./spacing.ts";
import type { Column, Table } from "./table.ts";
import { runsBackwards } from "./time-order.ts";
import { valueNumber } from "./value-place.ts";

/** Which columns of a table make a series. */
export interface SeriesOptions {
  /** The column to forecast. Default: the only numeric one. */
  readonly target?: string;
  /** The column of dates. Default: the first that holds dates. */
  readonly date?: string;
  /** Default: the name of the file. */
  readonly name?: string;
  /** The rows after which the pattern repeats. Default: what is usual for the spacing of the dates. */
  readonly season?: number;
  /**
   * What is done about missing values of the target: `"refuse"` them (the default), or put the value before in their
   * place (`"ffill"`). With `"interpolate"` tasks draw a line between neighbours where both lie in the training part.
   */
  readonly missing?: MissingPolicy;
}

/**
 * The series in a column of a table, in the order of time: a file that starts with the newest row is turned round.
 * The season comes from the spacing of the dates: monthly 12, quarterly 4, weekly 52, daily 7, hourly 24.
 *
 * @throws {GruvyError} `data/no-numeric-column`; `data/which-column` naming the columns when there are several;
 *   `data/date-order` when dates go back, `data/date-repeated` when several rows share theirs; `data/not-a-date`;
 *   `data/not-a-number` and `data/not-finite` with row and column, also where the first value is missing
 * @example
 * const table = await parseCsv("month,sold\n2020-01,5\n2020-02,7\n2020-03,6\n2020-04,8");
 * const series = seriesFromTable(table);
 * series.target;            // "sold"
 * series.season;            // 12
 * Array.from(series.values); // [5, 7, 6, 8]
 */
export function seriesFromTable(table: Table, options: SeriesOptions = {}): SeriesData {
  const dates = findDateColumn(table, options.date);
  const numeric = numericColumns(table, dates);
  const target = options.target === undefined ? onlyColumn(table, numeric) : table.column(options.target);
  const { missing = "refuse" } = options;
  if (!missingPolicies.includes(missing)) {
    throw new GruvyError(
      "usage/option",
      `Expected missing to be one of ${missingPolicies.join(", ")}, found ${shown(missing)}`,
    );
  }
  let values = missing === "refuse" ? wholeNumbers(table, target) : target.numbers({ missing: "nan" });
  let written = dates?.column.values;
  let times = dates?.times;
  const turned = dates !== undefined && runsBackwards(table, dates);
  if (times && turned) {
    values = values.reverse();
    times = times.slice().reverse();
    written = [...(written ?? [])].reverse();
  }
  const season = options.season ?? (times && findSpacing(times)?.season);
  return {
    kind: "series",
    name: options.name ?? baseName(table.source),
    source: table.source,
    names: numeric.map(({ name }) => name),
    target: target.name,
    ...(missing === "refuse"
      ? { values }
      : { values: filled(table, target, values, turned), missing: { method: missing, rows: missingRows(values) } }),
    ...(written ? { dates: written } : {}),
    ...(season === undefined ? {} : { season }),
    table,
    ...(turned ? { turned } : {}),
  };
}

/** The numbers of a column; a missing one is refused with what can be done. */
export function wholeNumbers(table: Table, column: Column): Float64Array {
  try {
    return column.numbers();
  } catch (error) {
    if (!(error instanceof GruvyError) || error.code !== "data/not-a-number") throw error;
    let row = 0;
    for (const field of column) {
      if (readNumber(field) === undefined) break;
      row++;
    }
    if (!isMissing(column.at(row))) throw error;
    const { missing } = column;
    const found = column.at(row).trim() === "" ? "nothing" : shown(column.at(row));
    const also = missing > 1 ? `; ${missing} values of the column are missing` : "";
    throw new GruvyError(
      error.code,
      `${table.where(row)}: expected a number in column ${shown(column.name)}, found ${found}${also}`,
      'Fill in the missing values, remove their rows, or have them filled in: missing: "ffill" (--missing ffill) puts the value before in their place, "interpolate" a line between neighbours.',
    );
  }
}

function filled(table: Table, { name }: Column, values: Float64Array, turned: boolean): Float64Array {
  try {
    return fillMissing(values);
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    const first = values.findIndex((value) => !Number.isNaN(value));
    const ends = first < 0 ? [] : [0, first - 1].map((row) => valueNumber({ table, turned, values }, row));
    const rows = first === 1 ? `row ${ends[0]}` : `rows ${Math.min(...ends)} to ${Math.max(...ends)}`;
    const advice = first < 0 ? "" : ` Remove ${rows}.`;
    throw new GruvyError(
      error.code,
      `Column ${shown(name)} of ${sourceName(table.source)}: ${error.message}${advice}`,
      "",
    );
  }
}

/** The columns of numbers that are not dates, nor the row numbers that some tools write into a first, unnamed column. */
function numericColumns(table: Table, dates: DateColumn | undefined): Column[] {
  return table.columns.filter((column, place) => {
    if (column.kind !== "number" || column === dates?.column) return false;
    return !(place === 0 && column.name === "column 1" && table.columns.length > 1 && countsRows(column));
  });
}

function countsRows(column: Column): boolean {
  let row = 0;
  for (const field of column) if (Number(field) !== row++) return false;
  return true;
}

/** What the first filled field of a column of texts says, where that is a number in another notation. */
function foreignNumber({ kind, values }: Column): string | undefined {
  const first = kind === "text" ? values.find((field) => !isMissing(field)) : undefined;
  return first !== undefined && looksNumeric(first) ? first : undefined;
}

function onlyColumn(table: Table, numeric: readonly Column[]): Column {
  if (numeric.length === 1) return numeric[0];
  const source = sourceName(table.source);
  const example = (name: string): string =>
    `target: ${shown(name)} (--target ${/^[\w.-]+$/.test(name) ? name : shown(name)})`;
  if (numeric.length === 0) {
    const kinds = table.columns.slice(0, 12).map(({ name, kind }) => `${shown(name)} (${kind})`);
    const foreign = table.columns.find((column) => foreignNumber(column) !== undefined);
    const field = foreign && foreignNumber(foreign);
    throw new GruvyError(
      "data/no-numeric-column",
      `Expected a column of numbers to forecast in ${source}, found ${kinds.join(", ")}`,
      field === undefined
        ? "For texts with labels name both columns: text and label (--text, --label)."
        : `Column ${shown(foreign?.name)} holds ${shown(field)}. ${numberAdvice(field)}`,
    );
  }
  const named = numeric.findLast(({ name }) => table.names.indexOf(name) === table.names.lastIndexOf(name))?.name;
  throw new GruvyError(
    "data/which-column",
    `${source} has ${numeric.length} columns of numbers: ${nameList(numeric.map(({ name }) => name))}`,
    named === undefined
      ? "Rename them, for a name that several have names none of them."
      : `Name the one to forecast, for instance ${example(named)}.`,
  );
}
