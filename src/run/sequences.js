import { labelled, numbers, oneStep } from "./codec.js";

/** Symbols, tokens or numbers as they are. */
export function sequences({ task, tokens, alphabet = [], labels }) {
  const values = (row) =>
    tokens ? Array.from(row, (x) => (typeof x === "string" ? alphabet.indexOf(x) + 1 || -1 : x)) : numbers(row);
  return {
    encode: (row) => [values(row)],
    decode: (outputs) => (task === "regression" ? outputs[0][0] : labelled(labels, outputs)),
    steps: (x) => [values(oneStep(x))],
  };
}
