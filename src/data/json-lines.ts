import { GruvyError, shown } from "../base/index.ts";
import { limited, type ParseOptions } from "./csv.ts";
import { type ByteSource, joined, utf8Pieces } from "./decode.ts";
import { flatObject } from "./flat-object.ts";
import { MAX_COLUMNS, MAX_ROW_BYTES } from "./row-scanner.ts";
import { sourceName } from "./source-name.ts";
import type { Table } from "./table.ts";
import { TableBuilder } from "./table-builder.ts";

/** The rows whose keys together name the columns. */
const SAMPLE_ROWS = 1000;
const SAMPLE_BYTES = 1 << 20;

/**
 * Reads JSON lines: an object a line, its keys the columns, its values text, numbers (kept as written), `true`,
 * `false` or `null`. A key that a row lacks counts as missing; columns are the keys of the first 1,000 rows.
 *
 * @throws {GruvyError} `data/json` where a line is no flat object, with its row; `data/empty`, `data/new-key`,
 *   `data/sparse`, `data/row-too-long`, `data/too-large`, `data/encoding`, `data/binary`.
 * @example
 * const table = await parseJsonLines('{"text": "good", "label": 1}\n{"text": "bad", "label": 0}\n');
 * table.column("label").values; // ["1", "0"]
 */
export async function parseJsonLines(input: ByteSource, options: ParseOptions = {}): Promise<Table> {
  const source = options.source ?? "the table";
  const reader = new JsonLinesReader(source);
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const piece of limited(utf8Pieces(input, source), source, options.maxBytes)) {
    const end = piece.lastIndexOf(10) + 1;
    if (end > 0) {
      reader.push(joined([...pending, piece.subarray(0, end)]));
      pending = [];
      pendingBytes = 0;
    }
    pending.push(piece.subarray(end));
    pendingBytes += piece.length - end;
    if (pendingBytes > MAX_ROW_BYTES) throw reader.tooLong();
  }
  if (pending.length > 0) reader.push(joined(pending));
  return reader.end();
}

class JsonLinesReader {
  readonly #source: string;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #row = 0;
  #bytes = 0;
  #absent = 0;
  #sample: { entries: Map<string, string>; row: number }[] = [];
  #places = new Map<string, number>();
  #builder: TableBuilder | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  /** @param lines whole lines */
  push(lines: Uint8Array): void {
    this.#bytes += lines.length;
    const text = this.#decoder.decode(lines);
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf("\n", from);
      const line = text.slice(from, end < 0 ? text.length : end);
      from = end < 0 ? text.length : end + 1;
      this.#row++;
      if (line.trim() !== "") this.#add(flatObject(line, `Row ${this.#row} of ${sourceName(this.#source)}`));
    }
  }

  end(): Table {
    this.#settle();
    if (!this.#builder || this.#places.size === 0) {
      throw new GruvyError(
        "data/empty",
        `Expected a JSON object on each line of ${sourceName(this.#source)}, found nothing`,
        'A line is, for instance: {"text": "good", "label": 1}',
      );
    }
    return this.#builder.build();
  }

  tooLong(): GruvyError {
    return new GruvyError(
      "data/row-too-long",
      `Row ${this.#row + 1} of ${sourceName(this.#source)} is longer than 16 MiB`,
      "Write one object on each line.",
    );
  }

  #add(entries: Map<string, string>): void {
    if (this.#builder) {
      this.#write(this.#builder, entries, this.#row);
      return;
    }
    this.#sample.push({ entries, row: this.#row });
    for (const key of entries.keys()) {
      if (!this.#places.has(key)) this.#places.set(key, this.#places.size);
    }
    if (this.#places.size > MAX_COLUMNS) {
      throw new GruvyError(
        "data/too-many-columns",
        `The rows of ${sourceName(this.#source)} have more than ${MAX_COLUMNS.toLocaleString("en")} different keys`,
        "Give every row the same keys.",
      );
    }
    if (this.#sample.length >= SAMPLE_ROWS || this.#bytes >= SAMPLE_BYTES) this.#settle();
  }

  /** The keys seen so far become the columns. */
  #settle(): void {
    if (this.#builder || this.#sample.length === 0) return;
    this.#builder = new TableBuilder([...this.#places.keys()], this.#source);
    for (const { entries, row } of this.#sample) this.#write(this.#builder, entries, row);
    this.#sample = [];
  }

  #write(builder: TableBuilder, entries: Map<string, string>, row: number): void {
    this.#absent += this.#places.size - entries.size;
    // A few bytes could else ask for a hundred thousand fields.
    if (this.#absent > 1e6 + this.#bytes) {
      throw new GruvyError(
        "data/sparse",
        `The rows of ${sourceName(this.#source)} up to row ${row} lack most of the ${this.#places.size} keys`,
        "Give every row the same keys.",
      );
    }
    const record = new Array<string>(this.#places.size).fill("");
    for (const [key, value] of entries) {
      const place = this.#places.get(key);
      if (place === undefined) {
        throw new GruvyError(
          "data/new-key",
          `Row ${row} of ${sourceName(this.#source)} has the key ${shown(key)}, which no row before it has`,
          "Give the first row every key, with null where there is no value.",
        );
      }
      record[place] = value;
    }
    builder.add(record, row);
  }
}
