import { describe, expect, test } from "vitest";
import { median, shortNumber, shortSpread, spread } from "../../bench/numbers.js";

describe("numbers of the benchmark", () => {
  test("the median stands in the middle, or between two", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([10, 1, 4, 2])).toBe(3);
    expect(median([-0.5])).toBe(-0.5);
    expect(() => median([])).toThrow();
  });

  test("the median leaves its argument as it was", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test("a spread has the extremes and how many there were", () => {
    expect(spread([4, 2, 9])).toEqual({ median: 4, low: 2, high: 9, count: 3 });
    expect(spread([])).toBeUndefined();
  });

  test("numbers are shown with three digits that count", () => {
    expect([0.057_36, 0.5, 1.2349, 82.28, 781.4, 5583.2, 0].map(shortNumber)).toEqual([
      "0.0574",
      "0.500",
      "1.23",
      "82.3",
      "781",
      "5583",
      "0.00",
    ]);
    expect(shortNumber(Number.NaN)).toBe("?");
  });

  test("one measurement has no range, none has its own word", () => {
    expect(shortSpread(spread([1.5]))).toBe("1.50");
    expect(shortSpread(spread([1.5, 1.25, 2]))).toBe("1.50 (1.25-2.00)");
    expect(shortSpread(undefined, "-")).toBe("-");
  });
});
