import { describe, expect, it } from "vitest";
import { processorClock } from "../../test/processor-clock.ts";
import { isMissing, numberAdvice, readNumber } from "./columns.ts";

describe("readNumber", () => {
  it.each([
    ["12", 12],
    ["-0.5", -0.5],
    [".5", 0.5],
    ["5.", 5],
    ["+1e-3", 0.001],
    ["1E5", 1e5],
    [" 7 ", 7],
    ["007", 7],
    ["1e999", Number.POSITIVE_INFINITY],
    ["4.9e-324", 5e-324],
  ])("reads %j", (field, value) => {
    expect(readNumber(field)).toBe(value);
  });

  it("keeps the sign of zero", () => {
    expect(readNumber("-0")).toBe(-0);
  });

  it.each([
    "",
    " ",
    "0x10",
    "0b1",
    "1,5",
    "1_000",
    "1 000",
    "Infinity",
    "-inf",
    "NaN",
    "1e",
    "e5",
    ".",
    "--1",
    "1-",
    "٣",
    "5%",
  ])("does not take %j for a number", (field) => {
    expect(readNumber(field)).toBeUndefined();
  });

  it("takes time in proportion to the length", () => {
    const spent = processorClock();
    expect(readNumber(`${"1".repeat(1e6)}x`)).toBeUndefined();
    expect(readNumber(`${" ".repeat(1e6)}x`)).toBeUndefined();
    expect(readNumber(`1${"0".repeat(1e6)}e5e`)).toBeUndefined();
    expect(spent()).toBeLessThan(2000);
  });
});

describe("isMissing", () => {
  it("knows what people write", () => {
    for (const field of ["", "  ", "NA", "n/a", "NaN", "null", "None", "-", "?", "#N/A"])
      expect(isMissing(field)).toBe(true);
    for (const field of ["0", "no", "nano", "x".repeat(1e6)]) expect(isMissing(field)).toBe(false);
  });
});

describe("numberAdvice", () => {
  it("tells what the field looks like", () => {
    expect(numberAdvice("1,5")).toContain("point");
    expect(numberAdvice("1.503,79")).toContain("no mark for thousands: 1503.79");
    expect(numberAdvice("1,234,567.5")).toContain("thousands");
    expect(numberAdvice("n/a")).toContain("Fill in");
    expect(numberAdvice("0x10")).toContain("decimal");
    expect(numberAdvice("12 €")).toContain("unit");
    expect(numberAdvice("-inf")).toContain("finite");
  });
});
