import { expect, test } from "vitest";
import { tableOf } from "../data/index.ts";
import { csvWith } from "./csv-out.ts";

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
