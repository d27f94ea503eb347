import { describe, expect, it } from "vitest";
import { csvPieces, parseCsv } from "./csv.ts";
import { refused } from "./refused.twin.ts";
import type { Table } from "./table.ts";

const parse = (text: string, options = {}): Promise<Table> => parseCsv(text, { source: "sales.csv", ...options });
const rows = (table: Table): string[][] =>
  Array.from({ length: table.rows }, (_, row) => table.columns.map((column) => column.at(row)));

describe("parseCsv", () => {
  it("reads names and rows", async () => {
    const table = await parse('"Month","Passengers"\n"1949-01",112\n"1949-02",118\n');
    expect(table.names).toEqual(["Month", "Passengers"]);
    expect(rows(table)).toEqual([
      ["1949-01", "112"],
      ["1949-02", "118"],
    ]);
    expect(table.source).toBe("sales.csv");
  });

  it("keeps delimiters, quotes and line ends within quotes", async () => {
    const table = await parse('text,label\r\n"a, ""b""\r\nc\n",1\r\n"",0\r\n');
    expect(rows(table)).toEqual([
      ['a, "b"\r\nc\n', "1"],
      ["", "0"],
    ]);
  });

  it.each([["\n"], ["\r\n"], ["\r"]])("takes %j for a line end", async (end) => {
    const table = await parse(["a,b", "1,2", "3,4"].join(end));
    expect(rows(table)).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    expect((await refused(() => parse(["a,b", "1,2", "3"].join(end)))).message).toContain(
      "Row 3 of sales.csv has 1 field",
    );
    expect(table.where(1)).toBe("Row 3 of sales.csv");
  });

  it("takes line ends that are mixed", async () => {
    expect(rows(await parse("a\nx\ry\r\nz"))).toEqual([["x"], ["y"], ["z"]]);
  });

  it.each([
    ["comma", "a,b\n1,2", ["a", "b"]],
    ["semicolon, with decimal commas", "date;value\n2020-01;1,5\n2020-02;2,5", ["date", "value"]],
    ["tab, with commas in texts", "text\tlabel\none, two\t1\nthree\t0", ["text", "label"]],
    ["semicolon, with commas in the header", "a, in m;b\n1;2\n3;4", ["a, in m", "b"]],
    ["none", "text\nno delimiter", ["text"]],
    ["none but in the header", "length; m\n1\n2", ["length; m"]],
    ["comma within quotes only", '"a,b";c\n1;2', ["a,b", "c"]],
  ])("finds the delimiter: %s", async (_, text, names) => {
    expect((await parse(text)).names).toEqual(names);
  });

  it("takes a delimiter that is given", async () => {
    expect((await parse("a;b,c\n1;2,3", { delimiter: "," })).names).toEqual(["a;b", "c"]);
    expect((await refused(() => parse("a\n1", { delimiter: "||" }))).code).toBe("usage/option");
  });

  it("skips blank lines, counts them, and still counts rows as the file does", async () => {
    const table = await parse("\n\na,b\n1,2\n\n  \n3,x\n\n");
    expect(rows(table)).toEqual([
      ["1", "2"],
      ["3", "x"],
    ]);
    expect(table.blankLines).toBe(2);
    expect([table.where(0), table.where(1)]).toEqual(["Row 4 of sales.csv", "Row 7 of sales.csv"]);
    const error = await refused(() => table.column("b").numbers());
    expect(error.message).toMatch(/^Row 7 of sales\.csv: expected a number in column "b", found "x"\./);
  });

  it("keeps a quoted empty field of a single column", async () => {
    expect(rows(await parse('a\n1\n""\n\n2'))).toEqual([["1"], [""], ["2"]]);
  });

  it("calls columns without a name by their place, and trims names", async () => {
    expect((await parse(", value ,\n0,5,x")).names).toEqual(["column 1", "value", "column 3"]);
  });

  it("says which row has how many fields too many or too few", async () => {
    const long = await refused(() => parse("a,b\n1,2\n3,4,5\n"));
    expect(long.code).toBe("data/ragged");
    expect(long.message).toContain("Row 3 of sales.csv has 3 fields, the header has 2");
    expect((await refused(() => parse("a,b\n1,2\n3\n"))).message).toContain("Row 3 of sales.csv has 1 field,");
  });

  it.each([
    ["", "nothing"],
    ["\n\r\n\n", "nothing"],
    ["\ufeff", "nothing"],
    ["a,b", "a header and no rows"],
    ["a,b\n\n\n", "a header and no rows"],
  ])("refuses %j as empty", async (text, found) => {
    const error = await refused(() => parse(text));
    expect(error.code).toBe("data/empty");
    expect(error.message).toContain(`Expected a table in sales.csv, found ${found}`);
  });

  it("refuses a first row of values, but not one of column numbers", async () => {
    expect((await refused(() => parse("112\n118\n"))).code).toBe("data/no-header");
    expect((await refused(() => parse("1.5,2\n3,4"))).message).toContain('found the number "1.5"');
    expect((await parse("0,1,2\n5,6,7")).names).toEqual(["0", "1", "2"]);
    expect((await parse("1990,1991\n5,6")).names).toEqual(["1990", "1991"]);
    expect((await parse("0\n5")).names).toEqual(["0"]);
    expect((await refused(() => parse(",,\n1,2,3"))).message).toContain("found none");
  });

  it.each([
    ['a,b\n1,2\n3,5" pipe\n', 'Row 3 of sales.csv: a quote stands within column "b"'],
    ['a,b\n1,2\n"x"y,5\n', 'Row 3 of sales.csv: text follows the closing quote of column "a"'],
    ['a,b\n1,2\n\n3,"x\n4,5\n', 'Row 4 of sales.csv: the quote that opens column "b" is never closed'],
    ['a,"b\n1,2\n', "Row 1 of sales.csv: the quote that opens field 2 is never closed"],
  ])("says where a quote is misplaced in %j", async (text, message) => {
    const error = await refused(() => parse(text));
    expect(error.code).toBe("data/quote");
    expect(error.message).toContain(message);
  });

  it("reads pieces that come with pauses", async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const text of ["a,", "b\n1", ",2\n", ""]) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        yield new TextEncoder().encode(text);
      }
    }
    expect(rows(await parseCsv(pieces()))).toEqual([["1", "2"]]);
  });

  it("refuses more bytes than it may take", async () => {
    expect((await refused(() => parse("a\n12\n", { maxBytes: 4 }))).code).toBe("data/too-large");
    expect((await parse("a\n12\n", { maxBytes: 5 })).rows).toBe(1);
  });
});

describe("csvPieces", () => {
  it("gives the rows that parseCsv gives, in tables of some thousand", async () => {
    const text = `a,b\n${Array.from({ length: 20_000 }, (_, i) => `${i},"x\n${i}"`).join("\n\n")}\n`;
    const bytes = new TextEncoder().encode(text);
    function* split(): Generator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    }
    const whole = await parseCsv(text);
    const tables = [];
    for await (const table of csvPieces(split())) tables.push(table);
    expect(tables.length).toBeGreaterThan(2);
    for (const name of ["a", "b"]) {
      expect(tables.flatMap((table) => table.column(name).values)).toEqual(whole.column(name).values);
    }
  });

  it("names the row of the file where a later piece is ragged", async () => {
    const pieces = csvPieces(`a,b\n${"1,2\n".repeat(50_000)}3\n`, { source: "x.csv" });
    const error = await refused(async () => {
      for await (const _ of pieces);
    });
    expect(error.message).toContain("Row 50002 of x.csv has 1 field");
  });

  it("ends where there are no rows", async () => {
    for (const text of ["", "a,b\n"]) {
      expect((await refused(async () => void (await csvPieces(text).next()))).code).toBe("data/empty");
    }
  });
});
