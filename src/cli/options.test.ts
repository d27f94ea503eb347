import { expect, test } from "vitest";
import { between, oneOf, whole } from "./options.ts";

test("whole numbers are digits alone, between their bounds", () => {
  const units = whole("--units", 1, 100);
  expect(units("7")).toBe(7);
  expect(units("100")).toBe(100);
  for (const text of ["0", "-1", "101", "1.5", "1e2", "0x10", "", " 7", "seven", "NaN", "Infinity", "9".repeat(30)]) {
    expect(() => units(text)).toThrow(/^Expected --units to be a whole number from 1 to 100, found "/);
  }
});

test("shares lie strictly between their bounds", () => {
  const share = between("--test-size", 0, 1);
  expect([share("0.2"), share(".5"), share("1e-3")]).toEqual([0.2, 0.5, 0.001]);
  for (const text of ["0", "1", "-0.2", "2", "0,2", "half", "0x1"]) expect(() => share(text)).toThrow(/--test-size/);
});

test("a choice is one of the names, not of anything's properties", () => {
  const truncate = oneOf("--truncate", ["pre", "post"]);
  expect(truncate("post")).toBe("post");
  expect(() => truncate("constructor")).toThrow(/one of pre, post, found "constructor"/);
});
