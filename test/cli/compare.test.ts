import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gruvy, workplace } from "./gruvy.ts";
import { inProcess } from "./in-process.ts";

const place = workplace();
const short = ["--epochs", "2", "--units", "4"];

test("compare prints a table and a verdict, tells its progress beside them, and leaves a report", async () => {
  const { code, out, err } = await gruvy(["compare", "airline-passengers", ...short, "--out", "made/here"], {
    cwd: place.folder,
  });
  expect(code).toBe(0);
  for (const name of ["Simple RNN", "LSTM", "GRU", "Last value", "Seasonal naive", "Drift", "ETS", "Linear"]) {
    expect(out).toContain(name);
  }
  expect(out).toMatch(/27 test targets/);
  expect(out).toMatch(/Report: made\/here\/report\.html\n$/);
  expect(err).toMatch(/^Read airline-passengers: a series of 144 values/);
  expect(err).toMatch(/Transform: logDifference/);
  expect(err).toMatch(/GRU: .* s, 2 epochs/);
  expect(readFileSync(place.path("made/here/report.html"), "utf8")).toMatch(/^<!doctype html>/i);
  expect(readdirSync(place.path("made/here")).sort()).toEqual(["report.html", "result.json"]);
});

test("--json prints one object and nothing else", async () => {
  const args = [
    "compare",
    "airline-passengers",
    "--json",
    "--cell",
    "gru,rnn",
    "--seeds",
    "2",
    "--seed",
    "7",
    ...short,
  ];
  const { code, out, err } = await inProcess(args, { cwd: place.folder });
  expect([code, err]).toEqual([0, ""]);
  const result = JSON.parse(out);
  expect(out.trimEnd()).not.toContain("\n");
  expect(Object.keys(result)).toEqual(
    expect.arrayContaining(["data", "split", "models", "comparison", "verdict", "report"]),
  );
  expect(result.models.map((model: { name: string }) => model.name)).toEqual([
    ...["lastValue", "seasonalNaive", "drift", "ets", "linear"],
    ...["rnn", "gru"],
  ]);
  for (const model of result.models) {
    expect(model).toMatchObject({ kind: /^(rnn|gru)$/.test(model.name) ? "recurrent" : "baseline" });
    expect(model.parameters).toBeGreaterThanOrEqual(0);
    for (const part of ["validation", "test"])
      expect(model[part]).toMatchObject({ rmse: expect.any(Number), mae: expect.any(Number) });
  }
  expect(result.models[6].seeds.map((one: { seed: number }) => one.seed)).toEqual([7, 8]);
  expect(Object.keys(result.comparison)).toEqual(
    expect.arrayContaining(["model", "baseline", "difference", "low", "high"]),
  );
  expect(result.command).toBe(`npx gruvy ${args.join(" ")}`);
  expect(existsSync(place.path(result.report))).toBe(true);
});

test("the same seed gives the same numbers, another one others, whatever the threads", async () => {
  const run = async (...more: string[]) => {
    const args = ["compare", "airline-passengers", "--json", "--cell", "gru", ...short, ...more];
    const { models } = JSON.parse((await inProcess(args, { cwd: place.folder })).out);
    return models[models.length - 1].predictions;
  };
  const first = await run("--threads", "1", "--out", "a");
  expect(await run("--threads", "2", "--out", "b")).toEqual(first);
  expect(await run("--seed", "1", "--out", "c")).not.toEqual(first);
});

test("texts: labels, words and truncation, with a file to test on", async () => {
  const rows = Array.from({ length: 60 }, (_, i) => {
    return i % 2 === 0 ? `"a good, warm film number ${i}",yes` : `a bad dull film number ${i},no`;
  });
  writeFileSync(place.path("train.csv"), `remark,verdict\n${rows.slice(0, 40).join("\n")}\n`);
  writeFileSync(place.path("test.csv"), `remark,verdict\n${rows.slice(40).join("\n")}\n`);
  const columns = ["--text", "remark", "--label", "verdict", "--test", "test.csv"];
  const options = ["--max-words", "20", "--max-length", "6", "--truncate", "post", "--units", "4", "--cell", "gru"];
  const { code, out, err } = await inProcess(["compare", "train.csv", ...columns, ...options, "--json"], {
    cwd: place.folder,
  });
  expect([code, err]).toEqual([0, ""]);
  const result = JSON.parse(out);
  expect(result.data).toMatchObject({ kind: "texts", labels: ["no", "yes"] });
  expect(result.split.test).toBe(20);
  expect(result.models.map((model: { name: string }) => model.name)).toEqual(["majority", "naiveBayesLogistic", "gru"]);
  expect(result.confusion.flat().reduce((a: number, b: number) => a + b, 0)).toBe(20);
});

test("--vary shows where each cell stands at five sizes", async () => {
  const run = async (data: string, what: string, ...more: string[]) => {
    const args = ["compare", data, "--vary", what, "--json", "--cell", "rnn", ...short, ...more];
    const { code, out, err } = await inProcess(args, { cwd: place.folder });
    expect([code, err]).toEqual([0, ""]);
    return JSON.parse(out);
  };
  const rows = await run("airline-passengers", "rows");
  expect(rows.vary.sizes).toEqual([20, 41, 62, 83, 104]);
  expect(rows.vary.scores.rnn[4]).toBe(rows.models.at(-1).test.rmse);
  for (const scores of Object.values(rows.vary.scores)) expect((scores as number[]).every(Number.isFinite)).toBe(true);
  const length = await run("airline-passengers", "length", "--window", "8");
  expect(length.vary).toMatchObject({ sizes: [2, 4, 8, 16, 32], metric: "rmse" });
});

const unwritable: [string, string, RegExp][] = [
  ["a folder that is a file", "airline.csv", /found the file "airline\.csv"/],
  ["a folder below a file", "airline.csv/report", /where "airline\.csv" is a file/],
  ["a place that takes no files", "/proc/gruvy", /Cannot write into/],
];

test.each(unwritable)("%s as --out is refused before the work starts", async (_, out, message) => {
  writeFileSync(place.path("airline.csv"), "month,sold\n2020-01,5\n");
  const result = await inProcess(["compare", "airline-passengers", "--out", out], { cwd: place.folder });
  expect(result.err).toMatch(message);
  expect([result.code, result.out]).toEqual([2, ""]);
  expect(result.err).not.toMatch(/GRU/);
});
