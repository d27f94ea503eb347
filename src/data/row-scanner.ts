import { capital, GruvyError } from "../base/index.ts";
import { sourceName } from "./source-name.ts";

/** A row, and so a field, has at most this many bytes. */
export const MAX_ROW_BYTES = 1 << 24;
/** A row has at most this many fields. */
export const MAX_COLUMNS = 100_000;

const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Finds where the rows of a CSV end, in input split anywhere, so that whole rows can be handed to the parser, and
 * refuses rows whose size alone would fill the memory. It need not know fields: a line end belongs to a field exactly
 * when an odd number of quotes stands before it. (Where quotes are misplaced the parser refuses the row anyway.)
 */
export class RowScanner {
  readonly #source: string;
  readonly #special = new Uint8Array(128);
  readonly #delimiter: number;
  #quoted = false;
  #fields = 1;
  #offset = 0;
  #rowStart = 0;
  /** The offset of a line feed that would belong to the carriage return before it. */
  #lineFeed = -1;
  /** The row being read, from 1. */
  row = 1;
  /** Numbers of the blank rows seen and not yet taken. */
  blanks: number[] = [];
  /** Whether the bytes scanned last began with the line feed that belongs to the carriage return before them. */
  swallowed = false;

  constructor(delimiter: string, source: string) {
    this.#source = source;
    this.#delimiter = delimiter.charCodeAt(0);
    for (const byte of [QUOTE, LF, CR, this.#delimiter]) this.#special[byte] = 1;
  }

  /** Reads on; returns how many of these bytes end with a whole row, 0 when no row ends in them. */
  scan(bytes: Uint8Array): number {
    const special = this.#special;
    let end = 0;
    this.swallowed = bytes[0] === LF && this.#offset === this.#lineFeed;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte >= 128 || special[byte] === 0) continue;
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (this.#quoted) continue;
      else if (byte === this.#delimiter) {
        if (++this.#fields > MAX_COLUMNS) throw this.#tooManyColumns();
      } else {
        const at = this.#offset + i;
        if (at !== this.#lineFeed) this.#endRow(at);
        this.#lineFeed = byte === CR ? at + 1 : -1;
        this.#rowStart = at + 1;
        end = i + 1;
      }
    }
    this.#offset += bytes.length;
    this.#checkSize(this.#offset);
    return end;
  }

  #endRow(at: number): void {
    if (at === this.#rowStart) this.blanks.push(this.row);
    else this.#checkSize(at);
    this.row++;
    this.#fields = 1;
  }

  #checkSize(end: number): void {
    if (end - this.#rowStart <= MAX_ROW_BYTES) return;
    const what = this.#quoted
      ? `a quote in row ${this.row} of ${sourceName(this.#source)} is not closed within 16 MiB`
      : `row ${this.row} of ${sourceName(this.#source)} is longer than 16 MiB`;
    throw new GruvyError(
      "data/row-too-long",
      capital(what),
      "Close the quote, or cut such texts: 16 MiB is the most a row may have.",
    );
  }

  #tooManyColumns(): GruvyError {
    return new GruvyError(
      "data/too-many-columns",
      `Row ${this.row} of ${sourceName(this.#source)} has more than ${MAX_COLUMNS.toLocaleString("en")} fields`,
      "Keep the columns that are needed, or turn the table so that its columns are rows.",
    );
  }
}
