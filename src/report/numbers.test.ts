import { describe, expect, it } from "vitest";
import { ascii, columnFormat, count, fixed, percent, plain, seconds, signed, visible } from "./numbers.ts";

describe("numbers", () => {
  it("groups thousands and uses a real minus sign", () => {
    expect(fixed(1234567.891, 1)).toBe("1,234,567.9");
    expect(fixed(-1234.5, 2)).toBe("−1,234.50");
    expect(fixed(-0.001, 1)).toBe("0.0");
    expect(fixed(123.4567, 4)).toBe("123.4567");
    expect([Number.NaN, 1 / 0, -1 / 0].map((v) => fixed(v, 1))).toEqual(["NaN", "∞", "−∞"]);
  });

  it("gives a column one number of decimals, by its smallest and its largest value", () => {
    expect([15.32, 51.2].map(columnFormat([15.32, 51.2, undefined, Number.NaN]))).toEqual(["15.3", "51.2"]);
    expect([1234.5, 0.5].map(columnFormat([1234.5, 0.5]))).toEqual(["1,234.5", "0.5"]);
    expect([0.1667, 0.0421].map(columnFormat([0.1667, 0.0421]))).toEqual(["0.1667", "0.0421"]);
    expect([2.2e-7, 0].map(columnFormat([2.2e-7, 6.6e-7]))).toEqual(["2.2e−7", "0"]);
    expect(columnFormat([3e12])(3e12)).toBe("3.0e12");
    expect(columnFormat([])(0)).toBe("0");
    expect([1.1e-5, 0, -2e-6, 0.2].map(visible(columnFormat([1.1e-5, 1.2])))).toEqual([
      "1.1e−5",
      "0.0000",
      "−2.0e−6",
      "0.2000",
    ]);
  });

  it("writes counts, shares, seconds and signs", () => {
    expect(count(10451)).toBe("10,451");
    expect(percent(0.8786)).toBe("87.9\u202f%");
    expect([0.004, 4.21, 128.44].map(seconds)).toEqual(["<0.1", "4.2", "128.4"]);
    expect(plain(17.934)).toBe("17.9");
    const format = (v: number) => fixed(v, 1);
    expect([2.5, -2.5, 0, 0.01].map((v) => signed(v, format))).toEqual(["+2.5", "−2.5", "0.0", "0.0"]);
    expect(ascii("−1.5 87.9\u202f%")).toBe("-1.5 87.9 %");
  });
});
