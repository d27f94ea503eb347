import { expect, test } from "vitest";
import { sourceName } from "./source-name.ts";

test("leaves plain names as they are", () => {
  for (const name of ["model.gruvy", "data/Verkäufe 2024.csv", "数据.csv", "a'b\"c"])
    expect(sourceName(name)).toBe(name);
});

test.each([
  ["a\nb", '"a\\nb"'],
  ["\u001b[31mred", '"\\u001b[31mred"'],
  ["\u009b31m", '"\\u009b31m"'],
  ["right\u202eleft", '"right\\u202eleft"'],
  ["half\ud800", '"half\\ud800"'],
  ["line\u2028end", '"line\\u2028end"'],
  ["", '""'],
])("makes %j harmless", (name, expected) => {
  expect(sourceName(name)).toBe(expected);
});
