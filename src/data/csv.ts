import { counted, type ErrorCode, GruvyError, shown, wholeNumber } from "../base/index.ts";
import { readNumber } from "./columns.ts";
import { type ByteSource, joined, utf8Pieces } from "./decode.ts";
import { type Delimiter, findDelimiter } from "./delimiter.ts";
import { MAX_ROW_BYTES, RowScanner } from "./row-scanner.ts";
import { sourceName } from "./source-name.ts";
import { withoutSpacedRows } from "./spaced-rows.ts";
import type { Table } from "./table.ts";
import { TableBuilder } from "./table-builder.ts";

/** How any table is read. */
export interface ParseOptions {
  /** What messages call the input. Default "the table". */
  readonly source?: string;
  /** Longer input is refused. Default 1 GiB, of which a table takes two to five times as much memory. */
  readonly maxBytes?: number;
}

/** How a CSV is read. */
export interface CsvOptions extends ParseOptions {
  /** Default: the one of comma, semicolon and tab that the first rows show. */
  readonly delimiter?: Delimiter;
}

const SAMPLE = 1 << 16;

/**
 * Reads a CSV (RFC 4180; comma, semicolon or tab; any line ends; UTF-8, or UTF-16 with its mark) whose first row names
 * the columns. Blank lines are skipped. A column without a name is called `column 3` by its place.
 *
 * @param input text, bytes, or pieces of bytes that are read one after the other
 * @throws {GruvyError} `data/empty` without a header or rows, `data/no-header` when the first row holds numbers,
 *   `data/ragged`, `data/quote`, `data/row-too-long`, `data/too-many-columns`, `data/too-large`, `data/encoding`,
 *   `data/binary`; each names the row.
 * @example
 * const table = await parseCsv("month;passengers\n1949-01;112\n", { source: "air.csv" });
 * table.column("passengers").numbers()[0]; // 112
 */
export async function parseCsv(input: ByteSource, options: CsvOptions = {}): Promise<Table> {
  const source = options.source ?? "the table";
  const reader = new CsvReader(source, options.delimiter, await loadParser());
  for await (const piece of limited(utf8Pieces(input, source), source, options.maxBytes)) reader.push(piece);
  return reader.end();
}

/** Rows of a piece; its last block may add some thousand fields. */
const PIECE_ROWS = 4096;

/**
 * Reads a CSV as `parseCsv` does, as tables of some thousand rows each as they come, so that a stream may be endless.
 *
 * @throws {GruvyError} as `parseCsv`; the rows before the fault may have come by then.
 * @example
 * const { value } = await csvPieces("a\n1\n2\n").next();
 * value.rows; // 2
 */
export async function* csvPieces(input: ByteSource, options: CsvOptions = {}): AsyncGenerator<Table> {
  const { source = "the table", delimiter, maxBytes = Number.MAX_SAFE_INTEGER } = options;
  const reader = new CsvReader(source, delimiter, await loadParser());
  for await (const piece of limited(utf8Pieces(input, source), source, maxBytes)) {
    reader.push(piece);
    if (reader.waiting >= PIECE_ROWS) yield reader.take();
  }
  const rest = reader.end();
  if (rest.rows > 0) yield rest;
}

/** Passes pieces on until more came than a table may have. */
export async function* limited(
  pieces: AsyncIterable<Uint8Array>,
  source: string,
  maxBytes = 2 ** 30,
): AsyncGenerator<Uint8Array> {
  wholeNumber(maxBytes, "maxBytes");
  let total = 0;
  for await (const piece of pieces) {
    total += piece.length;
    if (total > maxBytes) {
      throw new GruvyError(
        "data/too-large",
        `${sourceName(source)} holds more than ${maxBytes.toLocaleString("en")} bytes`,
        "Use a part of its rows or columns, or raise maxBytes where there is memory for it.",
      );
    }
    yield piece;
  }
}

type Parse = (bytes: Uint8Array, options: object) => string[][];

/** Loaded when the first CSV is read, so that nothing else pays for it; the browser build brings its own Buffer. */
async function loadParser(): Promise<Parse> {
  const { parse } =
    typeof Buffer === "undefined" ? await import("csv-parse/browser/esm/sync") : await import("csv-parse/sync");
  return parse as Parse;
}

/** Cuts what is pushed into blocks of whole rows, has each parsed, and collects the rows. */
class CsvReader {
  readonly #source: string;
  readonly #parse: Parse;
  #delimiter: Delimiter | undefined;
  #scanner: RowScanner | undefined;
  #builder: TableBuilder | undefined;
  #names: readonly string[] = [];
  #lead: Uint8Array | undefined;
  #rows = 0;
  /** What was read but neither ends a row nor, at first, shows the delimiter. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytes = 0;
  /** The number of the first row that is not parsed yet. */
  #nextRow = 1;

  constructor(source: string, delimiter: Delimiter | undefined, parse: Parse) {
    if (delimiter !== undefined && ![",", ";", "\t"].includes(delimiter)) {
      throw new GruvyError("usage/option", `Expected delimiter to be ",", ";" or a tab, found ${shown(delimiter)}`);
    }
    this.#source = source;
    this.#delimiter = delimiter;
    this.#parse = parse;
  }

  /** Rows that were read and not taken. */
  get waiting(): number {
    return this.#builder?.rows ?? 0;
  }

  /** Those rows, which are then forgotten. */
  take(): Table {
    const table = (this.#builder as TableBuilder).build();
    this.#builder = new TableBuilder(this.#names, this.#source);
    return table;
  }

  push(piece: Uint8Array): void {
    // No row is that long: all that came so far was blank.
    if (!this.#builder && this.#bytes > 2 * MAX_ROW_BYTES) throw this.#empty("blank lines alone");
    this.#bytes += piece.length;
    if (this.#scanner) {
      this.#scan(this.#scanner, piece);
      return;
    }
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes >= SAMPLE) this.#start();
  }

  end(): Table {
    if (!this.#scanner) this.#start();
    if (this.#pending.length > 0) this.#parseRows(joined(this.#pending), this.#nextRow + 1);
    if (!this.#builder) throw this.#empty("nothing");
    if (this.#rows === 0) throw this.#empty("a header and no rows");
    return this.#builder.build();
  }

  #empty(found: string): GruvyError {
    return new GruvyError(
      "data/empty",
      `Expected a table in ${sourceName(this.#source)}, found ${found}`,
      "The first row names the columns; each further row holds one value for each.",
    );
  }

  #start(): void {
    const head = joined(this.#pending);
    this.#pending = [];
    this.#delimiter ??= findDelimiter(head.subarray(0, SAMPLE), head.length < SAMPLE);
    this.#scanner = new RowScanner(this.#delimiter, this.#source);
    this.#scan(this.#scanner, head);
  }

  #scan(scanner: RowScanner, piece: Uint8Array): void {
    const end = scanner.scan(piece);
    if (end > 0) {
      const start = scanner.swallowed ? 1 : 0;
      this.#parseRows(joined([...this.#pending, piece.subarray(start, end)]), scanner.row);
      this.#pending = [];
    }
    if (end < piece.length) this.#pending.push(piece.subarray(end));
  }

  #parseRows(bytes: Uint8Array, nextRow: number): void {
    let blanks = this.#scanner?.blanks.splice(0) ?? [];
    let records: string[][];
    try {
      records = this.#records(bytes);
    } catch (error) {
      const failure = error as ParserError;
      if (!(failure.record?.length === 1 && failure.record[0].trim() === "")) throw this.#refused(failure, blanks);
      const thinned = withoutSpacedRows(bytes, this.#nextRow, this.#delimiter ?? ",");
      blanks = [...blanks, ...thinned.removed].sort((a, b) => a - b);
      try {
        records = this.#records(thinned.bytes);
      } catch (second) {
        throw this.#refused(second as ParserError, blanks);
      }
    }
    const rowNumbers = filledRows(this.#nextRow, blanks);
    for (const record of records) {
      const row = rowNumbers.next().value;
      if (this.#builder) {
        this.#builder.add(record, row);
        this.#rows++;
      } else {
        this.#names = header(record, row, this.#source);
        this.#builder = new TableBuilder(this.#names, this.#source);
      }
    }
    this.#nextRow = nextRow;
  }

  #records(bytes: Uint8Array): string[][] {
    const options = {
      delimiter: this.#delimiter,
      record_delimiter: ["\r\n", "\n", "\r"],
      skip_empty_lines: true,
    };
    if (this.#builder) {
      // The parser holds rows to the length of the first it sees: an empty one as long as the header.
      this.#lead ??= new TextEncoder().encode(`""${this.#delimiter?.repeat(this.#names.length - 1)}\n`);
      const records = this.#parse(joined([this.#lead, bytes]), options);
      records.shift();
      return records;
    }
    try {
      return this.#parse(bytes, options);
    } catch (error) {
      const [first] = this.#parse(bytes, { ...options, to: 1 });
      if (first) this.#names = header(first, this.#nextRow, this.#source);
      throw error;
    }
  }

  #refused(failure: ParserError, blanks: readonly number[]): GruvyError {
    const { code, records = 0, column = 0, record } = failure;
    const rowNumbers = filledRows(this.#nextRow, blanks);
    for (let i = this.#lead && this.#builder ? 1 : 0; i < records; i++) rowNumbers.next();
    const where = `Row ${rowNumbers.next().value} of ${sourceName(this.#source)}`;
    const refuse = (kind: ErrorCode, what: string, next: string): GruvyError =>
      new GruvyError(kind, what, next, { cause: failure });
    if (code === "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH" && record) {
      const width = this.#names.length;
      const guess = record.length > width ? "Does a text hold the delimiter without being quoted" : "Was the file cut";
      const what = `${where} has ${counted(record.length, "field")}, the header has ${width}`;
      return refuse("data/ragged", what, `${guess}, or is the delimiter not ${shown(this.#delimiter)}?`);
    }
    const name = this.#names[column];
    const place = name === undefined ? `field ${column + 1}` : `column ${shown(name)}`;
    const double = 'Put the whole field in quotes and double each quote in it: "a 5"" pipe".';
    switch (code) {
      case "CSV_QUOTE_NOT_CLOSED":
        return refuse("data/quote", `${where}: the quote that opens ${place} is never closed`, "Close it.");
      case "INVALID_OPENING_QUOTE":
        return refuse("data/quote", `${where}: a quote stands within ${place}`, double);
      case "CSV_INVALID_CLOSING_QUOTE":
        return refuse("data/quote", `${where}: text follows the closing quote of ${place}`, double);
      default:
        return refuse("data/csv", `${where} could not be read as CSV`, "Save the table as CSV again.");
    }
  }
}

/** What the parser says when it refuses a row: how many it read before, and which field or row it is. */
interface ParserError {
  readonly code?: string;
  readonly records?: number;
  readonly column?: number;
  readonly record?: readonly string[];
}

/** The numbers of the rows that are not blank, from a first one on. */
function* filledRows(first: number, blanks: readonly number[]): Generator<number, never> {
  for (let row = first, next = 0; ; row++) {
    if (row === blanks[next]) next++;
    else yield row;
  }
}

/** The names of the columns, or an error when the first row looks like values. */
function header(record: readonly string[], row: number, source: string): string[] {
  const numbers = record.map(readNumber);
  const first = numbers[0] ?? Number.NaN;
  // Tables without names are often written with the numbers of their columns in their place.
  const counted = Number.isInteger(first) && numbers.every((value, index) => value === first + index);
  const values = numbers.every((value) => value !== undefined) && !(counted && (record.length > 1 || first === 0));
  if (values || record.every((name) => name.trim() === "")) {
    const found = values ? `the number ${shown(record[0])}` : "none";
    throw new GruvyError(
      "data/no-header",
      `Expected the names of the columns in row ${row} of ${sourceName(source)}, found ${found}`,
      "Put a first row before the values that names each column.",
    );
  }
  return record.map((name, index) => name.trim() || `column ${index + 1}`);
}
