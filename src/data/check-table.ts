import { counted, shown } from "../base/index.ts";
import { isMissing, looksNumeric, numberAdvice, readNumber } from "./columns.ts";
import { isDate } from "./dates.ts";
import { type Finding, percent } from "./finding.ts";
import { nameList, sourceName } from "./source-name.ts";
import type { Column, Table } from "./table.ts";

/**
 * What is to be known about the columns of a table, whatever is done with it: columns that are empty, constant,
 * partly missing, or of mixed kind; names that occur twice; blank lines.
 *
 * @param except columns to pass over
 * @example
 * const table = await parseCsv("day,sold\n2020-01-01,5\n2020-01-02,");
 * checkTable(table).map(({ code }) => code); // ["data/missing-values"]
 */
export function checkTable(table: Table, except: readonly string[] = []): Finding[] {
  const findings: Finding[] = [];
  if (table.blankLines > 0) {
    findings.push({
      code: "data/blank-lines",
      severity: "note",
      what: `${counted(table.blankLines, "blank line was", "blank lines were")} skipped`,
      where: sourceName(table.source),
      advice: "If they stand for missing rows, fill those in; else nothing need be done.",
    });
  }
  const counts = new Map<string, number>();
  for (const name of table.names) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, count] of counts) {
    if (count < 2) continue;
    findings.push({
      code: "data/duplicate-column",
      severity: "warning",
      what: `${count} columns are named ${shown(name)}`,
      where: sourceName(table.source),
      advice: "Rename them; until then none of them can be named.",
    });
  }
  findings.push(...checkHeader(table));
  for (const column of table.columns) {
    if (!except.includes(column.name)) findings.push(...checkColumn(table, column));
  }
  return findings;
}

function checkColumn(table: Table, column: Column): Finding[] {
  const name = shown(column.name);
  const { rows } = table;
  if (column.missing === rows) {
    return [
      {
        code: "data/empty-column",
        severity: "warning",
        what: `Column ${name} holds nothing`,
        advice: "Remove it.",
      },
    ];
  }
  const findings: Finding[] = [];
  if (column.missing > 0) {
    findings.push({
      code: "data/missing-values",
      severity: column.missing > 0.5 * rows ? "warning" : "note",
      what: `${counted(column.missing, "value")} of column ${name} (${percent(column.missing / rows)}) ${column.missing === 1 ? "is" : "are"} missing`,
      where: table.where(
        firstRow(column, (field) => (column.kind === "text" ? field.trim() === "" : isMissing(field))),
      ),
      advice:
        column.kind === "number"
          ? "Before it is used: fill them in, have them filled in (--missing ffill or interpolate), or remove the rows."
          : "Before it is used: fill them in, or remove the rows.",
    });
  }
  if (column.kind !== "text") {
    const fits = (field: string): boolean =>
      column.kind === "number" ? readNumber(field) !== undefined : isDate(field);
    const isOdd = (field: string): boolean => !isMissing(field) && !fits(field);
    let count = 0;
    for (const field of column) if (isOdd(field)) count++;
    if (count > 0) {
      const odd = firstRow(column, isOdd);
      const others = count > 1 ? `${count} other values, the first ` : "";
      findings.push({
        code: "data/mixed-column",
        severity: "warning",
        what: `Column ${name} holds ${column.kind}s, but also ${others}${shown(column.at(odd))}`,
        where: table.where(odd),
        advice: `Correct the ${count > 1 ? "fields" : "field"} or remove the ${count > 1 ? "rows" : "row"} before the column is used.`,
      });
    }
  }
  if (column.kind === "text") findings.push(...checkUnreadable(table, column));
  const first = column.at(0);
  if (rows > 1 && firstRow(column, (field) => field !== first) < 0) {
    findings.push({
      code: "data/constant-column",
      severity: "note",
      what: `Column ${name} is ${shown(first)} in every row`,
      advice: "It can be removed: nothing can be learnt from it.",
    });
  }
  return findings;
}

/** A first row that is of the kind of what follows: a date above dates, or a measured value above numbers. */
function checkHeader({ columns, names, source }: Table): Finding[] {
  const place = columns.findIndex(({ name, kind }) => {
    // Whole numbers are often names: years, or the places of a wide table.
    return kind === "date" ? isDate(name) : kind === "number" && /[.e]/i.test(name) && readNumber(name) !== undefined;
  });
  if (place < 0) return [];
  return [
    {
      code: "data/header-is-data",
      severity: "warning",
      what: `The header looks like data: ${nameList(names)} were taken for the names of the columns, so this row is missing from the values`,
      where: sourceName(source),
      advice: "Put a first row before it that names each column.",
    },
  ];
}

/** Numbers in another notation, which make the column one of texts. */
function checkUnreadable(table: Table, column: Column): Finding[] {
  let count = 0;
  for (const field of column) if (looksNumeric(field)) count++;
  if (2 * count <= table.rows - column.missing) return [];
  const row = firstRow(column, looksNumeric);
  return [
    {
      code: "data/unreadable-numbers",
      severity: "warning",
      what: `Column ${shown(column.name)} is taken for texts: ${counted(count, "value looks", "values look")} like ${count === 1 ? "a number" : "numbers"} but cannot be read as ${count === 1 ? "one" : "such"}, the first ${shown(column.at(row))}`,
      where: table.where(row),
      advice: numberAdvice(column.at(row)),
    },
  ];
}

function firstRow(column: Column, test: (field: string) => boolean): number {
  let row = 0;
  for (const field of column) {
    if (test(field)) return row;
    row++;
  }
  return -1;
}
