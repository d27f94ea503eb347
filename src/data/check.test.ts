import { describe, expect, it } from "vitest";
import { tensor } from "../base/index.ts";
import { checkData } from "./check.ts";
import { checkTable } from "./check-table.ts";
import { parseCsv } from "./csv.ts";
import { requireUsable } from "./finding.ts";
import type { LoadedData, SequencesData } from "./loaded-data.ts";
import { refused } from "./refused.twin.ts";
import { seriesFromTable } from "./series.ts";
import { textsFromTable } from "./texts.ts";

const codes = (data: LoadedData): string[] => checkData(data).map(({ code }) => code);
const day = (i: number): string => new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10);
const wave = (i: number): number => Math.round(1000 * Math.sin(i)) / 10;

function each(rows: string[][], change: (row: string[], index: number) => unknown): void {
  for (const [index, row] of rows.entries()) change(row, index);
}

/** 200 days of a wave, changed as a test asks. */
async function series(change: (rows: string[][]) => void = () => undefined, header = "day,sold"): Promise<LoadedData> {
  const rows = Array.from({ length: 200 }, (_, i) => [day(i), String(wave(i))]);
  change(rows);
  const table = await parseCsv([header, ...rows.map((row) => row.join(","))].join("\n"), { source: "s.csv" });
  return seriesFromTable(table, { target: "sold" });
}

describe("checkData of a series", () => {
  it("finds nothing in a sound one", async () => {
    expect(checkData(await series())).toEqual([]);
  });

  it("counts gaps and missing rows, and says where", async () => {
    const [finding, ...others] = checkData(await series((rows) => rows.splice(50, 3) && rows.splice(100, 1)));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: "data/gaps", severity: "warning", where: "Row 52 of s.csv" });
    expect(finding.what).toBe("The series is daily, with 2 gaps: 4 rows are missing in all (2.0 %)");
  });

  it("finds a date that repeats, a clock set back, and no regular step", async () => {
    expect(codes(await series((rows) => rows.splice(50, 0, [day(49), "1"])))).toEqual(["data/date-repeated"]);
    const hourly = (rows: string[][]): void =>
      each(rows, (row, i) => {
        row[0] = new Date(Date.UTC(2020, 0, 1, i - (i > 99 ? 1 : 0))).toISOString();
      });
    expect(codes(await series(hourly))).toEqual(["data/date-repeated"]);
    const back = (rows: string[][]): void =>
      each(rows, (row, i) => {
        row[0] = new Date(Date.UTC(2020, 0, 1, 0, 30 * (i - (i > 99 ? 2 : 0)))).toISOString();
      });
    expect(codes(await series(back))).toEqual(["data/clock-change"]);
    expect(codes(await series((rows) => (hourly(rows) as undefined) && rows).then((data) => data))).toBeDefined();
    const irregular = (rows: string[][]): void =>
      each(rows, (row, i) => {
        row[0] = day(i * i);
      });
    expect(codes(await series(irregular))).toEqual(["data/irregular"]);
  });

  it("notes that the file was turned round, and still names its rows", async () => {
    const findings = checkData(await series((rows) => rows.splice(50, 1) && rows.reverse()));
    expect(findings.map(({ code }) => code)).toEqual(["data/gaps", "data/newest-first"]);
    // Rows of the file: header, then day 199 down to day 51 in row 150.
    expect(findings[0].where).toBe("Row 150 of s.csv");
  });

  it("finds constants, flat stretches and outliers", async () => {
    expect(codes(await series((rows) => each(rows, (row) => row.splice(1, 1, "7"))))).toEqual(["data/constant"]);
    const flat = checkData(await series((rows) => each(rows.slice(20, 60), (row) => row.splice(1, 1, "7"))));
    expect(flat).toMatchObject([{ code: "data/flat", where: "Row 22 of s.csv" }]);
    const outlier = checkData(await series((rows) => rows[30].splice(1, 1, "99999")));
    expect(outlier).toMatchObject([{ code: "data/outliers", where: "Row 32 of s.csv" }]);
    expect(outlier[0].what).toContain("1 value lies far outside");
  });

  it("finds too little", async () => {
    expect(codes(await series((rows) => rows.splice(10)))).toEqual(["data/too-little"]);
    expect(codes(await series((rows) => rows.splice(50)))).toEqual(["data/little"]);
  });

  it("finds values that are not finite in series made by hand", () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i === 7 ? Number.NaN : wave(i)));
    const data: LoadedData = { kind: "series", name: "x", source: "x", names: ["x"], target: "x", values };
    expect(checkData(data)).toMatchObject([{ code: "data/not-finite", severity: "error", where: "Value 8" }]);
  });

  it("finds columns that copy the target, in other units too, or that know its next value", async () => {
    const leaky = await series(
      (rows) =>
        each(rows, (row, i) =>
          row.push(String(32 + 1.8 * wave(i)), String(wave(i + 1)), String(wave(i - 1)), String(wave(7 * i))),
        ),
      "day,sold,copy,next,past,other",
    );
    expect(checkData(leaky).map(({ code, what }) => [code, what])).toEqual([
      ["data/leak", 'Column "copy" copies the target "sold"'],
      ["data/leak", 'Column "next" holds the next value of the target "sold"'],
    ]);
  });

  it("finds the same leak in a file that was turned round", async () => {
    const leaky = await series((rows) => {
      each(rows, (row, i) => row.push(String(wave(i + 1))));
      rows.reverse();
    }, "day,sold,next");
    expect(codes(leaky)).toEqual(["data/leak", "data/newest-first"]);
  });
});

/** Texts of two classes, changed as a test asks. */
async function texts(change: (rows: string[][]) => void = () => undefined, test?: string[][], header = "text,label") {
  const rows = Array.from({ length: 1000 }, (_, i) => [`film ${i % 500} of ${i}`, i % 3 ? "good" : "bad"]);
  change(rows);
  const parse = (lines: string[][], source: string) =>
    parseCsv([header, ...lines.map((row) => row.map((field) => `"${field}"`).join(","))].join("\n"), { source });
  return textsFromTable(await parse(rows, "t.csv"), test ? { test: await parse(test, "test.csv") } : {});
}

describe("checkData of texts", () => {
  it("finds nothing in sound ones", async () => {
    expect(checkData(await texts())).toEqual([]);
  });

  it("finds one class, rare classes, identifiers, imbalance and order", async () => {
    expect(codes(await texts((rows) => each(rows, (row) => row.splice(1, 1, "x"))))).toEqual(["data/one-class"]);
    expect(codes(await texts((rows) => each(rows, (row, i) => row.splice(1, 1, `id ${i}`))))).toEqual([
      "data/many-classes",
    ]);
    expect(codes(await texts((rows) => rows[5].splice(1, 1, "odd")))).toEqual(["data/rare-class"]);
    expect(codes(await texts((rows) => each(rows, (row, i) => row.splice(1, 1, i % 10 ? "a" : "b"))))).toEqual([
      "data/imbalanced",
    ]);
    expect(codes(await texts((rows) => rows.sort((a, b) => (a[1] < b[1] ? -1 : 1))))).toEqual(["data/sorted"]);
  });

  it("finds labels that differ in case or blanks alone, with how often each occurs", async () => {
    const spelt = await texts((rows) => {
      for (let i = 0; i < 30; i++) rows[i][1] = ["good", "GOOD", "Bad", " bad "][i % 4];
    });
    expect(checkData(spelt).map(({ code, what }) => [code, what])).toEqual([
      ["data/rare-class", expect.anything()],
      [
        "data/alike-labels",
        'Labels differ in case or blanks alone: "good" (654 texts) and "GOOD" (8 texts); "Bad" (7 texts) and "bad" (331 texts)',
      ],
    ]);
    const many = await texts((rows) => each(rows, (row, i) => row.splice(1, 1, `${i & 1 ? "K" : "k"}${(i >> 1) % 7}`)));
    expect(checkData(many)[0].what).toMatch(/^Labels differ .*"k4" .*; 2 more$/);
  });

  it("finds too little and empty texts", async () => {
    expect(codes(await texts((rows) => rows.splice(10)))).toContain("data/too-little");
    expect(codes(await texts((rows) => rows.splice(500)))).toEqual(["data/little"]);
    const empty = checkData(await texts((rows) => rows[4].splice(0, 1, " ")));
    expect(empty).toMatchObject([{ code: "data/empty-text", where: "Row 6 of t.csv" }]);
    const blank: string[][] = [["", "good"]];
    expect(checkData(await texts(undefined, blank))[0]).toMatchObject({ where: "Row 2 of the file to test on" });
    const split = textsFromTable(
      await parseCsv(
        `text,label,split\n${Array.from({ length: 40 }, (_, i) => `${i === 30 ? "" : `film ${i}`},${i % 2},${i < 25 ? "train" : "test"}`).join("\n")}`,
        { source: "s.csv" },
      ),
    );
    expect(checkData(split)).toContainEqual(expect.objectContaining({ where: "Row 32 of s.csv" }));
    expect(checkData({ ...split, table: undefined })).toContainEqual(
      expect.objectContaining({ where: "Text 6 of the test part" }),
    );
  });

  it("finds duplicates, contradictions, and texts of the test part that were trained on", async () => {
    expect(codes(await texts((rows) => rows.push([...rows[0]])))).toEqual(["data/duplicates"]);
    expect(codes(await texts((rows) => rows.push([rows[0][0], "good"])))).toEqual(["data/contradiction"]);
    const leak = checkData(
      await texts(undefined, [
        ["film 0 of 0", "good"],
        ["film 3 of 4", "good"],
        ["film 1 of 2", "bad"],
      ]),
    );
    expect(leak[0]).toMatchObject({ code: "data/leak", severity: "warning" });
    expect(leak[0].what).toBe("1 text of the test part (33 %) is also in the training part, 1 with another label");
  });

  it("gives the share of words that training never shows", async () => {
    const finding = checkData(
      await texts(undefined, [
        ["un film 3 de 4", "good"],
        ["film 1 1 1", "good"],
        ["film film", "bad"],
      ]),
    );
    expect(finding).toMatchObject([{ code: "data/unknown-words", severity: "warning" }]);
    expect(finding[0].what).toContain("18 % of the words of the test part");
  });

  it("finds parts that differ in their classes", async () => {
    expect(
      codes(
        await texts(undefined, [
          ["film 1 of", "bad"],
          ["film 2 of", "bad"],
        ]),
      ),
    ).toEqual(["data/class-shift"]);
  });

  it("finds a column that says the label in other words", async () => {
    const data = await texts(
      (rows) => each(rows, (row, i) => row.push(row[1] === "good" ? "1" : "0", String(i % 7))),
      undefined,
      "text,label,stars,day",
    );
    expect(checkData(data)).toMatchObject([
      { code: "data/leak", what: 'Column "stars" says the same as the label "label"' },
    ]);
  });
});

describe("checkData of sequences", () => {
  const rows = (count: number, from = 0): number[][][] =>
    Array.from({ length: count }, (_, i) => [[from + i], [(from + i) % 3], [1]]);
  const data = (change: Partial<SequencesData> = {}): SequencesData => ({
    kind: "sequences",
    name: "x",
    source: "x",
    task: "classification",
    classes: ["T", "P"],
    train: { x: tensor(rows(40)), y: tensor(Array.from({ length: 40 }, (_, i) => i % 2)) },
    test: { x: tensor(rows(10, 100)), y: tensor(Array.from({ length: 10 }, (_, i) => i % 2)) },
    ...change,
  });

  it("finds nothing in sound ones", () => {
    expect(checkData(data())).toEqual([]);
  });

  it("finds numbers that are not finite, missing classes, and shared rows", () => {
    const x = tensor(rows(40));
    x.data[7] = Number.POSITIVE_INFINITY;
    expect(checkData(data({ train: { x, y: data().train.y } }))).toMatchObject([
      { code: "data/not-finite", severity: "error", where: "Row 3 of the training part" },
    ]);
    expect(codes(data({ train: { x: tensor(rows(40)), y: tensor(new Array(40).fill(1)) } }))).toEqual([
      "data/one-class",
    ]);
    expect(codes(data({ classes: ["T", "P", "Q"] }))).toEqual(["data/missing-class"]);
    expect(codes(data({ test: { x: tensor(rows(10, 38)) } }))).toEqual(["data/leak"]);
  });
});

describe("checkTable", () => {
  it("finds empty, constant, gappy and mixed columns, blank lines and equal names", async () => {
    const lines = Array.from({ length: 30 }, (_, i) => `${i},,7,${i === 4 ? "x" : i},${i === 5 ? "" : "t"},a,b`);
    lines.splice(10, 0, "");
    const table = await parseCsv(["n,empty,same,mixed,gap,d,d", ...lines].join("\n"), { source: "t.csv" });
    const found = checkTable(table).map(({ code, where }) => [code, where]);
    expect(found).toEqual([
      ["data/blank-lines", "t.csv"],
      ["data/duplicate-column", "t.csv"],
      ["data/empty-column", undefined],
      ["data/constant-column", undefined],
      ["data/mixed-column", "Row 6 of t.csv"],
      ["data/missing-values", "Row 7 of t.csv"],
      ["data/constant-column", undefined],
      ["data/constant-column", undefined],
    ]);
  });
});

describe("fields that are no numbers", () => {
  const marked = (odd: number) =>
    parseCsv(`n,m\n${Array.from({ length: 60 }, (_, i) => `${i},${i % 20 < odd ? "x" : i}`).join("\n")}`);

  it("are counted, in the target and in other columns", async () => {
    const table = await marked(1);
    expect(checkTable(table)).toMatchObject([
      { code: "data/mixed-column", what: 'Column "m" holds numbers, but also 3 other values, the first "x"' },
    ]);
    const { message } = await refused(() => seriesFromTable(table, { target: "m" }));
    expect(message).toMatch(
      /expected a number in column "m", found "x"\. 3 values of the column are no numbers\. Correct/,
    );
  });
});

describe("tables that are read as something else than they are", () => {
  const rows = (count: number, row: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => row(i)).join("\n");

  it("names a counter that is taken for the target, and the column of decimal commas", async () => {
    const table = await parseCsv(`Nr;Umsatz\n${rows(120, (i) => `${i + 1};${1100 + (i % 7)},50`)}`, {
      source: "nr.csv",
    });
    const [counter, unreadable] = checkData(seriesFromTable(table));
    expect(counter).toMatchObject({ code: "data/counter", severity: "warning" });
    expect(counter.what).toContain(
      '"Nr", the only numeric column, is a steady counter: each value is the one before plus 1',
    );
    expect(unreadable).toMatchObject({
      code: "data/unreadable-numbers",
      severity: "warning",
      where: "Row 2 of nr.csv",
    });
    expect(unreadable.what).toMatch(/"Umsatz" .* 120 values .* "1100,50"/);
    expect(unreadable.advice).toBe("Write decimals with a point: 1.5, not 1,5.");
  });

  it("says so where there is no other column of numbers", async () => {
    const table = await parseCsv("Tag;Umsatz\n2024-01-01;1.503,79\n2024-01-02;1.504,80");
    const error = await refused(() => seriesFromTable(table));
    expect(error.message).toMatch(/"Umsatz" holds "1\.503,79"\. .* no mark for thousands: 1503\.79, not 1\.503,79/);
  });

  it("takes words and codes for what they are", async () => {
    const table = await parseCsv(`day,note\n${rows(30, (i) => `${day(i)},${i % 3 === 0 ? "12 %" : "A-12"}`)}`);
    expect(checkTable(table)).toEqual([]);
  });

  it("warns of a first row that is no header, but not of years above columns", async () => {
    const bare = await parseCsv(
      rows(50, (i) => `${day(i)},${100 + wave(i)}`),
      { source: "bare.csv" },
    );
    expect(checkTable(bare)).toMatchObject([{ code: "data/header-is-data", severity: "warning", where: "bare.csv" }]);
    expect(checkTable(bare)[0].what).toContain('"2020-01-01", "100"');
    expect(checkTable(await parseCsv("land,2019,2020\nA,1,2\nB,3,4"))).toEqual([]);
  });
});

describe("requireUsable", () => {
  it("throws the first error, and only errors", async () => {
    const findings = checkData(await series((rows) => rows.splice(10)));
    const error = await refused(() => requireUsable(findings));
    expect(error.code).toBe("data/too-little");
    expect(error.message).toContain("There are only 10 values");
    const one = seriesFromTable(await parseCsv("day,sold\n2020-01-01,5"));
    expect(checkData(one)[0].what).toMatch(/^There is only 1 value; at least 20/);
    requireUsable(checkData(await series((rows) => rows.splice(50))));
  });
});
