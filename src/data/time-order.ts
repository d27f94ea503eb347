import { GruvyError, shown } from "../base/index.ts";
import { type DateColumn, findDateColumn } from "./date-column.ts";
import type { Table } from "./table.ts";

/** Clocks that are set back make hourly data repeat at most this much. */
const CLOCK_CHANGE = 2 * 3_600_000;

/**
 * Whether the rows of a table run from the newest to the oldest; false where it has no dates.
 *
 * @throws {GruvyError} `data/date-order` when dates go back, `data/date-repeated` when several rows share theirs;
 *   `data/not-a-date`
 * @example
 * newestFirst(await parseCsv("month,sold\n2020-02,7\n2020-01,5")); // true
 */
export function newestFirst(table: Table): boolean {
  const dates = findDateColumn(table);
  return dates !== undefined && runsBackwards(table, dates);
}

/**
 * Whether every date is at or before the one before it, and not all are the same.
 *
 * @throws {GruvyError} `data/date-order`, `data/date-repeated` where they run neither way
 */
export function runsBackwards(table: Table, dates: DateColumn): boolean {
  const { times } = dates;
  const backwards =
    times[0] > times[times.length - 1] && times.every((time, row) => row === 0 || time <= times[row - 1]);
  if (!backwards) checkOrder(table, dates);
  return backwards;
}

function checkOrder(table: Table, { column, times }: DateColumn): void {
  let repeated = 0;
  let firstRepeated = 0;
  for (let row = 1; row < times.length; row++) {
    const step = times[row] - times[row - 1];
    if (step === 0 && repeated++ === 0) firstRepeated = row;
    if (step >= -CLOCK_CHANGE) continue;
    throw new GruvyError(
      "data/date-order",
      `${table.where(row)}: ${shown(column.at(row))} in column ${shown(column.name)} comes before the row above it (${shown(column.at(row - 1))})`,
      "Sort the rows by date; if the file holds several series, keep the rows of one.",
    );
  }
  if (repeated > 0.01 * times.length && repeated > 1) {
    throw new GruvyError(
      "data/date-repeated",
      `${table.where(firstRepeated)}: ${shown(column.at(firstRepeated))} in column ${shown(column.name)} is also the date of the row above it; so are ${repeated} rows`,
      "Keep one row for each date, or sum them; if the file holds several series, keep the rows of one.",
    );
  }
}
