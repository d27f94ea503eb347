import { inert } from "../base/index.ts";
import type { Table } from "../data/index.ts";

/** The rows of a table with columns added, as CSV text in pieces. Fields are quoted where they must be. */
export function* csvWith(
  table: Table,
  added: ReadonlyMap<string, (row: number) => string>,
  { header = true } = {},
): Generator<string> {
  const names = [...table.names];
  for (const name of added.keys()) names.push(freeName(name, names));
  if (header) yield csvLine(names);
  for (let from = 0; from < table.rows; from += 1000) {
    let text = "";
    for (let row = from; row < Math.min(table.rows, from + 1000); row++) {
      const fields = table.columns.map((column) => column.at(row));
      for (const value of added.values()) fields.push(value(row));
      text += `${fields.map(field).join(",")}\n`;
    }
    yield text;
  }
}

/** A name that is not taken: "forecast", or else "forecast_2" and on. */
export function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let i = 2; taken.includes(free); i++) free = `${name}_${i}`;
  return free;
}

/** What a spreadsheet would compute, were it not a number: OWASP's list for CSV injection. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/**
 * A value of unknown origin for a spreadsheet: numbers as they are; texts inert, with an apostrophe before what would be a
 * formula.
 */
export function spreadsheetText(value: string | number | boolean | undefined): string {
  if (typeof value !== "string") return String(value ?? "");
  const formula = FORMULA.test(value) && !(value.trim() !== "" && Number.isFinite(Number(value)));
  return `${formula ? "'" : ""}${inert(value)}`;
}

/** One row of CSV text. */
export const csvLine = (fields: readonly string[]): string => `${fields.map(field).join(",")}\n`;

const field = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
