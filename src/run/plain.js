import { numbers, oneStep } from "./codec.js";
import { streams } from "./streams.js";

/** Numbers in, outputs out. */
export const plain = (about, program) => {
  const values = (row) => [numbers(row, about.inputs[0].features)];
  const decode = ([output]) => output;
  return { encode: values, decode, step: streams(about, program, decode, (x) => values(oneStep(x))) };
};
