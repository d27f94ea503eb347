// What the commands say and refuse, run within this process.

import { existsSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeThreads } from "../../src/index.ts";
import { workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const file = (name: string, text: string): string => {
  writeFileSync(place.path(name), text);
  return place.path(name);
};
const hour = (i: number): string => new Date(Date.UTC(2024, 0, 1, i)).toISOString().slice(0, 16);
const load = (i: number): string => (50 + 10 * Math.sin((i * Math.PI) / 12)).toFixed(2);
const hours = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const csv = (rows: readonly number[]): string => `time,load\n${rows.map((i) => `${hour(i)},${load(i)}\n`).join("")}`;
const json = (rows: readonly number[]): string =>
  rows.map((i) => `${JSON.stringify({ time: hour(i), load: Number(load(i)) })}\n`).join("");
let [series, texts] = ["", ""];
afterAll(closeThreads);

beforeAll(async () => {
  [series, texts] = [place.path("series.gruvy"), place.path("texts.gruvy")];
  const reviews = hours(0, 60).map((i) => `a ${i % 2 ? "good" : "bad"} film ${i},${i % 2 ? "yes" : "no"}\n`);
  const quick = ["--epochs", "1", "--units", "2"];
  const one = await inProcess([
    "train",
    file("series.csv", csv(hours(0, 120))),
    ...quick,
    "--season",
    "1",
    "--out",
    series,
  ]);
  const columns = ["--text", "review", "--label", "liked"];
  const other = await inProcess([
    ...["train", file("texts.csv", `review,liked\n${reviews.join("")}`), ...columns],
    ...[...quick, "--out", texts],
  ]);
  if (one.code + other.code > 0) throw new Error(one.err + other.err);
});

describe("options", () => {
  test("given twice are refused with both values; flags may be", async () => {
    const twice = await inProcess(["train", "sine", "--epochs", "5", "--epochs", "6"]);
    expect([twice.code, twice.err]).toEqual([2, "Expected --epochs once, found it twice: 5 and 6.\n"]);
    const below = await inProcess(["study", "show", place.folder, "--html", "a", "--html=b"]);
    expect(below.err).toBe("Expected --html once, found it twice: a and b.\n");
    expect((await inProcess(["data", "--json", "--json"])).code).toBe(0);
  });

  test("with a dash name no file and no folder", async () => {
    for (const [args, kind] of [
      [["compare", "sine"], "folder"],
      [["train", "sine"], "file"],
    ] as const) {
      const { code, err } = await inProcess([...args, "--out", "-"]);
      expect([code, err]).toEqual([2, expect.stringContaining(`Expected --out to be a ${kind}, found "-". Standard`)]);
    }
    expect(existsSync("-")).toBe(false);
  });

  test("say of data from a pipe which command reads them", async () => {
    const { code, err } = await inProcess(["check", "-"]);
    expect([code, err]).toEqual([2, expect.stringMatching(/no file "-"\. Only predict reads standard input/)]);
  });
});

describe("the dates of a series", () => {
  const gap =
    /^warning: The series is hourly, with 1 gap: 7 rows are missing in all .* If there was nothing to record/m;
  const holed = [...hours(0, 100), ...hours(107, 130)];

  test("are warned of where they have gaps, by predict, evaluate and explain too", async () => {
    const path = file("holed.csv", csv(holed));
    const lines = file("holed.jsonl", json(holed));
    const commands = [
      ["predict", series, path],
      ["predict", series, lines],
      ["explain", series, path, "--out", place.path("page.html"), "--rows", "50"],
    ];
    for (const args of commands) expect((await inProcess(args)).err).toMatch(gap);
    expect((await inProcess(["predict", series, "-"], csv(holed))).err).toMatch(gap);
    const evaluated = await inProcess(["evaluate", series, path]);
    expect(evaluated.out).toMatch(gap);
    expect((await inProcess(["predict", series, place.path("series.csv")])).err).toBe("");
  });

  test("are warned of by forecast where a gap lies in what it sees", async () => {
    expect((await inProcess(["forecast", series, file("near.csv", csv(holed))])).err).toMatch(gap);
    const far = [...hours(0, 10), ...hours(17, 130)];
    expect((await inProcess(["forecast", series, file("far.csv", csv(far))])).err).toBe("");
  });

  test("must go on from line to line of a pipe", async () => {
    const known = await inProcess(["predict", series, "-"], json(hours(0, 60)));
    expect([known.code, known.err, known.out.split("\n").length]).toEqual([0, "", 61]);
    const { code, err, out } = await inProcess(["predict", series, "-"], json([...hours(0, 40), 20]));
    expect([code, out.split("\n").length]).toEqual([2, 41]);
    expect(err).toMatch(/^Line 41 of standard input: "2024-01-01T20:00" under "time" comes before the line above it/);
    // Clocks are set back by an hour.
    expect((await inProcess(["predict", series, "-"], json([...hours(0, 40), 38, 39]))).code).toBe(0);
  });
});

describe("what is no data", () => {
  test.each([
    "hello world\n",
    "[1]\n",
    "[1, 2]\n",
    '[{"a": 1}]',
    '"x"\n',
    "5\n",
    "null\n",
    "",
    "{\n",
    "A line, of prose.\nAnd more.\n",
  ])("on a pipe gets an example of what is: %j", async (input) => {
    for (const [model, example] of [
      [series, '{"load":[...]}'],
      [texts, '{"review":"..."}'],
    ]) {
      const { code, err } = await inProcess(["predict", model, "-"], input);
      expect([code, err]).toEqual([2, expect.stringContaining(` like ${example}`)]);
      expect(err).not.toMatch(/damaged/);
    }
  });

  test("within a pipe is told by its line", async () => {
    const { out, err } = await inProcess(["predict", texts, "-"], '{"review":"good"}\nprose\n');
    expect(out.split("\n").length).toBe(2);
    expect(err).toBe(
      'Expected a value at character 1 of line 2 of standard input, found "prose". Lines look like {"review":"..."}.\n',
    );
  });

  test("a name in brackets may begin a table", async () => {
    const { code, out } = await inProcess(["predict", texts, "-"], "[day],review\n1,good\n");
    expect([code, out]).toEqual([0, expect.stringMatching(/^\[day\],review,predicted,probability\n/)]);
  });

  test("is said to look like running text", async () => {
    const prose = file(
      "prose.txt",
      "It was the best of times, it was the worst.\n\nWe had it, all of it, before us.\n",
    );
    const lines = file("lines.txt", "Hello there\nHow are you today\n");
    for (const args of [
      ["check", prose],
      ["train", prose],
      ["predict", texts, prose],
    ]) {
      const { code, err, out } = await inProcess(args);
      expect([code, err + out]).toEqual([
        2,
        expect.stringMatching(
          /prose\.txt looks like running text, not like a table: it begins .* A table is CSV whose/,
        ),
      ]);
    }
    expect((await inProcess(["train", lines])).err).toMatch(
      /found one column of texts that begins with "Hello there"\. A/,
    );
    const cut = file("cut.csv", "day,load\n1,2\n3\n");
    expect((await inProcess(["train", cut])).err).toMatch(/^Row 3 .* Was the file cut/);
  });
});
