import { expect, test } from "vitest";
import { tableOf } from "../data/index.ts";
import type { StudyResult } from "../tuning/index.ts";
import { csvWith, spreadsheetText } from "./csv-out.ts";
import { csvOf } from "./run-study.ts";

test("columns are added behind, with quotes where they must be and a name that is free", () => {
  const table = tableOf(
    [
      ["a", ["x,y", "1"]],
      ["forecast", ['say "no"', " 2\n"]],
    ],
    "t.csv",
  );
  const text = [...csvWith(table, new Map([["forecast", (row: number) => String(row)]]))].join("");
  expect(text).toBe('a,forecast,forecast_2\n"x,y","say ""no""",0\n1," 2\n",1\n');
});

test("what a spreadsheet would compute gets an apostrophe, what would steer a terminal is written out", () => {
  const texts = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\uff1d1",
    "a\u001b[2J",
    "gru",
  ];
  expect(texts.map(spreadsheetText)).toEqual([
    ...["'=1+1", "'+cmd|' /C calc'!A0", "'-2+3", "'@SUM(A1)", "'\\t=1", "'\\r=1", "' =1", "'\uff1d1"],
    ...["a\\u001b[2J", "gru"],
  ]);
  expect([-1.5, 0, true, undefined, "-1.5", "+3", "1e-3"].map(spreadsheetText)).toEqual([
    "-1.5",
    "0",
    "true",
    "",
    "-1.5",
    "+3",
    "1e-3",
  ]);
});

test('the trials of a study are CSV in which no text acts, and 1 is not "1"', () => {
  const trial = { status: "failed", epochs: 2, seconds: 1, initialEpoch: 0, history: [], attempts: 1, leases: [] };
  const study = {
    space: [
      { kind: "choice", name: "=a", default: 1, values: [1, "1"], conditions: [] },
      { kind: "choice", name: "b", default: "x", values: ["x", "@x"], conditions: [] },
    ],
    objective: { name: "valLoss", direction: "min" },
    trials: [
      { ...trial, id: 0, losses: 0, values: { "=a": 1, b: "@x" }, reason: "=HYPERLINK(1)\u001b[2J" },
      { ...trial, id: 1, losses: 0, values: { "=a": "1" }, status: "completed", objective: -0.5, bestEpoch: 1 },
    ],
  } as Pick<StudyResult, "space" | "objective" | "trials">;
  expect(csvOf(study).split("\n")).toEqual([
    "trial,status,valLoss,epochs,bestEpoch,seconds,from,reason,'=a,b",
    "0,failed,,2,,1,,'=HYPERLINK(1)\\u001b[2J,1,'@x",
    '1,completed,-0.5,2,2,1,,,"""1""",',
    "",
  ]);
});
