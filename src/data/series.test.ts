import { describe, expect, it } from "vitest";
import { parseCsv } from "./csv.ts";
import { refused } from "./refused.twin.ts";
import { seriesFromTable } from "./series.ts";
import type { Table } from "./table.ts";

const parse = (text: string): Promise<Table> => parseCsv(text, { source: "data/sales.csv" });

/** A table of a date for each row and its number. */
const dated = (dates: readonly string[]): Promise<Table> =>
  parse(`date,sold\n${dates.map((date, row) => `${date},${row}`).join("\n")}`);

describe("seriesFromTable", () => {
  it("takes the only column of numbers, its dates, and the season of their spacing", async () => {
    const table = await parse("Month,Passengers\n1949-01,112\n1949-02,118\n1949-03,132\n1949-04,129");
    expect(seriesFromTable(table)).toEqual({
      kind: "series",
      name: "sales",
      source: "data/sales.csv",
      names: ["Passengers"],
      target: "Passengers",
      values: Float64Array.of(112, 118, 132, 129),
      dates: ["1949-01", "1949-02", "1949-03", "1949-04"],
      season: 12,
      table,
    });
  });

  it("does without dates", async () => {
    const series = seriesFromTable(await parse("v\n1\n-0\n1e3"));
    expect(Array.from(series.values)).toEqual([1, -0, 1000]);
    expect(series).not.toHaveProperty("dates");
    expect(series).not.toHaveProperty("season");
  });

  it("names the columns of numbers when there are several", async () => {
    const table = await parse("date,HUFL,OT\n2016-07-01 00:00,5,30\n2016-07-01 01:00,6,27\n2016-07-01 02:00,6,27");
    const error = await refused(() => seriesFromTable(table));
    expect(error.code).toBe("data/which-column");
    expect(error.message).toBe(
      'data/sales.csv has 2 columns of numbers: "HUFL", "OT". Name the one to forecast, for instance target: "OT" (--target OT).',
    );
    expect(seriesFromTable(table, { target: "OT" })).toMatchObject({ target: "OT", names: ["HUFL", "OT"], season: 24 });
  });

  it("says what there is when there are none", async () => {
    const error = await refused(async () => seriesFromTable(await parse("text,day\ngood film,2020-01-01")));
    expect(error.code).toBe("data/no-numeric-column");
    expect(error.message).toContain('found "text" (text), "day" (date)');
  });

  it("passes over row numbers in a first column without a name", async () => {
    expect(seriesFromTable(await parse(",v\n0,5\n1,6\n2,9")).target).toBe("v");
    expect((await refused(async () => seriesFromTable(await parse(",v\n0,5\n5,6\n2,9")))).code).toBe(
      "data/which-column",
    );
  });

  it("takes whole numbers for dates in a column called so", async () => {
    const series = seriesFromTable(await parse("year,v\n1990,5\n1991,6\n1992,9"));
    expect(series).toMatchObject({ target: "v", dates: ["1990", "1991", "1992"] });
    expect((await refused(async () => seriesFromTable(await parse("x,v\n1990,5\n1991,6\n1992,9")))).code).toBe(
      "data/which-column",
    );
  });

  it("proposes no name that two columns have", async () => {
    const said = async (header: string) =>
      (await refused(async () => seriesFromTable(await parse(`${header}\n1,2,9\n7,2,8`)))).message;
    expect(await said("u,v,v")).toMatch(/for instance target: "u" \(--target u\)\.$/);
    expect(await said("v,v,v")).toMatch(/Rename them/);
  });

  it("says of numbers with decimal commas how to write them", async () => {
    const comma = await refused(async () => seriesFromTable(await parse("d;v\n2020-01;1,5\n2020-02;-2,25\n2020-03;3")));
    expect(comma.code).toBe("data/no-numeric-column");
    expect(comma.message).toMatch(/Column "v" holds "1,5"\. Write decimals with a point: 1\.5, not 1,5\./);
    const words = await refused(async () => seriesFromTable(await parse("d;v\n2020-01;1,5 kg\n2020-02;2,5 kg")));
    expect(words.message).toMatch(/For texts with labels/);
  });

  it("takes a season and a date column that are given", async () => {
    const table = await parse("a,b,v\n2020-01-01,2020-01,1\n2020-01-02,2020-02,2\n2020-01-03,2020-03,3");
    expect(seriesFromTable(table)).toMatchObject({ season: 7 });
    expect(seriesFromTable(table, { date: "b" })).toMatchObject({
      season: 12,
      dates: ["2020-01", "2020-02", "2020-03"],
    });
    expect(seriesFromTable(table, { season: 9 })).toMatchObject({ season: 9 });
    expect((await refused(() => seriesFromTable(table, { date: "v" }))).code).toBe("data/not-a-date");
  });

  it.each([
    ["v\n1\n\n2\nx", "data/not-a-number", 'Row 5 of data/sales.csv: expected a number in column "v", found "x"'],
    ["v,w\n1,a\n,b", "data/not-a-number", 'Row 3 of data/sales.csv: expected a number in column "v", found nothing'],
    ["v\n1\n1e999", "data/not-finite", 'Row 3 of data/sales.csv: "1e999" in column "v" is too large'],
    ["v\n1\nInfinity", "data/not-a-number", 'found "Infinity"'],
    ["v\n1\nNaN", "data/not-a-number", 'found "NaN"'],
    ["v;w\n1;a\n1,5;b", "data/not-a-number", "Write decimals with a point"],
  ])("refuses what is no number in %j", async (text, code, message) => {
    const error = await refused(async () => seriesFromTable(await parse(text), { target: "v" }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("turns a file round that starts with its newest row", async () => {
    const series = seriesFromTable(await dated(["2020-03", "2020-02", "2020-01"]));
    expect(Array.from(series.values)).toEqual([2, 1, 0]);
    expect(series.dates).toEqual(["2020-01", "2020-02", "2020-03"]);
    expect(series).toMatchObject({ turned: true, season: 12 });
  });

  it("refuses dates that go back, unless a clock was set back", async () => {
    const error = await refused(async () => seriesFromTable(await dated(["2020-01", "2020-03", "2020-02", "2020-04"])));
    expect(error.code).toBe("data/date-order");
    expect(error.message).toContain(
      'Row 4 of data/sales.csv: "2020-02" in column "date" comes before the row above it ("2020-03")',
    );
    const hours = ["00:00", "01:00", "02:00", "01:00", "02:00", "03:00"].map((hour) => `2020-10-25 ${hour}`);
    expect(seriesFromTable(await dated(hours)).values).toHaveLength(6);
  });

  it("refuses several rows for each date", async () => {
    const error = await refused(async () => seriesFromTable(await dated(["2020-01", "2020-01", "2020-02", "2020-02"])));
    expect(error.code).toBe("data/date-repeated");
    expect(error.message).toContain("Row 3 of data/sales.csv");
  });

  it("refuses what is no date among dates", async () => {
    const days = Array.from({ length: 19 }, (_, i) => `2020-01-${i + 10}`);
    const error = await refused(async () => seriesFromTable(await dated([...days, "total"])));
    expect(error.code).toBe("data/not-a-date");
    expect(error.message).toContain('Row 21 of data/sales.csv: expected a date in column "date", found "total"');
  });
});
