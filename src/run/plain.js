import { numbers, oneStep } from "./codec.js";

/** Numbers in, outputs out. */
export const plain = () => ({
  encode: (row) => [numbers(row)],
  decode: ([output]) => output,
  steps: (x) => [numbers(oneStep(x))],
});
