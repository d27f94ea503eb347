import { GruvyError, shown } from "../base/index.ts";
import { type Block, blockOf, field } from "./blocks.ts";
import { type ColumnKind, isMissing, numberAdvice, readNumber } from "./columns.ts";
import { isDate } from "./dates.ts";
import type { Column, Table } from "./table.ts";

/** A column as a view on the blocks of its table. */
export class BlockColumn implements Column {
  readonly name: string;
  readonly index: number;
  readonly #table: Table;
  readonly #blocks: readonly Block[];
  readonly #width: number;
  #values: readonly string[] | undefined;
  #summary: { kind: ColumnKind; missing: number } | undefined;

  constructor(table: Table, blocks: readonly Block[], name: string, index: number) {
    this.#table = table;
    this.#blocks = blocks;
    this.name = name;
    this.index = index;
    this.#width = table.names.length;
  }

  at(row: number): string {
    const block = blockOf(this.#blocks, row);
    return field(block, (row - block.start) * this.#width + this.index);
  }

  get values(): readonly string[] {
    this.#values ??= [...this];
    return this.#values;
  }

  get kind(): ColumnKind {
    return this.#summarise().kind;
  }

  get missing(): number {
    return this.#summarise().missing;
  }

  numbers({ missing = "error" }: { missing?: "error" | "nan" } = {}): Float64Array {
    const numbers = new Float64Array(this.#table.rows);
    let row = 0;
    for (const text of this) {
      const value = readNumber(text);
      if (value === undefined) {
        if (missing === "error" || !isMissing(text)) throw this.#notANumber(row, text);
        numbers[row++] = Number.NaN;
        continue;
      }
      if (!Number.isFinite(value)) {
        throw new GruvyError(
          "data/not-finite",
          `${this.#table.where(row)}: ${shown(text)} in column ${shown(this.name)} is too large for a number`,
          "The largest is about 1.8e308.",
        );
      }
      numbers[row++] = value;
    }
    return numbers;
  }

  *[Symbol.iterator](): Generator<string, undefined> {
    const width = this.#width;
    for (const block of this.#blocks) {
      for (let at = this.index; at < block.ends.length; at += width) yield field(block, at);
    }
  }

  #summarise(): { kind: ColumnKind; missing: number } {
    if (this.#summary) return this.#summary;
    let [empty, missing, numbers, dates] = [0, 0, 0, 0];
    for (const text of this) {
      if (isMissing(text)) {
        missing++;
        if (text.trim() === "") empty++;
      } else if (readNumber(text) !== undefined) numbers++;
      else if (isDate(text)) dates++;
    }
    const present = this.#table.rows - missing;
    const most = (count: number): boolean => count > 0 && count >= 0.9 * present;
    const kind = most(numbers) ? "number" : most(dates) ? "date" : "text";
    this.#summary = { kind, missing: kind === "text" ? empty : missing };
    return this.#summary;
  }

  #unreadable(): number {
    let count = 0;
    for (const text of this) if (!isMissing(text) && readNumber(text) === undefined) count++;
    return count;
  }

  #notANumber(row: number, text: string): GruvyError {
    const found = text.trim() === "" ? "nothing" : shown(text);
    // The first row to mend is named, and how many there are.
    const alike = isMissing(text) ? this.missing : this.#unreadable();
    const also = alike > 1 ? `${alike} values of the column are ${isMissing(text) ? "missing" : "no numbers"}. ` : "";
    return new GruvyError(
      "data/not-a-number",
      `${this.#table.where(row)}: expected a number in column ${shown(this.name)}, found ${found}`,
      also + numberAdvice(text),
    );
  }
}
