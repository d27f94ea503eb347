import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GruvyError } from "./error.ts";
import { finiteNumber, product, wholeNumber } from "./sizes.ts";

const noWholeNumbers = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "3", null, undefined, 3n, [3]];

describe("product", () => {
  test("is exact or refused", () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat(), { maxLength: 4 }), (sizes) => {
        let exact = 1n;
        let largest = 1n; // a zero behind an overflow comes too late
        for (const size of sizes) {
          exact *= BigInt(size);
          if (exact > largest) largest = exact;
        }
        if (largest <= BigInt(Number.MAX_SAFE_INTEGER)) expect(BigInt(product(sizes))).toBe(exact);
        else expect(() => product(sizes)).toThrow(GruvyError);
      }),
    );
  });

  test("of nothing is 1", () => {
    expect(product([])).toBe(1);
    expect(product([3, 0, 5])).toBe(0);
  });

  test.each(noWholeNumbers)("refuses %o", (size) => {
    const found = expect(() => product([2, size as number], "the kernel", "model/size"));
    found.toThrow(expect.objectContaining({ code: "model/size" }));
    found.toThrow("in the kernel");
  });
});

describe("wholeNumber", () => {
  test("returns what lies between the bounds, the bounds too", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b, value) => {
        const bounds = { min: Math.min(a, b), max: Math.max(a, b) };
        expect(wholeNumber(bounds.min, "units", bounds)).toBe(bounds.min);
        expect(wholeNumber(bounds.max, "units", bounds)).toBe(bounds.max);
        if (value >= bounds.min && value <= bounds.max) expect(wholeNumber(value, "units", bounds)).toBe(value);
        else expect(() => wholeNumber(value, "units", bounds)).toThrow(GruvyError);
      }),
    );
  });

  test.each([...noWholeNumbers, 0])("refuses %o", (value) => {
    expect(() => wholeNumber(value, "units")).toThrow(expect.objectContaining({ code: "usage/option" }));
    expect(() => wholeNumber(value, "units")).toThrow("Expected units to be a whole number of at least 1, found");
  });

  test("names the bounds", () => {
    expect(() => wholeNumber(9, "axis", { min: 0, max: 3, code: "data/axis" })).toThrow(
      "Expected axis to be a whole number from 0 to 3, found 9",
    );
  });
});

describe("finiteNumber", () => {
  test("returns what is finite", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(finiteNumber(value, "rate")).toBe(value);
      }),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1", null, undefined, 1n])(
    "refuses %o",
    (value) => {
      expect(() => finiteNumber(value, "rate")).toThrow("Expected rate to be a number, finite; found");
      expect(() => finiteNumber(value, "rate", { min: 0 })).toThrow("at least 0; found");
      expect(() => finiteNumber(value, "rate", { min: 0, max: 1 })).toThrow("from 0 to 1; found");
    },
  );

  test("keeps the bounds", () => {
    expect(finiteNumber(0, "rate", { min: 0, max: 1 })).toBe(0);
    expect(finiteNumber(1, "rate", { min: 0, max: 1 })).toBe(1);
    expect(() => finiteNumber(-1e-300, "rate", { min: 0 })).toThrow(expect.objectContaining({ code: "usage/option" }));
    expect(() => finiteNumber(1.0000001, "rate", { min: 0, max: 1 })).toThrow(GruvyError);
  });
});
