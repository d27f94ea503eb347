import { expect, test } from "vitest";
import { frequentWords, knowsWord, scriptOf, scripts, textEncoder, wordsOf } from "./text-words.ts";

test("the alphabet of the texts decides how they are split", () => {
  expect(scriptOf(["A good film.", "Très bien"])).toBe("unicode");
  const english = "A good film, though the scene drags on and on without any end in sight, sadly so it is.";
  expect(scriptOf(["A café.", ...new Array<string>(10).fill(english)])).toBe("ascii");
  expect(scriptOf(["Das Essen war großartig, der Wein auch; wir kommen gerne wieder, am liebsten am Samstag."])).toBe(
    "unicode",
  );
  expect(scriptOf(["Хороший фильм"])).toBe("unicode");
  expect(scriptOf(["", "123"])).toBe("ascii");
  expect(scriptOf(["\u00a9 2020 Acme\u2122", "\u{1f600}"])).toBe("emoji");
  expect(scriptOf(["\u00a9 2020 Acme\u2122"])).toBe("ascii");
});

test("words of any alphabet, and characters where no spaces are written", () => {
  const unicode = wordsOf("unicode");
  expect(unicode("Хороший<br />ФИЛЬМ, c'est 2!")).toEqual(["хороший", "фильм", "c'est", "2"]);
  expect(unicode("好电影 ok")).toEqual(["好", "电", "影", "ok"]);
  expect(unicode("...")).toEqual([]);
});

test("emojis are words, without what varies and joins them, where texts have any", () => {
  const emoji = wordsOf("emoji");
  expect(
    emoji("Ça va\u{1f44d}\u{1f3fd}\u2764\ufe0f\u200d\u{1f525} \u{1f1e9}\u{1f1ea} 1\ufe0f\u20e3 \u00a9 I\u2665you 好1"),
  ).toEqual([
    "ça",
    "va",
    "\u{1f44d}",
    "\u2764",
    "\u{1f525}",
    "\u{1f1e9}\u{1f1ea}",
    "1",
    "i",
    "\u2665",
    "you",
    "好",
    "1",
  ]);
  // A saved model goes on reading texts as it was trained.
  expect(wordsOf("unicode")("va\u{1f44d} \u2764\ufe0f")).toEqual(["va", "\ufe0f"]);
  expect(frequentWords(["a \u{1f600}", "\u{1f600}"], "emoji", 100)).toEqual(["\u{1f600}", "a"]);
});

test("tokens without a known word are told", () => {
  const { encode } = textEncoder({ words: ["a"], script: "ascii", maxLength: 3, truncate: "pre" });
  expect(["", "b", "b a"].map((text) => knowsWord(encode([text]).data))).toEqual([false, false, true]);
});

test("the most frequent words are kept, as many as leave room for the three marks", () => {
  const texts = ["b a a", "c a b"];
  for (const script of scripts) {
    expect(frequentWords(texts, script, 100)).toEqual(["a", "b", "c"]);
    expect(frequentWords(texts, script, 5)).toEqual(["a", "b"]);
  }
});

test("texts become tokens, cut in front and padded behind; both ways agree", () => {
  for (const script of scripts) {
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
