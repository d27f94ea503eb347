import { labelled } from "./codec.js";

/** Texts: split into words, indexed, cut and padded. */
export function texts({ words, script, maxLength, truncate, labels }) {
  const index = new Map(words.map((word, i) => [word, i + 3]));
  const single = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}";
  const word =
    script === "ascii" ? /[a-z0-9']+/g : RegExp(`[${single}]|(?:(?![${single}])[\\p{L}\\p{M}\\p{N}'])+`, "gu");
  const tokens = (text) =>
    (text.toLowerCase().replaceAll("<br />", " ").match(word) ?? []).map((found) => index.get(found) ?? 2);
  return {
    encode(text) {
      const all = [1, ...tokens(text)];
      const kept = truncate === "pre" ? all.slice(-maxLength) : all.slice(0, maxLength);
      return [[...kept, ...Array(maxLength - kept.length).fill(0)]];
    },
    decode: (outputs) => labelled(labels, outputs),
    // A text begins with the mark of its start; without a word the state stays as it is.
    steps(text, first) {
      const found = [...(first ? [1] : []), ...tokens(text)];
      return (found.length ? found : [0]).map((token) => [token]);
    },
  };
}
