import { array, assert, asyncProperty, boolean, constantFrom, integer, string, tuple, uint8Array } from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { processorClock } from "../../test/processor-clock.ts";
import { GruvyError } from "../base/index.ts";
import { parseCsv } from "./csv.ts";
import { parseJsonLines } from "./json-lines.ts";
import type { Table } from "./table.ts";

/** All that can be seen of a table. */
function seen(table: Table): unknown {
  return {
    names: table.names,
    fields: table.columns.map(({ values }) => values),
    kinds: table.columns.map(({ kind }) => kind),
    rowNumbers: Array.from({ length: table.rows }, (_, row) => table.rowNumber(row)),
    blankLines: table.blankLines,
  };
}

type Outcome = { table: unknown } | { code: string; message: string };

async function outcome(parse: () => Promise<Table>): Promise<Outcome> {
  try {
    return { table: seen(await parse()) };
  } catch (error) {
    if (!(error instanceof GruvyError)) throw error;
    return { code: error.code, message: error.message };
  }
}

function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

const documents = [
  'text,label\r\n"a, ""b""\r\nc",1\r\n\r\nplain,0\r\n"",x\r\n',
  "a;b\r1;2\r\r \r3;4",
  "\ufeffmonth\tvalue\n1949-01\t112\n\n\n1949-02\t118\n   \n1949-03\t€ü𝄞\n",
  'a,b\n1,2\n3,"never closed\n5,6\n',
  "a,b\n1,2\n3\n",
  'a,b\n1,"x"y\n',
  "a,b\r\n1,2\r\n,\r\n\r\n3,é\r\n",
];

describe("parseCsv", () => {
  it("gives the same rows, or the same error, wherever the input is split", async () => {
    for (const text of documents) {
      const bytes = new TextEncoder().encode(text);
      const whole = await outcome(() => parseCsv(bytes));
      for (let cut = 0; cut <= bytes.length; cut++) {
        const split = await outcome(() => parseCsv([bytes.subarray(0, cut), bytes.subarray(cut)]));
        expect(split).toEqual(whole);
      }
      expect(await outcome(() => parseCsv(Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual(whole);
    }
  });

  it("and wherever its own pieces of 32 KiB end", async () => {
    const body = '"x ""q""\r\ny",1\r\n  \r\n\r\n\r\nü€𝄞,2\r \t\r3,"4"\n\n';
    const rows = ['x "q"\r\ny|1', "ü€𝄞|2", "3|4", "end|5"];
    for (const place of [1 << 15, 1 << 16, 3 << 15]) {
      for (let back = -2; back <= body.length + 10; back++) {
        const filler = "f".repeat(place - back - "a,b\r\n,0\r\n".length);
        const table = await parseCsv(`a,b\r\n${filler},0\r\n${body}end,5`);
        const found = Array.from({ length: table.rows }, (_, row) =>
          table.columns.map((column) => column.at(row)).join("|"),
        );
        expect(found.slice(1)).toEqual(rows);
        expect(Array.from(found, (_, row) => table.rowNumber(row))).toEqual([2, 3, 7, 9, 11]);
      }
    }
  });

  it("and wherever larger input is split, past the sample that shows the delimiter", async () => {
    let text = "a,b\r\n";
    for (let row = 0; row < 9000; row++) text += `${row},"x ""${row % 7}""\r\ny"\r\n${row % 1000 === 0 ? "\r\n" : ""}`;
    const bytes = new TextEncoder().encode(text);
    expect(bytes.length).toBeGreaterThan(150_000);
    const whole = await outcome(() => parseCsv(bytes));
    await assert(
      asyncProperty(array(integer({ min: 0, max: 1e6 }), { maxLength: 40 }), async (cuts) => {
        expect(await outcome(() => parseCsv(pieces(bytes, cuts)))).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  it("gives the same with the parser that browsers load, where there is no Buffer", async () => {
    for (const text of documents) {
      const here = await outcome(() => parseCsv(text));
      vi.stubGlobal("Buffer", undefined);
      try {
        expect(await outcome(() => parseCsv(text))).toEqual(here);
      } finally {
        vi.unstubAllGlobals();
      }
    }
  });

  it("reads back any table that is written by the rules", async () => {
    const field = string({
      unit: constantFrom("a", "1", " ", ",", ";", "\t", '"', "\n", "\r", "\r\n", "ü", "𝄞", "=", "\u2028"),
      maxLength: 6,
    });
    const quoted = (text: string, always: boolean): string =>
      always || /[",;\t\r\n]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
    await assert(
      asyncProperty(
        integer({ min: 1, max: 5 }).chain((width) =>
          tuple(
            array(array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
            constantFrom(",", ";", "\t"),
            constantFrom("\n", "\r\n", "\r"),
            boolean(),
            array(integer({ min: 0, max: 500 }), { maxLength: 4 }),
          ),
        ),
        async ([rows, delimiter, end, always, cuts]) => {
          const names = rows[0].map((_, index) => `n${index}`);
          const text = [names, ...rows]
            .map((row) => row.map((value) => quoted(value, always)).join(delimiter))
            .join(end);
          const table = await parseCsv(pieces(new TextEncoder().encode(text), cuts));
          expect(table.names).toEqual(names);
          expect(Array.from({ length: table.rows }, (_, row) => table.columns.map((column) => column.at(row)))).toEqual(
            rows,
          );
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("fuzzed tables", () => {
  const seeds = [
    ...documents,
    '{"text": "a", "label": 1}\n{"label": -2.5e3, "text": "\\u00fc\\n"}\n{"text": null}\n',
    '{"__proto__": 1, "b": "x"}\r\n\r\n{"b": "\\ud834\\udd1e"}',
  ].map((text) => new TextEncoder().encode(text));
  const chosen = constantFrom(...seeds);
  const edit = tuple(integer({ min: 0, max: 200 }), integer({ min: 0, max: 3 }), uint8Array({ maxLength: 4 }));
  const telling = constantFrom(
    ...[0, 10, 13, 34, 44, 59, 9, 92, 123, 125, 58, 0xef, 0xff, 0xc3, 0xed].map((byte) => Uint8Array.of(byte)),
  );
  const insert = tuple(integer({ min: 0, max: 200 }), integer({ min: 0, max: 1 }), telling);

  it("end in a table or in a GruvyError, soon, the same for every split", async () => {
    await assert(
      asyncProperty(
        chosen,
        array(edit, { maxLength: 2 }),
        array(insert, { maxLength: 4 }),
        integer({ min: 0, max: 200 }),
        async (seed, edits, inserts, cut) => {
          let bytes = Buffer.from(seed);
          for (const [at, remove, add] of [...edits, ...inserts]) {
            const place = at % (bytes.length + 1);
            bytes = Buffer.concat([bytes.subarray(0, place), add, bytes.subarray(place + remove)]);
          }
          for (const parse of [parseCsv, parseJsonLines]) {
            const spent = processorClock();
            const whole = await outcome(() => parse(bytes, { source: "x" }));
            expect(spent()).toBeLessThan(2000);
            const split = await outcome(() => parse(pieces(bytes, [cut]), { source: "x" }));
            // Of two faults either may be met first, but no split hides both.
            if ("table" in whole) expect(split).toEqual(whole);
            else expect(split).toHaveProperty("code");
            if ("code" in whole) expect(whole.code).toMatch(/^data\/[a-z0-9-]+$/);
          }
          expect(Object.keys(Object.prototype)).toEqual([]);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
