import { describe, expect, it, test } from "vitest";
import { chrf } from "./chrf.ts";

// The numbers of sacrebleu 2.6.0: CHRF(char_order, beta=beta).corpus_score.
test.each([
  [["the cat is here"], [["the cat sat here", "a cat is here"]], {}, 81.41650582100127],
  [
    ["je suis là .", "tu ne m'aimes pas"],
    [
      ["je suis ici .", "me voilà ."],
      ["vous ne m'aimez pas", "tu ne m'aimes point", "tu ne m' aimes pas"],
    ],
    {},
    79.78090225833375,
  ],
  [["va !", "", "ça alors", "a😀b c"], ["va !", "cours", "oh", ["a😀b d", "xy"]], {}, 32.07835462161791],
  [["il fait froid"], ["il fait chaud"], { order: 3, beta: 1 }, 52.69360269360269],
  [["ab"], ["abcdefgh"], {}, 23.404255319148938],
  [["abcdefgh"], ["ab"], {}, 55.00000000000001],
  [["xyz"], ["abc"], {}, 0],
  [["je\u202fsuis\u00a0là"], ["je suis là !"], {}, 86.26917130700087],
])("chrF of %j against %j with %j is sacrebleu's", (texts, references, options, expected) => {
  expect(chrf(texts, references, options)).toBeCloseTo(expected, 10);
});

describe("chrF", () => {
  it("does not see white space, and sees case", () => {
    expect(chrf(["a b c"], ["abc"])).toBe(100);
    expect(chrf(["Abc"], ["abc"])).toBeLessThan(50);
  });

  it("is 0 where nothing can be compared", () => {
    expect(chrf([""], [""])).toBe(0);
    expect(chrf([" "], ["a"])).toBe(0);
  });

  it.each([
    [[], [], {}, "usage/score", /at least one, found 0 texts and 0/],
    [["a"], [], {}, "usage/score", /found 1 texts and 0/],
    ["a", "a", {}, "usage/score", /lists of texts, found "a"/],
    [["a"], [[]], {}, "usage/score", /place 0, found an empty list/],
    [["a", 3], ["a", "b"], {}, "usage/score", /place 1, found 3/],
    [["a"], [["a", null]], {}, "usage/score", /place 0, found null/],
    [["a"], ["a"], { order: 0 }, "usage/option", /order of chrf/],
    [["a"], ["a"], { beta: Number.NaN }, "usage/option", /beta of chrf/],
    [["a"], ["a"], { charOrder: 6 }, "usage/option", /no option "charOrder"/],
  ])("refuses %j, %j, %j", (texts, references, options, code, message) => {
    const scored = () => chrf(texts as string[], references as string[], options as object);
    expect(scored).toThrow(message);
    expect(scored).toThrow(expect.objectContaining({ code }));
  });
});
