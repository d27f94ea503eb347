import { describe, expect, it } from "vitest";
import { processorClock } from "../../test/processor-clock.ts";
import { parseCsv } from "./csv.ts";
import { refused } from "./refused.twin.ts";

const MIB = 1 << 20;

/** `count` bytes in pieces of 64 KiB, without ever holding them at once. */
function* repeated(text: string, count: number, before = ""): Generator<Uint8Array> {
  const piece = new TextEncoder().encode(text.repeat(Math.ceil(65_536 / text.length)));
  if (before !== "") yield new TextEncoder().encode(before);
  for (let sent = 0; sent < count; sent += piece.length) yield piece;
}

describe("parseCsv, given hostile input", () => {
  it("says so when the quote is opened in the header", async () => {
    const error = await refused(() => parseCsv(repeated("abc,def\n", 30 * MIB, '"a,b\n'), { source: "x.csv" }));
    expect(error.message).toContain("A quote in row 1 of x.csv is not closed");
  });

  it("names the row when a later quote closes it", async () => {
    const pieces = repeated('abc,"def\n"\n', 2 * MIB, 'a,b\n1,2\n"x,1\n');
    expect((await refused(() => parseCsv(pieces, { source: "x.csv" }))).message).toContain(
      'Row 3 of x.csv: text follows the closing quote of column "a"',
    );
  });

  it("refuses a field of 500 MB", async () => {
    for (const before of ["a\n", 'a\n"', "a,b\n1,2\n3,"]) {
      const error = await refused(() => parseCsv(repeated("x", 500e6, before), { source: "x.csv" }));
      expect(error.code).toBe("data/row-too-long");
    }
  });

  it("takes fifty thousand columns", async () => {
    const names = Array.from({ length: 50_000 }, (_, i) => `c${i}`);
    const table = await parseCsv(`${names}\n${names.map((_, i) => i)}\n`);
    expect(table.column("c49999").numbers()[0]).toBe(49_999);
  });

  it("takes a million classes and a million equal rows", async () => {
    let text = "label\n";
    for (let i = 0; i < 1e6; i++) text += `class ${i}\n`;
    expect((await parseCsv(text)).column("label").at(999_999)).toBe("class 999999");
  });

  it("takes blank rows of spaces, many of them, in no more time", async () => {
    const spent = processorClock();
    const table = await parseCsv(repeated(" \n", MIB, "a,b\n1,2\n"));
    expect(table.rows).toBe(1);
    expect(spent()).toBeLessThan(2000);
  });

  it("finds a ragged row among many at once", async () => {
    const spent = processorClock();
    const error = await refused(() => parseCsv(repeated("1\n", MIB, "a,b\n1,2\n"), { source: "x.csv" }));
    expect(error.message).toContain("Row 3 of x.csv has 1 field");
    expect(spent()).toBeLessThan(2000);
  });

  it.each([
    ["zero bytes", new Uint8Array(MIB)],
    ["blank lines", new Uint8Array(MIB).fill(10)],
    ["carriage returns", new Uint8Array(MIB).fill(13)],
    ["quotes", new Uint8Array(MIB).fill(34)],
    ["delimiters", new Uint8Array(MIB).fill(44)],
    ["invalid bytes", new Uint8Array(MIB).fill(255)],
    ["spaces", new Uint8Array(MIB).fill(32)],
    ["rows of spaces", new TextEncoder().encode(" \n".repeat(MIB / 2))],
  ])("refuses a mebibyte of %s within two seconds of work", async (_, bytes) => {
    const spent = processorClock();
    await refused(() => parseCsv(bytes));
    expect(spent()).toBeLessThan(2000);
  });

  it("passes formulas and markup on as the text they are", async () => {
    const table = await parseCsv("name,=1+1\n=cmd|' /C calc'!A0,<script>alert(1)</script>\n");
    expect(table.names).toEqual(["name", "=1+1"]);
    expect(table.columns[0].at(0)).toBe("=cmd|' /C calc'!A0");
    expect(table.columns[1].at(0)).toBe("<script>alert(1)</script>");
  });
});
