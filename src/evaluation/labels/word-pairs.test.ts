import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatherWordPairs, type SparseRows } from "./word-pairs.ts";
import { words } from "./words.ts";

const split = (text: string) => text.split(" ").filter((word) => word !== "");

/** The features of one text as sets of strings, by the plainest means. */
function plainly(text: string): Set<string> {
  const list = split(text);
  return new Set([...list, ...list.slice(1).map((word, i) => `${list[i]} ${word}`)]);
}

const of = (rows: SparseRows, row: number) => [...rows.features.subarray(rows.starts[row], rows.starts[row + 1])];

describe("gatherWordPairs", () => {
  it("numbers the words and pairs of at least so many texts, and finds each text's", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 12 }).map((list) => list.join(" "));
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 15 }),
        fc.integer({ min: 1, max: 3 }),
        (texts, minCount) => {
          const counts = new Map<string, number>();
          for (const one of texts)
            for (const feature of plainly(one)) counts.set(feature, (counts.get(feature) ?? 0) + 1);
          const { known, rows } = gatherWordPairs(texts, split, minCount);
          expect(known.size).toBe([...counts.values()].filter((count) => count >= minCount).length);
          // A number means the same feature everywhere: the texts that have it must be those of one string.
          const holders = new Map<number, Set<number>>();
          texts.forEach((one, row) => {
            const found = of(rows, row);
            expect(new Set(found).size).toBe(found.length);
            expect(found).toHaveLength(
              [...plainly(one)].filter((feature) => (counts.get(feature) ?? 0) >= minCount).length,
            );
            for (const feature of found) holders.set(feature, (holders.get(feature) ?? new Set()).add(row));
          });
          const expected = [...counts.keys()]
            .filter((feature) => (counts.get(feature) ?? 0) >= minCount)
            .map((feature) => texts.flatMap((one, row) => (plainly(one).has(feature) ? [row] : [])).join());
          expect([...holders.values()].map((rowsOf) => [...rowsOf].join()).sort()).toEqual(expected.sort());
          expect(known.find(texts)).toEqual(rows);
        },
      ),
    );
  });

  it("leaves out what it has not seen, also between two words it knows", () => {
    const { known } = gatherWordPairs(["a b"], split, 1);
    expect(known.size).toBe(3);
    expect(of(known.find(["a x b"]), 0)).toHaveLength(2);
    expect(of(known.find(["x y"]), 0)).toHaveLength(0);
    expect(of(known.find(["b a"]), 0)).toHaveLength(2);
  });

  it("grows past its first table", () => {
    const texts = Array.from({ length: 120 }, (_, t) => Array.from({ length: 200 }, (_, i) => `w${t}x${i}`).join(" "));
    const { known, rows } = gatherWordPairs(texts, split, 1);
    expect(known.size).toBe(120 * 399);
    expect(known.find(texts)).toEqual(rows);
  });
});

describe("words", () => {
  it("are lower case, with apostrophes, numbers and single marks", () => {
    expect(words("It's GOOD!<br />Is it?? 10/10, na\u00efve.")).toEqual([
      "it's",
      "good",
      "!",
      "is",
      "it",
      "?",
      "?",
      "10",
      "10",
      "na\u00efve",
    ]);
    expect(words("")).toEqual([]);
    expect(words("... --")).toEqual([]);
  });
});
