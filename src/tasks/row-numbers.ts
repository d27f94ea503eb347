import { type LoadedData, valueNumber } from "../data/index.ts";

/**
 * How people count rows: by their numbers in the file, as a spreadsheet shows them (a header is row 1), else from 1.
 * `+1`, `+2`... are the steps past the end of a series.
 */
export type RowNumber = number | `+${number}`;

/** The number of a row, from its place (from 0) in a series, or in the part that is scored. */
export function rowNumber(data: LoadedData, row: number): RowNumber {
  if (data.kind === "series") {
    const past = row - data.values.length + 1;
    return past > 0 ? `+${past}` : valueNumber(data, row);
  }
  const part = data.test ?? data.train;
  return ("rows" in part ? part.rows?.[row] : undefined) ?? row + 1;
}
