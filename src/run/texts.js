import { labelled } from "./codec.js";
import { refuse } from "./refuse.js";
import { streams } from "./streams.js";

/** Texts: split into words, indexed, cut and padded. */
export function texts(about, program) {
  const { words, word, maxLength, truncate, labels } = about.preprocessing;
  const index = new Map(words.map((word, i) => [word, i + 3]));
  const pattern = RegExp(word, "gu");
  // A text begins with the mark of its start.
  const tokens = (text) => {
    const plain = (text?.toLowerCase?.() ?? refuse("a text", text)).replaceAll("<br />", " ");
    return [1, ...(plain.match(pattern) ?? []).map((found) => index.get(found) ?? 2)];
  };
  const decode = (given) => labelled(labels, given);
  return {
    encode(text) {
      const kept = tokens(text).slice(...(truncate === "pre" ? [-maxLength] : [0, maxLength]));
      return [[Object.assign(Array(maxLength).fill(0), kept)]];
    },
    decode,
    // Without a word the state stays as it is.
    step: streams(about, program, decode, (text, begun) => {
      const found = tokens(text).slice(begun);
      return (found.length ? found : [0]).map((token) => [[token]]);
    }),
  };
}
