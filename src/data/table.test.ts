import { describe, expect, it } from "vitest";
import { parseCsv } from "./csv.ts";
import { refused } from "./refused.twin.ts";
import { tableOf } from "./table-builder.ts";

describe("Table", () => {
  it("names the columns there are when one is asked for that is not", async () => {
    const table = await parseCsv("Month,Passengers\n1949-01,112", { source: "sales.csv" });
    const error = await refused(() => table.column("passengers"));
    expect(error.code).toBe("data/missing-column");
    expect(error.message).toBe(
      'No column "passengers" in sales.csv. Did you mean "Passengers"? Columns are: "Month", "Passengers".',
    );
    expect(table.has("Month")).toBe(true);
    expect(table.has("month")).toBe(false);
  });

  it("has two columns of one name until one is asked for", async () => {
    const table = await parseCsv("a,b,a\n1,2,3", { source: "sales.csv" });
    expect(table.columns.map((column) => column.at(0))).toEqual(["1", "2", "3"]);
    expect(table.column("b").at(0)).toBe("2");
    expect((await refused(() => table.column("a"))).message).toContain("Columns 1 and 3 of sales.csv are both named");
  });

  it("is safe from names that objects have", async () => {
    const table = await parseCsv("__proto__,constructor,toString\n1,2,3", { source: "sales.csv" });
    expect(table.column("__proto__").numbers()[0]).toBe(1);
    expect(table.column("constructor").values).toEqual(["2"]);
    expect(table.has("hasOwnProperty")).toBe(false);
    expect(await refused(() => table.column("valueOf"))).toMatchObject({ code: "data/missing-column" });
    expect(({} as Record<string, unknown>)["1"]).toBeUndefined();
  });

  it("tells numbers, dates and text apart, by nine in ten", async () => {
    const lines = Array.from(
      { length: 20 },
      (_, i) => `${i},2020-01-${10 + i},t${i},,${i === 3 ? "x" : i},${i % 3 ? i : "NA"}`,
    );
    const table = await parseCsv(`n,d,t,empty,mostly,gaps\n${lines.join("\n")}`);
    expect(table.columns.map(({ kind }) => kind)).toEqual(["number", "date", "text", "text", "number", "number"]);
    expect(table.columns.map(({ missing }) => missing)).toEqual([0, 0, 0, 20, 0, 7]);
  });

  it("gives NaN for what is missing only when asked, and never for what is no number", async () => {
    const table = await parseCsv("v,w\n1,1\nn/a,2\n,3\n4,1e999\n5,x", { source: "sales.csv" });
    const error = await refused(() => table.column("v").numbers());
    expect(error.code).toBe("data/not-a-number");
    expect(error.message).toBe(
      'Row 3 of sales.csv: expected a number in column "v", found "n/a". 2 values of the column are missing. Fill in the missing values or remove their rows.',
    );
    expect(Array.from(table.column("v").numbers({ missing: "nan" }))).toEqual([1, Number.NaN, Number.NaN, 4, 5]);
    expect((await refused(() => table.column("w").numbers())).code).toBe("data/not-finite");
  });

  it.each(["1,5", "0x10", "", "abc", "1 2"])("refuses %j as a number, naming row and column", async (field) => {
    const table = await parseCsv(`v;w\n1;2\n${field};3`, { source: "sales.csv", delimiter: ";" });
    const { code, message } = await refused(() => table.column("v").numbers());
    expect(code).toBe("data/not-a-number");
    expect(message).toContain(
      `Row 3 of sales.csv: expected a number in column "v", found ${field === "" ? "nothing" : JSON.stringify(field)}`,
    );
  });

  it("keeps rows and their numbers over many blocks", async () => {
    const count = 150_000;
    let text = "a,b\n";
    for (let row = 0; row < count; row++) text += `${row},${row % 2 ? "x" : "ü"}${row % 50_000 === 0 ? "\n" : ""}\n`;
    const table = await parseCsv(text);
    expect(table.rows).toBe(count);
    const numbers = table.column("a").numbers();
    expect(numbers.every((value, row) => value === row)).toBe(true);
    for (const row of [0, 1, 49_999, 50_001, 99_999, 149_999]) {
      expect(table.column("a").at(row)).toBe(String(row));
      expect(table.column("b").at(row)).toBe(row % 2 ? "x" : "ü");
      expect(table.rowNumber(row)).toBe(row + 2 + Math.ceil(row / 50_000));
    }
    expect(table.column("b").values[count - 1]).toBe("x");
    for (const row of [-1, 0.5, count, Number.NaN]) {
      const { code, message } = await refused(() => table.column("a").at(row));
      expect([code, message]).toEqual([
        "data/row",
        `Expected a row index from 0 to 149999, found ${row}. Indices count from 0, without the names of the columns.`,
      ]);
    }
  });

  it("is made from columns in memory, too", async () => {
    const table = tableOf(
      new Map([
        ["text", ["good", "bad"]],
        ["label", ["1", "0"]],
      ]),
      "memory",
    );
    expect(table.column("label").values).toEqual(["1", "0"]);
    expect(table.where(1)).toBe("Row 2 of memory");
    expect(
      (
        await refused(() =>
          tableOf(
            [
              ["a", ["1"]],
              ["b", []],
            ],
            "memory",
          ),
        )
      ).code,
    ).toBe("data/ragged");
  });

  it("shows names of files and columns without what could mislead a terminal", async () => {
    const table = await parseCsv('"a\u001b[31m\nb"\nx', { source: "x\u001b]0;owned\u0007.csv" });
    const { message } = await refused(() => table.columns[0].numbers());
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(message).not.toMatch(/[\u0000-\u001f]/);
  });
});
