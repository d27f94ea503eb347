import { list, refuse } from "./refuse.js";

// A codec is how rows become a model's own, and outputs answers. `encode(row)` gives the model's rows that a row takes,
// each as a list with the numbers of each input; `decode(given, row)` the answer to what they gave, for each a list with each
// output; `step` is that of the model.

/** Numbers as they come, those of each step in an array of their own or one behind the other. */
export const numbers = (row, features) =>
  ArrayBuffer.isView(list(row))
    ? row
    : Array.from(row).flatMap((x) =>
        x && typeof x === "object"
          ? Array.from(x.length === features ? x : refuse(`steps of ${features} numbers`, x.length))
          : x,
      );

/** What stands for one step. */
export const oneStep = (x) => (x?.length ? x : [x]);

/** The most likely label. One output stands for the second of two. */
export function labelled(labels, [[output]]) {
  const shares = output.length < labels.length ? [Math.fround(1 - output[0]), output[0]] : output;
  return {
    label: labels[shares.indexOf(Math.max(...shares))],
    probabilities: Object.fromEntries(labels.map((label, i) => [label, shares[i]])),
  };
}
