import { GruvyError, shown } from "../base/index.ts";
import { type DateColumn, findDateColumn } from "./date-column.ts";
import type { Table } from "./table.ts";

/** Clocks that are set back make hourly data repeat at most this much. */
const CLOCK_CHANGE = 2 * 3_600_000;

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

/** The date in the last row of a table, where it comes before that of the row above it. */
export function steppedBack(table: Table): { name: string; before: string; found: string } | undefined {
  const dates = findDateColumn(table);
  const row = table.rows - 1;
  if (dates === undefined || row < 1 || dates.times[row] - dates.times[row - 1] >= -CLOCK_CHANGE) return undefined;
  const { column } = dates;
  return { name: column.name, before: column.at(row - 1), found: column.at(row) };
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
