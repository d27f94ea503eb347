import { GruvyError, shown } from "../base/index.ts";
import type { Block } from "./blocks.ts";
import { Table } from "./table.ts";

const FIELDS_PER_BLOCK = 1 << 13;
const CHARACTERS_PER_BLOCK = 1 << 20;

/** Collects rows, as arrays of as many fields as there are names, into a table. */
export class TableBuilder {
  readonly #names: readonly string[];
  readonly #source: string;
  readonly #blocks: Block[] = [];
  #fields: string[] = [];
  #rowNumbers: number[] = [];
  #characters = 0;
  #rows = 0;
  #lastRow = 0;
  #blankLines = 0;

  constructor(names: readonly string[], source: string) {
    this.#names = names;
    this.#source = source;
  }

  /** @param rowNumber the row's number in its file, for messages */
  add(record: readonly string[], rowNumber: number): void {
    for (const text of record) {
      this.#fields.push(text);
      this.#characters += text.length;
    }
    this.#rowNumbers.push(rowNumber);
    if (this.#lastRow > 0) this.#blankLines += rowNumber - this.#lastRow - 1;
    this.#lastRow = rowNumber;
    if (this.#fields.length >= FIELDS_PER_BLOCK || this.#characters >= CHARACTERS_PER_BLOCK) this.#pack();
  }

  get rows(): number {
    return this.#rows + this.#rowNumbers.length;
  }

  build(): Table {
    this.#pack();
    return new Table(this.#names, this.#blocks, this.#source, this.#blankLines);
  }

  #pack(): void {
    const rows = this.#rowNumbers.length;
    if (rows === 0) return;
    const ends = new Uint32Array(this.#fields.length);
    let end = 0;
    for (let i = 0; i < ends.length; i++) {
      end += this.#fields[i].length;
      ends[i] = end;
    }
    const firstRow = this.#rowNumbers[0];
    const follow = this.#rowNumbers.every((number, i) => number === firstRow + i);
    this.#blocks.push({
      start: this.#rows,
      rows,
      text: this.#fields.join(""),
      ends,
      firstRow,
      ...(follow ? {} : { rowNumbers: Uint32Array.from(this.#rowNumbers) }),
    });
    this.#rows += rows;
    this.#fields = [];
    this.#rowNumbers = [];
    this.#characters = 0;
  }
}

/**
 * A table from columns of text that are in memory already.
 *
 * @param columns pairs of a name and its fields, or a Map of them
 * @throws {GruvyError} `data/ragged` when columns differ in length.
 * @example
 * const table = tableOf([["text", ["good", "bad"]], ["label", ["1", "0"]]], "memory");
 * table.rows; // 2
 */
export function tableOf(columns: Iterable<readonly [string, readonly string[]]>, source: string): Table {
  const pairs = [...columns];
  const builder = new TableBuilder(
    pairs.map(([name]) => name),
    source,
  );
  const rows = pairs[0]?.[1].length ?? 0;
  for (const [name, values] of pairs) {
    if (values.length !== rows) {
      throw new GruvyError("data/ragged", `Column ${shown(name)} has ${values.length} rows, the first has ${rows}`);
    }
  }
  for (let row = 0; row < rows; row++) {
    builder.add(
      pairs.map(([, values]) => values[row]),
      row + 1,
    );
  }
  return builder.build();
}

/** Tables of the same columns, one below the other, with the row numbers of each. */
export function joinTables(tables: readonly Table[]): Table {
  const [first] = tables;
  if (tables.length === 1) return first;
  const builder = new TableBuilder(first.names, first.source);
  for (const table of tables) {
    for (let row = 0; row < table.rows; row++) {
      builder.add(
        table.columns.map((column) => column.at(row)),
        table.rowNumber(row),
      );
    }
  }
  return builder.build();
}
