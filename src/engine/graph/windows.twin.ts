// Windows over the steps of a sequence in float64, step by step: convolution and pooling.

import { type Windows, windowsOver } from "./index.ts";
import type { Node, Tape } from "./tape.twin.ts";

/** For each window the steps that its places lie on; undefined beyond the ends. */
function placesOf(windows: Windows, steps: number): (number | undefined)[][] {
  const { size, strides, dilation, padding } = windows;
  const count = windowsOver(windows, steps);
  const beyond = Math.max(0, (count - 1) * strides + (size - 1) * dilation + 1 - steps);
  const front = padding === "valid" ? 0 : padding === "causal" ? (size - 1) * dilation : Math.floor(beyond / 2);
  return Array.from({ length: count }, (_, window) =>
    Array.from({ length: size }, (_, place) => {
      const step = window * strides + place * dilation - front;
      return step >= 0 && step < steps ? step : undefined;
    }),
  );
}

/** `kernel`: its places one below another. */
export function convolutionTwin(
  tape: Tape,
  values: readonly Node[],
  windows: Windows,
  kernel: Node,
  bias: Node | undefined,
): Node[] {
  const [{ rows, columns: features }] = values;
  return placesOf(windows, values.length).map((steps) => {
    let sum = tape.node(rows, kernel.columns);
    steps.forEach((step, place) => {
      if (step === undefined) return;
      const numbers = Array.from({ length: features }, (_, j) => place * features + j);
      sum = tape.add(sum, tape.multiply(values[step], tape.rowsOf(kernel, numbers)));
    });
    return bias ? tape.add(sum, bias) : sum;
  });
}

export function poolTwin(
  tape: Tape,
  values: readonly Node[],
  windows: Omit<Windows, "dilation">,
  kind: "max" | "mean",
): Node[] {
  return placesOf({ ...windows, dilation: 1 }, values.length).map((steps) => {
    const [first, ...others] = steps.flatMap((step) => (step === undefined ? [] : [values[step]]));
    const all = others.reduce((a, b) => (kind === "max" ? tape.larger(a, b) : tape.add(a, b)), first);
    const share = kind === "max" ? 1 : 1 / (others.length + 1);
    return tape.map(
      all,
      (x) => share * x,
      () => share,
    );
  });
}

/** Each row's numbers, step after step, as steps of another number of features. */
export function regroupTwin(tape: Tape, values: readonly Node[], features: number): Node[] {
  const all = tape.beside(values);
  return Array.from({ length: all.columns / features }, (_, t) => tape.columns(all, t * features, features));
}
