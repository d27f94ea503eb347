import { describe, expect, it } from "vitest";
import { Tensor } from "../base/index.ts";
import { airlinePassengers } from "../data/index.ts";
import { seriesSplit } from "./split.ts";
import { rowSplitFindings, seriesSplitFindings } from "./split-findings.ts";

describe("seriesSplitFindings", () => {
  it("finds nothing in a split in time, but says when targets are few", () => {
    expect(seriesSplitFindings(seriesSplit(400, { window: 12, horizon: 3 }), { window: 12, horizon: 3 })).toEqual([]);
    const { values } = airlinePassengers();
    const findings = seriesSplitFindings(seriesSplit(144, { window: 12 }), { window: 12, values });
    expect(findings.map(({ severity }) => severity)).toEqual(["note"]);
    expect(findings[0].what).toContain("only 27 targets");
  });

  it("finds training windows that hold a test target", () => {
    const rows = (first: number, count: number) => Uint32Array.from({ length: count }, (_, i) => first + i);
    // The test part lies in the middle: the three windows after it hold its last targets.
    const split = {
      train: { rows: Uint32Array.of(...rows(3, 7), ...rows(50, 50)) },
      validation: { rows: rows(100, 20) },
      test: { rows: rows(10, 40) },
    };
    const [finding, ...others] = seriesSplitFindings(split, { window: 3 });
    expect(others).toEqual([]);
    expect(finding.severity).toBe("error");
    expect(finding.what).toContain("3 of 57 windows of the training part");
    expect(finding.where).toBe("the first is that of value 51");
    // Two ahead, the window ends a row earlier: one more target reaches back into the test part.
    expect(seriesSplitFindings(split, { window: 3, horizon: 2 })[0].what).toContain("4 of 57");
    const shuffled = { train: { rows: rows(3, 60) }, validation: { rows: rows(63, 5) }, test: { rows: rows(40, 40) } };
    expect(seriesSplitFindings(shuffled, { window: 3 }).map(({ severity }) => severity)).toEqual(["error", "error"]);
  });

  it("warns of levels that the training part never showed, where models see levels", () => {
    const values = Float64Array.from({ length: 400 }, (_, i) => i + 10 * Math.sin(i));
    const split = seriesSplit(400, { window: 5 });
    const [finding, ...others] = seriesSplitFindings(split, { window: 5, values, levels: true });
    expect(others).toEqual([]);
    expect(finding.severity).toBe("warning");
    expect(finding.what).toMatch(
      /^1\d\d of 1\d\d targets of the validation and test parts lie outside the range .*, -?[\d.]+ to [\d.]+,/,
    );
    expect(finding.advice).toContain("--transform difference");
    expect(finding.where).toMatch(/^Value \d+, \d+\.\d, is the first$/);
    const where = (row: number) => `Row ${row + 2} of sales.csv`;
    expect(seriesSplitFindings(split, { window: 5, values, levels: true, where })[0].where).toMatch(
      /^Row \d+ of sales\.csv, /,
    );
    expect(seriesSplitFindings(split, { window: 5, values })).toEqual([]);
    const level = values.map((value, i) => value - i);
    expect(seriesSplitFindings(split, { window: 5, values: level, levels: true })).toEqual([]);
  });

  it("finds test windows that stand in the training part value by value, but not constant ones", () => {
    const values = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i * i));
    values.set(values.subarray(20, 40), 170);
    const split = seriesSplit(200, { window: 5 });
    const [finding] = seriesSplitFindings(split, { window: 5, values });
    expect(finding.severity).toBe("warning");
    expect(finding.what).toMatch(/^15 of 39 test windows/);
    expect(finding.where).toBe("the 6 values from value 171 on equal those from value 21 on");
    expect(seriesSplitFindings(split, { window: 5, values: values.fill(1) })).toEqual([]);
  });
});

describe("rowSplitFindings", () => {
  const many = (word: string) => Array.from({ length: 40 }, (_, i) => `${word} ${i}`);

  it("finds texts of both parts, and labels that contradict", () => {
    const train = { x: [...many("a"), "A fine  Film"], labels: [...new Array(40).fill(0), 1] };
    const test = { x: [...many("b"), "a fine film ", "a 3"], labels: [...new Array(40).fill(1), 0, 0] };
    const [finding, ...others] = rowSplitFindings(train, test);
    expect(others).toEqual([]);
    expect(finding.what).toBe("2 of 42 test rows stand in the training part, 1 of them with another label");
    expect(finding.where).toBe("row 41 of the test part equals row 41 of the training part");
    const named = (part: string) => ({ where: (row: number) => `Row ${row + 2} of ${part}.csv` });
    expect(rowSplitFindings({ ...train, ...named("a") }, { ...test, ...named("b") })[0].where).toBe(
      "Row 42 of b.csv (test) equals Row 42 of a.csv (training)",
    );
    expect(rowSplitFindings({ x: many("a") }, { x: many("b") })).toEqual([]);
  });

  it("finds equal sequences", () => {
    const train = new Tensor(
      [40, 2],
      Int32Array.from({ length: 80 }, (_, i) => i),
    );
    const test = new Tensor(
      [30, 2],
      Int32Array.from({ length: 60 }, (_, i) => i + 70),
    );
    expect(rowSplitFindings({ x: train }, { x: test })[0].what).toBe("5 of 30 test rows stand in the training part");
  });

  it("finds classes that one part never shows, by name", () => {
    const train = { x: many("a"), labels: Array.from({ length: 40 }, (_, i) => i % 2) };
    const test = { x: many("b"), labels: Array.from({ length: 40 }, (_, i) => 1 + (i % 2)) };
    const [unseen, untested] = rowSplitFindings(train, test, { classes: ["cat", "dog", "owl"] });
    expect([unseen.severity, untested.severity]).toEqual(["error", "warning"]);
    expect(unseen.what).toContain('"owl"');
    expect(untested.what).toContain('"cat"');
  });

  it("says when rows are few, and refuses none", () => {
    expect(rowSplitFindings({ x: ["a"] }, { x: ["b"] })[0].what).toContain("only 1 row;");
    expect(() => rowSplitFindings({ x: ["a"] }, { x: [] })).toThrow(expect.objectContaining({ code: "usage/split" }));
  });
});
