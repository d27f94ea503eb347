import { expect, test } from "vitest";
import { frequentWords, scriptOf, textEncoder, unicodeWords } from "./text-words.ts";

test("the alphabet of the texts decides how they are split", () => {
  expect(scriptOf(["A good film.", "Très bien"])).toBe("unicode");
  const english = "A good film, though the scene drags on and on without any end in sight, sadly so it is.";
  expect(scriptOf(["A café.", ...new Array<string>(10).fill(english)])).toBe("ascii");
  expect(scriptOf(["Das Essen war großartig, der Wein auch; wir kommen gerne wieder, am liebsten am Samstag."])).toBe(
    "unicode",
  );
  expect(scriptOf(["Хороший фильм"])).toBe("unicode");
  expect(scriptOf(["", "123"])).toBe("ascii");
});

test("words of any alphabet, and characters where no spaces are written", () => {
  expect(unicodeWords("Хороший<br />ФИЛЬМ, c'est 2!")).toEqual(["хороший", "фильм", "c'est", "2"]);
  expect(unicodeWords("好电影 ok")).toEqual(["好", "电", "影", "ok"]);
  expect(unicodeWords("...")).toEqual([]);
});

test("the most frequent words are kept, as many as leave room for the three marks", () => {
  const texts = ["b a a", "c a b"];
  for (const script of ["ascii", "unicode"] as const) {
    expect(frequentWords(texts, script, 100)).toEqual(["a", "b", "c"]);
    expect(frequentWords(texts, script, 5)).toEqual(["a", "b"]);
  }
});

test("texts become tokens, cut in front and padded behind; both ways agree", () => {
  for (const script of ["ascii", "unicode"] as const) {
    const encoder = textEncoder({ words: ["a", "b"], script, maxLength: 3, truncate: "pre" });
    expect(encoder.encode(["a", "a b z b", ""]).toArray()).toEqual([
      [1, 3, 0],
      [4, 2, 4],
      [1, 0, 0],
    ]);
    expect(encoder.unknownShare(["a z", "b z"])).toBe(0.5);
    expect(encoder.unknownShare(["..."])).toBe(1);
  }
});
