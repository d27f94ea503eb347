import { describe, expect, it } from "vitest";
import { findSpacing, missingBetween } from "./spacing.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const start = Date.UTC(2020, 0, 1); // a Wednesday
const every = (step: number, count = 30): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => start + i * step);
const months = (step: number, day = 1): Float64Array =>
  Float64Array.from({ length: 30 }, (_, i) => Date.UTC(2020, i * step, day));

describe("findSpacing", () => {
  it.each([
    ["monthly", 12, months(1)],
    ["monthly", 12, months(1, 15)],
    ["monthly", 12, Float64Array.from({ length: 30 }, (_, i) => Date.UTC(2020, i + 1, 0))],
    ["quarterly", 4, months(3)],
    ["yearly", undefined, months(12)],
    ["weekly", 52, every(7 * DAY)],
    ["daily", 7, every(DAY)],
    ["hourly", 24, every(HOUR)],
    ["every 30 minutes", 48, every(HOUR / 2)],
    ["every 5 seconds", 17_280, every(5000)],
    ["every 10 days", undefined, every(10 * DAY)],
  ])("%s has a season of %s", (name, season, times) => {
    expect(findSpacing(times)).toMatchObject({ name, regular: 1 });
    expect(findSpacing(times)?.season).toBe(season);
  });

  it("knows weeks of five days, in which a weekend is no gap", () => {
    const weekdays = every(DAY, 60).filter((time) => ![0, 6].includes(new Date(time).getUTCDay()));
    const spacing = findSpacing(weekdays);
    expect(spacing).toMatchObject({ season: 5, weekdays: true });
    if (!spacing) return;
    for (let i = 1; i < weekdays.length; i++) expect(missingBetween(spacing, weekdays[i - 1], weekdays[i])).toBe(0);
    expect(missingBetween(spacing, start, start + 7 * DAY)).toBe(4);
  });

  it("counts what is missing in a gap", () => {
    const spacing = findSpacing(months(1));
    if (!spacing) throw new Error("no spacing");
    expect(missingBetween(spacing, Date.UTC(2020, 0), Date.UTC(2020, 1))).toBe(0);
    expect(missingBetween(spacing, Date.UTC(2020, 0), Date.UTC(2021, 0))).toBe(11);
  });

  it("finds none where most steps differ, or there are too few", () => {
    expect(findSpacing(Float64Array.from({ length: 30 }, (_, i) => start + i * i * HOUR))).toBeUndefined();
    expect(findSpacing(every(DAY, 2))).toBeUndefined();
    expect(findSpacing(every(0))).toBeUndefined();
    expect(findSpacing(Float64Array.of(1, Number.NaN, 3))).toBeUndefined();
  });
});
