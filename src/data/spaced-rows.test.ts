import { describe, expect, it } from "vitest";
import { withoutSpacedRows } from "./spaced-rows.ts";

function thinned(text: string, delimiter = ","): [string, number[]] {
  const { bytes, removed } = withoutSpacedRows(new TextEncoder().encode(text), 5, delimiter);
  return [new TextDecoder().decode(bytes), removed];
}

describe("withoutSpacedRows", () => {
  it.each<[string, string, number[]]>([
    ["a,b\n  \nc,d\n \t", "a,b\nc,d\n", [6, 8]],
    ["a\r\n \r\n\r\nb\r \rc", "a\r\n\r\nb\rc", [6, 9]],
    ['"x\n  \ny",1\n  \n', '"x\n  \ny",1\n', [6]],
    ["", "", []],
    ["a,b", "a,b", []],
    [" ", "", [5]],
  ])("thins %j", (text, kept, removed) => {
    expect(thinned(text)).toEqual([kept, removed]);
  });

  it("leaves rows of empty fields between tabs", () => {
    expect(thinned("a\tb\n\t\n \n", "\t")).toEqual(["a\tb\n\t\n", [7]]);
  });
});
