import { labelled, numbers, oneStep } from "./codec.js";
import { list, refuse } from "./refuse.js";
import { streams } from "./streams.js";

/** Symbols, tokens or numbers as they are. */
export function sequences(about, program) {
  const { task, tokens, alphabet = [], labels } = about.preprocessing;
  const token = (x) =>
    typeof x === "string" ? alphabet.indexOf(x) + 1 || refuse(`a symbol of ${alphabet}`, x, `"${x}"`) : x;
  const encode = (row) => [
    [tokens ? Array.from(typeof row === "string" ? row : list(row), token) : numbers(row, about.inputs[0].features)],
  ];
  const decode = (given) => (task === "regression" ? given[0][0][0] : labelled(labels, given));
  return { encode, decode, step: streams(about, program, decode, (x) => encode(oneStep(x))) };
}
