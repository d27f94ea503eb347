import type { SeriesData } from "./loaded-data.ts";

type Placed = Pick<SeriesData, "table" | "turned" | "values">;

const rowOf = ({ turned, values }: Placed, row: number): number => (turned ? values.length - 1 - row : row);

/** The number of a value's row: in its file as a spreadsheet counts, else from 1. */
export const valueNumber = (data: Placed, row: number): number =>
  data.table ? data.table.rowNumber(rowOf(data, row)) : row + 1;

/** How a message names a value: `Row 7 of sales.csv`, or `Value 6` where there is no file. */
export const valuePlace = (data: Placed, row: number): string =>
  data.table ? data.table.where(rowOf(data, row)) : `Value ${row + 1}`;
