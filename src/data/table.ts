import { GruvyError, shown } from "../base/index.ts";
import { BlockColumn } from "./block-column.ts";
import { type Block, blockOf } from "./blocks.ts";
import type { ColumnKind } from "./columns.ts";
import { nameList, sourceName } from "./source-name.ts";

/** One column of a table. Fields stay text until they are asked for as numbers; iterating it goes through them. */
export interface Column extends Iterable<string> {
  readonly name: string;
  /** Its place in the table, from 0. */
  readonly index: number;
  readonly kind: ColumnKind;
  /** Fields that say there is no value: empty ones, and `NA`, `null`, `-`... unless the column is text. */
  readonly missing: number;
  /** The field in a row, counted from 0. */
  at(row: number): string;
  /** All fields, as written. Built when first asked for, and kept. */
  readonly values: readonly string[];
  /**
   * The fields as numbers.
   *
   * @param options.missing what a missing value gives: an error (the default), or NaN.
   * @throws {GruvyError} `data/not-a-number` or `data/not-finite`, naming row and column.
   */
  numbers(options?: { missing?: "error" | "nan" }): Float64Array;
}

/**
 * A table as read: named columns of text fields, kept compactly (at most about five times the file).
 * Made by `parseCsv`, `parseJsonLines` and, on Node, `openTable`.
 *
 * @example
 * const table = await parseCsv("month,passengers\n1949-01,112\n1949-02,118", { source: "air.csv" });
 * table.names;                                  // ["month", "passengers"]
 * table.rows;                                   // 2
 * table.column("passengers").kind;              // "number"
 * Array.from(table.column("passengers").numbers()); // [112, 118]
 */
export class Table {
  readonly names: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: number;
  /** Where it was read from, as messages name it. */
  readonly source: string;
  /** Blank lines that were skipped between rows. */
  readonly blankLines: number;
  readonly #blocks: readonly Block[];
  /** The place of the first column of each name. */
  readonly #places = new Map<string, number>();

  /** Tables are made by readers; use `tableOf` to make one from arrays. */
  constructor(names: readonly string[], blocks: readonly Block[], source: string, blankLines: number) {
    this.names = Object.freeze([...names]);
    this.source = source;
    this.blankLines = blankLines;
    this.#blocks = blocks;
    const last = blocks[blocks.length - 1];
    this.rows = last ? last.start + last.rows : 0;
    for (const [index, name] of names.entries()) if (!this.#places.has(name)) this.#places.set(name, index);
    this.columns = names.map((name, index) => new BlockColumn(this, blocks, name, index));
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /**
   * The column of that name.
   *
   * @throws {GruvyError} `data/missing-column` when there is none, `data/duplicate-column` when there are several.
   */
  column(name: string): Column {
    const index = this.#places.get(name);
    if (index === undefined) {
      const near = this.names.find((other) => other.toLowerCase() === name.trim().toLowerCase());
      const hint = near === undefined ? "" : `Did you mean ${shown(near)}? `;
      throw new GruvyError(
        "data/missing-column",
        `No column ${shown(name)} in ${sourceName(this.source)}`,
        `${hint}Columns are: ${nameList(this.names)}.`,
      );
    }
    const second = this.names.indexOf(name, index + 1);
    if (second >= 0) {
      throw new GruvyError(
        "data/duplicate-column",
        `Columns ${index + 1} and ${second + 1} of ${sourceName(this.source)} are both named ${shown(name)}`,
        "Rename one of them.",
      );
    }
    return this.columns[index];
  }

  /** `Row 7 of sales.csv`: how a message names the row with that index (from 0), counted as in the file. */
  where(row: number): string {
    return `Row ${this.rowNumber(row)} of ${sourceName(this.source)}`;
  }

  /** The number of a row in its file, as a spreadsheet counts: a header is row 1, blank lines count. */
  rowNumber(row: number): number {
    const block = blockOf(this.#blocks, row);
    return block.rowNumbers ? block.rowNumbers[row - block.start] : block.firstRow + (row - block.start);
  }
}
