import { describe, expect, it } from "vitest";
import { isDate, readDate, readDates, readNumericDates } from "./dates.ts";

const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();

describe("readDate", () => {
  it.each([
    ["1949-01", "1949-01-01T00:00:00.000Z"],
    ["1949-1-31", "1949-01-31T00:00:00.000Z"],
    ["2020/02/29 13:05", "2020-02-29T13:05:00.000Z"],
    ["2020-02-29T13:05:06.25Z", "2020-02-29T13:05:06.250Z"],
    ["2020-02-29 13:05:06+02:00", "2020-02-29T11:05:06.000Z"],
    ["2020-02-29 24:00", "2020-03-01T00:00:00.000Z"],
    ["2020-02-29 05", "2020-02-29T05:00:00.000Z"],
    ["31.1.1949", "1949-01-31T00:00:00.000Z"],
    ["1/31/1949 1:00 PM", "1949-01-31T13:00:00.000Z"],
    ["1/31/49", "2049-01-31T00:00:00.000Z"],
    ["1/31/70 12:00 am", "1970-01-31T00:00:00.000Z"],
    ["1949-Q2", "1949-04-01T00:00:00.000Z"],
    ["Q4 1949", "1949-10-01T00:00:00.000Z"],
    ["2021-W01", "2021-01-04T00:00:00.000Z"],
    ["2020W53", "2020-12-28T00:00:00.000Z"],
    ["Jan 1949", "1949-01-01T00:00:00.000Z"],
    ["31-Dec-1949", "1949-12-31T00:00:00.000Z"],
    ["February 3, 2021", "2021-02-03T00:00:00.000Z"],
  ])("reads %j", (field, expected) => {
    expect(iso(readDate(field, "monthFirst"))).toBe(expected);
  });

  it.each([
    "",
    "1949",
    "2021-13",
    "2021-02-29",
    "2020-01-32",
    "2020-01/02",
    "2020-01-01 25:00",
    "13/13/2020",
    "Mai 1949",
    "12:30",
    "1.5",
    "2021-W54",
    "3-4",
    "x".repeat(1e6),
  ])("does not take %j for a date", (field) => {
    expect(isDate(field)).toBe(false);
  });
});

describe("readDates", () => {
  const days = (fields: string[]): (string | undefined)[] =>
    Array.from(readDates(fields), (time) => iso(time)?.slice(0, 10));

  it("tells day and month apart by values past 12", () => {
    expect(days(["1/2/2020", "13/2/2020"])).toEqual(["2020-02-01", "2020-02-13"]);
    expect(days(["1/2/2020", "2/13/2020"])).toEqual(["2020-01-02", "2020-02-13"]);
  });

  it("or by the order in which they ascend", () => {
    expect(days(["1/2/2020", "2/2/2020", "3/2/2020", "1/3/2020"])).toEqual([
      "2020-02-01",
      "2020-02-02",
      "2020-02-03",
      "2020-03-01",
    ]);
    expect(days(["1/2/2020", "2/2/2020", "3/1/2020"])[2]).toBe("2020-03-01");
  });

  it("gives NaN where there is none", () => {
    expect(readDates(["2020-01", "total"])[1]).toBeNaN();
  });
});

describe("readNumericDates", () => {
  it.each([
    [[1949, 1950], "1949-01-01"],
    [[20_200_131, 20_200_201], "2020-01-31"],
    [[1_577_836_800, 1_577_840_400], "2020-01-01"],
    [[1_577_836_800_000, 1_577_840_400_000], "2020-01-01"],
  ])("reads %j", (numbers, first) => {
    expect(iso(readNumericDates(Float64Array.from(numbers))?.[0])?.slice(0, 10)).toBe(first);
  });

  it("refuses others", () => {
    for (const numbers of [[1, 2], [1949.5], [20_201_399], []]) {
      expect(readNumericDates(Float64Array.from(numbers))).toBeUndefined();
    }
  });
});
