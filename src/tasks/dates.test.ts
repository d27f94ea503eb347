import { expect, test } from "vitest";
import { nextDates } from "./dates.ts";

test("months go on over the end of a year", () => {
  expect(nextDates(["1960-10", "1960-11", "1960-12"], 3)).toEqual(["1961-01", "1961-02", "1961-03"]);
  expect(nextDates(["2020-01", "2020-04", "2020-07"], 2)).toEqual(["2020-10", "2021-01"]);
});

test("days of one month number go on by months, month ends by month ends, others by days", () => {
  expect(nextDates(["2023-11-15", "2023-12-15"], 2)).toEqual(["2024-01-15", "2024-02-15"]);
  expect(nextDates(["2023-12-31", "2024-01-31"], 2)).toEqual(["2024-02-29", "2024-03-31"]);
  expect(nextDates(["2024-02-27", "2024-02-28"], 2)).toEqual(["2024-02-29", "2024-03-01"]);
});

test("hours keep their way of writing", () => {
  expect(nextDates(["2016-07-01 22:00:00", "2016-07-01 23:00:00"], 1)).toEqual(["2016-07-02 00:00:00"]);
  expect(nextDates(["2016-07-01T23:30", "2016-07-01T23:45"], 2)).toEqual(["2016-07-02T00:00", "2016-07-02T00:15"]);
});

test("a missing row does not change the step; years go on", () => {
  expect(nextDates(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-05"], 1)).toEqual(["2024-01-06"]);
  expect(nextDates(["1999", "2000"], 2)).toEqual(["2001", "2002"]);
});

test("dates without a step give none", () => {
  expect(nextDates(["2024-01"], 1)).toBeUndefined();
  expect(nextDates(["March", "April"], 1)).toBeUndefined();
  expect(nextDates(["2024-01-02", "2024-01-01"], 1)).toBeUndefined();
  expect(nextDates(["2024-13-01", "2024-14-01"], 1)).toBeUndefined();
});
