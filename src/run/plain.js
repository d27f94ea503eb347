import { numbers, oneStep } from "./codec.js";
import { refuse } from "./refuse.js";
import { streams } from "./streams.js";

/** Numbers in, outputs out. A row of several inputs has those of each, in a list or by name. */
export const plain = (about, program) => {
  const { inputs, answer } = about;
  const encode = (row) => {
    const given = inputs[1] ? (Array.isArray(row) ? row : inputs.map(({ name }) => row?.[name])) : [row];
    if (given.length !== inputs.length) refuse(`a list of ${inputs.length}`, given.length);
    return [given.map((one, i) => numbers(one, inputs[i].features))];
  };
  // Arranged as those of the model: one, a list, or an object by name.
  const decode = ([outputs]) =>
    typeof answer === "number"
      ? outputs[0]
      : Array.isArray(answer)
        ? outputs
        : Object.fromEntries(Object.keys(answer).map((name) => [name, outputs[answer[name]]]));
  return { encode, decode, step: streams(about, program, decode, (x) => encode(oneStep(x))) };
};
