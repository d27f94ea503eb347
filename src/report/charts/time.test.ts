import { describe, expect, it } from "vitest";
import { parseDate, timeAxis } from "./time.ts";

describe("parseDate", () => {
  it.each([
    ["1949-01", Date.UTC(1949, 0, 1)],
    ["2024-05-17", Date.UTC(2024, 4, 17)],
    [" 2024-05-17 10:30 ", Date.UTC(2024, 4, 17, 10, 30)],
    ["2024-05-17T10:30:59.5Z", Date.UTC(2024, 4, 17, 10, 30, 59)],
  ])("reads %s", (text, time) => expect(parseDate(text)).toBe(time));

  it.each(["5/17/2024", "2024-13", "2024-00", "2024-05-32", "2024-05-17 25:00", "Q1", "", "2024"])(
    "leaves %s to others",
    (text) => expect(parseDate(text)).toBeUndefined(),
  );
});

describe("timeAxis", () => {
  it("uses real time where all dates are understood and in order", () => {
    const axis = timeAxis(["1949-01", "1949-02", "1949-03"], 1, 3);
    expect(axis.scale.type).toBe("utc");
    expect(axis.at(2)).toEqual(new Date(Date.UTC(1949, 2, 1)));
  });

  it.each([
    [["b", "a", "c"]],
    [["1949-02", "1949-01", "1949-03"]],
    [["1949-01", "1949-01", "1949-02"]],
    [["1949-01", "1949-02"]],
    [undefined],
  ])("uses rows for %j", (dates) => {
    const axis = timeAxis(dates, 0, 3);
    expect(axis.scale).toMatchObject({ type: "linear", domain: [0, 2] });
    expect(axis.name(2)).toBe(dates?.[2] ?? "3");
  });
});
