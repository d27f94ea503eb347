import { GruvyError, shown } from "../base/index.ts";
import { readDates, readNumericDates } from "./dates.ts";
import { sourceName } from "./source-name.ts";
import type { Column, Table } from "./table.ts";

/** A column of dates and its times in milliseconds since 1970. */
export interface DateColumn {
  readonly column: Column;
  readonly times: Float64Array;
}

/** Names under which a column of whole numbers is taken for years, days or seconds. */
const CALLED = /^(?:date|day|month|year|week|quarter|period|time|timestamp|date[ _-]?time|ds|.*[ _](?:date|time))$/i;

/**
 * The column that says when each row was: the one named, else the first that holds dates, else the first of whole
 * numbers that is called so. Undefined when there is none.
 *
 * @throws {GruvyError} `data/not-a-date` where the column holds something else, with its row
 */
export function findDateColumn(table: Table, name?: string): DateColumn | undefined {
  const column = name === undefined ? table.columns.find(({ kind }) => kind === "date") : table.column(name);
  if (column && column.kind !== "number") {
    const times = readDates(column);
    const row = times.findIndex(Number.isNaN);
    if (row < 0) return { column, times };
    const found = column.at(row).trim() === "" ? "nothing" : shown(column.at(row));
    throw new GruvyError(
      "data/not-a-date",
      `${table.where(row)}: expected a date in column ${shown(column.name)}, found ${found}`,
      "Write dates as 2020-01-31, with the time behind if there is one: 2020-01-31 13:00.",
    );
  }
  for (const candidate of column ? [column] : table.columns) {
    if (candidate.kind !== "number" || (!column && !CALLED.test(candidate.name.trim()))) continue;
    if (!column && candidate.missing > 0) continue;
    const times = readNumericDates(candidate.numbers());
    if (times) return { column: candidate, times };
  }
  if (!column) return undefined;
  throw new GruvyError(
    "data/not-a-date",
    `The numbers in column ${shown(column.name)} of ${sourceName(table.source)} are no dates`,
    "Known are years, yyyymmdd, and seconds or milliseconds since 1970.",
  );
}
