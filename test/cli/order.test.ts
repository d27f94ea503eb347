import { writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const run = (args: string[], input?: string) => inProcess(args, { cwd: place.folder, input });

beforeAll(async () => {
  const { code, err } = await run([
    "train",
    "airline-passengers",
    "--epochs",
    "1",
    "--units",
    "2",
    "--out",
    "air.gruvy",
  ]);
  if (code !== 0) throw new Error(err);
});

test("predict turns a series round that starts with its newest row, and answers in the order of its rows", async () => {
  const day = (i: number): string => new Date(Date.UTC(2020, i)).toISOString().slice(0, 10);
  const days = Array.from({ length: 30 }, (_, i) => ({ day: day(i), passengers: 100 + ((i * i) % 13) }));
  const csv = (list: typeof days): string =>
    `day,passengers\n${list.map((row) => `${row.day},${row.passengers}\n`).join("")}`;
  const json = (list: typeof days): string => list.map((row) => `${JSON.stringify(row)}\n`).join("");
  const shuffled = days.map((_, i) => days[(7 * i) % 30]);
  for (const [ending, written] of [
    ["csv", csv],
    ["jsonl", json],
  ] as const) {
    writeFileSync(place.path(`old.${ending}`), written(days));
    writeFileSync(place.path(`new.${ending}`), written(days.toReversed()));
    writeFileSync(place.path(`shuffled.${ending}`), written(shuffled));
    const header = ending === "csv" ? 1 : 0;
    const [old, turned, refused] = await Promise.all(
      ["old", "new", "shuffled"].map((file) => run(["predict", "air.gruvy", `${file}.${ending}`])),
    );
    expect([old.code, old.err, turned.code]).toEqual([0, "", 0]);
    const rows = ({ out }: { out: string }): string[] => out.trimEnd().split("\n").slice(header);
    expect(rows(turned)).toEqual(rows(old).reverse());
    expect(turned.err).toBe(
      `new.${ending} starts with its newest row: the series was turned round; the forecasts stand in the order of its rows.\n`,
    );
    expect([refused.code, refused.out]).toEqual([2, ""]);
    expect(refused.err).toMatch(
      /Row \d+ of shuffled\.\w+: "202\d-\d+-01" in column "day" comes before the row above it/,
    );
  }
  const piped = await run(["predict", "air.gruvy", "-"], csv(days.toReversed()));
  expect(piped.out).toBe((await run(["predict", "air.gruvy", "new.csv"])).out);
  expect((await run(["predict", "air.gruvy", "-"], csv(shuffled))).err).toMatch(/^Row 7 of standard input: /);
});

test("compare says that it turned a series round", async () => {
  const day = (i: number): string => new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10);
  const rows = Array.from({ length: 60 }, (_, i) => `${day(60 - i)},${100 + (i % 7)}`);
  writeFileSync(place.path("back.csv"), `day,passengers\n${rows.join("\n")}\n`);
  const args = ["--cell", "gru", "--seeds", "1", "--epochs", "1", "--units", "2", "--out", "back"];
  const { code, err } = await run(["compare", "back.csv", ...args]);
  expect([code, err]).toEqual([0, expect.stringMatching(/^back\.csv starts with its newest row: .* turned round\.$/m)]);
  const checked = await run(["check", "back.csv"]);
  expect([checked.err, checked.out]).toEqual(["", expect.stringMatching(/turned round/)]);
});

test("predict names the missing value of a series, and what fills it", async () => {
  const values = Array.from({ length: 30 }, (_, i) => 100 + i);
  const lines = values.map((value, i) => `2020-01-${String(i + 1).padStart(2, "0")},${i === 5 ? "" : value}\n`);
  writeFileSync(place.path("hole.csv"), `day,passengers\n${lines.join("")}`);
  const table = await run(["predict", "air.gruvy", "hole.csv"]);
  expect([table.code, table.err]).toEqual([2, expect.stringMatching(/Row 7 of hole\.csv: .*--missing ffill/)]);
  const list = async (bad: unknown) =>
    run(["predict", "air.gruvy", "-"], JSON.stringify({ series: values.map((value, i) => (i === 2 ? bad : value)) }));
  const [none, text] = await Promise.all([list(null), list("x")]);
  expect([none.code, none.err]).toEqual([
    2,
    expect.stringMatching(/numbers under "series" on line 1 of .*, found null as value 3 of 30\. .*--missing ffill/),
  ]);
  expect(text.err).toMatch(/found "x" as value 3 of 30\. Correct it\.$/m);
});
