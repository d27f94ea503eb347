import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wordIndex, wordIndexFromConfig } from "./word-index.ts";

/** The plain way: lower case, line breaks out, runs of letters, digits and apostrophes. */
const split = (text: string) =>
  text
    .toLowerCase()
    .replaceAll("<br />", " ")
    .split(/[^a-z0-9']+/)
    .filter((word) => word !== "");

function plainIndex(texts: string[], numWords = Number.POSITIVE_INFINITY): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of texts.flatMap(split)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const falling = [...counts].sort((a, b) => b[1] - a[1]).slice(0, numWords - 3);
  return new Map(falling.map(([word], i) => [word, i + 3]));
}

// Texts whose pieces are the hard ones: marks, breaks in both cases, letters whose lower case is ASCII.
const piece = fc.oneof(
  fc.constantFrom(
    "<br />",
    "<BR />",
    "<br/>",
    "<",
    "<b",
    "br />",
    "'",
    "İ",
    "\u212a",
    "ÅÉß",
    "__proto__",
    "constructor",
  ),
  fc.constantFrom("a", "b", "A", "Br", " ", "\n", "it's", "0", "z9"),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

describe("wordIndex", () => {
  it("orders words by falling frequency, then by first appearance", () => {
    const { index } = wordIndex(["b a c", "c d a"]);
    expect([...index]).toEqual([
      ["a", 3],
      ["c", 4],
      ["b", 5],
      ["d", 6],
    ]);
  });

  it("keeps indices below numWords, and marks start and unknown words", () => {
    const words = wordIndex(["A good film.<br />Good!", "A bad one"], { numWords: 6 });
    expect([...words.index.values()]).toEqual([3, 4, 5]);
    expect([...words.encode("A good,\tbad film")]).toEqual([1, 3, 4, 2, 5]);
    expect([...words.encode("")]).toEqual([1]);
    expect([...words.encode("never seen")]).toEqual([1, 2, 2]);
  });

  it("finds the words of any text as the plain way does", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), text, fc.integer({ min: 4, max: 12 }), (texts, other, numWords) => {
        const expected = plainIndex(texts, numWords);
        const words = wordIndex(texts, { numWords });
        expect([...words.index]).toEqual([...expected]);
        for (const t of [...texts, other]) {
          expect([...words.encode(t)]).toEqual([1, ...split(t).map((word) => expected.get(word) ?? 2)]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("knows every character whose lower case holds a letter of ours", () => {
    const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join(" ");
    expect([...wordIndex([all]).index]).toEqual([...plainIndex([all])]);
  });

  it("keeps many words apart while its table grows", () => {
    const many = Array.from({ length: 30_000 }, (_, i) => `w${i.toString(36)}`);
    const words = wordIndex([many.join(" ")]);
    expect(words.index.size).toBe(30_000);
    expect([...words.encode(many.join(" "))]).toEqual([1, ...many.map((_, i) => i + 3)]);
  });

  it("takes a word as long as its text", () => {
    const long = "x".repeat(1_000_000);
    expect(wordIndex([long, "y"]).index.get(long)).toBe(3);
  });

  it("comes back from its config", () => {
    const words = wordIndex(["one two two three", "constructor __proto__ it's"], { numWords: 7 });
    const again = wordIndexFromConfig(JSON.parse(JSON.stringify(words.toConfig())));
    expect([...again.index]).toEqual([...words.index]);
    expect(again.encode("it's three, two, one")).toEqual(words.encode("it's three, two, one"));
  });

  it.each([["Good"], ["two words"], [""], ["a", "a"], [7], ["é"]])("refuses a config with %j", (...words) => {
    expect(() => wordIndexFromConfig({ words: words as string[] })).toThrow(
      expect.objectContaining({ code: "data/words" }),
    );
  });

  it("refuses what is no text, and too few words", () => {
    expect(() => wordIndex(["a", 5 as unknown as string])).toThrow(/text 1 to be a string, found 5/);
    expect(() => wordIndex("ab" as unknown as string[])).toThrow(/array of texts/);
    expect(() => wordIndex(["a"], { numWords: 3 })).toThrow(/numWords/);
    expect(() => wordIndex(["a"]).encode(null as unknown as string)).toThrow(/Expected a text, found null/);
    expect(() => wordIndexFromConfig({} as { words: string[] })).toThrow(/list of words/);
  });
});
