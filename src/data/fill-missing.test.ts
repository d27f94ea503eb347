import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkData } from "./check.ts";
import { parseCsv } from "./csv.ts";
import { fillMissing } from "./fill-missing.ts";
import { refused } from "./refused.twin.ts";
import { seriesFromTable } from "./series.ts";

const series = fc
  .tuple(fc.integer({ min: -9, max: 9 }), fc.array(fc.option(fc.integer({ min: -9, max: 9 })), { maxLength: 30 }))
  .map(([first, rest]) => [first, ...rest]);

describe("fillMissing", () => {
  it("puts in the value before, or a line; at the end always the value before", () => {
    const values = [3, null, 5, Number.NaN, undefined, 2, 2, null];
    expect([...fillMissing(values)]).toEqual([3, 3, 5, 5, 5, 2, 2, 2]);
    expect([...fillMissing(values, { method: "interpolate" })]).toEqual([3, 4, 5, 4, 3, 2, 2, 2]);
  });

  it("looks at no row from `until` on, and changes nothing that is there", () => {
    fc.assert(
      fc.property(series, fc.nat(30), fc.integer(), (values, until, other) => {
        const filled = fillMissing(values, { method: "interpolate", until });
        const changed = values.map((value, row) => (row >= until && value !== null ? other : value));
        const early = fillMissing(changed, { method: "interpolate", until });
        expect([...early.subarray(0, until)]).toEqual([...filled.subarray(0, until)]);
        // Behind it, each row follows from those up to it.
        for (let row = until; row < values.length; row++) {
          const known = values.slice(0, row + 1);
          expect(fillMissing(known, { method: "interpolate", until })[row]).toBe(filled[row]);
        }
        for (const [row, value] of values.entries()) if (value !== null) expect(filled[row]).toBe(value);
      }),
    );
  });

  it("refuses a first value that is missing, and other methods", async () => {
    const first = await refused(() => fillMissing([null, null, 5]));
    expect([first.code, first.message]).toEqual([
      "data/not-finite",
      expect.stringMatching(/^The first 2 values are missing/),
    ]);
    expect((await refused(() => fillMissing([Number.NaN]))).message).toMatch(/^All values are missing/);
    // @ts-expect-error a method there is not
    expect((await refused(() => fillMissing([1], { method: "bfill" }))).code).toBe("usage/option");
  });
});

describe("a series with missing values", () => {
  const rows = Array.from({ length: 40 }, (_, i) => `2020-01-${i},${i === 7 || i === 8 ? "NA" : (i * i) % 11}`);
  const table = () => parseCsv(`n,sold\n${rows.join("\n")}`, { source: "s.csv" });

  it("is refused with what can be done, unless it is to be filled", async () => {
    const error = await refused(async () => seriesFromTable(await table(), { target: "sold" }));
    expect([error.code, error.message]).toEqual([
      "data/not-a-number",
      expect.stringMatching(/^Row 9 of s\.csv: .* found "NA"; 2 values of the column are missing\. .*--missing ffill/),
    ]);
    const data = seriesFromTable(await table(), { target: "sold", missing: "ffill" });
    expect(data.missing).toEqual({ method: "ffill", rows: [7, 8] });
    expect([...data.values.subarray(6, 10)]).toEqual([3, 3, 3, 4]);
    expect(checkData(data).find(({ code }) => code === "data/missing-values")).toMatchObject({
      severity: "note",
      what: '2 values of "sold" (5.0 %) are missing and filled with the value before',
      where: "Row 9 of s.csv",
    });
    // @ts-expect-error a policy there is not
    expect((await refused(async () => seriesFromTable(await table(), { target: "sold", missing: "drop" }))).code).toBe(
      "usage/option",
    );
  });

  it("that begins with one is refused", async () => {
    const bad = await parseCsv("sold\nNA\n5\n6", { source: "s.csv" });
    const error = await refused(() => seriesFromTable(bad, { missing: "ffill" }));
    expect(error.message).toMatch(/^Column "sold" of s\.csv: The first value is missing.* Remove row 2\.$/);
    const newest = await parseCsv("day,sold\n2024-01-04,7\n2024-01-03,6\n2024-01-02,NA\n2024-01-01,NA", {
      source: "s.csv",
    });
    expect((await refused(() => seriesFromTable(newest, { missing: "ffill" }))).message).toMatch(
      / Remove rows 4 to 5\.$/,
    );
  });
});
