import { describe, expect, it } from "vitest";
import { baseName, nameList, sourceName } from "./source-name.ts";

describe("sourceName", () => {
  it("leaves plain names as they are and quotes the rest", () => {
    for (const name of ["sales.csv", "../a b/ü (1).csv", "C:\\x\\y.csv", "https://example.com/a%20b.csv"]) {
      expect(sourceName(name)).toBe(name);
    }
    expect(sourceName("a\nb.csv")).toBe('"a\\nb.csv"');
    expect(sourceName("--help")).toBe('"--help"');
    expect(sourceName("a\u202eb")).toBe('"a\\u202eb"');
    expect(sourceName(`x${"y".repeat(1000)}z`).length).toBeLessThan(130);
  });
});

describe("baseName", () => {
  it.each([
    ["data/sales.csv.gz", "sales"],
    ["C:\\data\\sales.csv", "sales"],
    ["https://example.com/x/sales.jsonl", "sales"],
    ["aclImdb/", "aclImdb"],
    [".csv", ".csv"],
    ["v1.2.csv", "v1.2"],
  ])("of %s is %s", (source, name) => {
    expect(baseName(source)).toBe(name);
  });
});

describe("nameList", () => {
  it("cuts long lists", () => {
    expect(nameList(["a", "b"])).toBe('"a", "b"');
    expect(
      nameList(
        Array.from({ length: 15 }, (_, i) => `c${i}`),
        2,
      ),
    ).toBe('"c0", "c1" and 13 more');
  });
});
