// The recurrent layers in float64, from Keras's equations and in Keras's order of gates.

import { type ActivationTable, defined } from "../kernels/activation.twin.ts";
import type { RowActivation } from "../kernels/index.ts";
import type { Factors } from "./factors.twin.ts";
import type { RecurrentLayer } from "./stack.twin.ts";
import type { Node, Tape } from "./tape.twin.ts";

interface Weights {
  readonly kernel: Node;
  readonly recurrentKernel: Node;
  readonly bias?: Node;
}

/** All outputs in the order of processing, one matrix [rows x units] a step, and the states behind the last, h and c. */
export function recurrentTwin(
  tape: Tape,
  layer: RecurrentLayer,
  x: readonly Node[],
  weights: Weights,
  options: {
    mask?: readonly (readonly boolean[])[];
    factors: Factors;
    functions?: ActivationTable;
    initial?: readonly Node[];
  },
): { outputs: Node[]; states: Node[] } {
  const { units, goBackwards } = layer;
  const { mask, factors, functions = defined } = options;
  const rows = x[0].rows;
  const one = (name: RowActivation) => (a: Node) =>
    name === "softmax" ? tape.softmax(a) : tape.map(a, functions.value[name], functions.slope[name]);
  const f = one(layer.activation);
  const gate = one(layer.recurrentActivation);
  const dropped = (a: Node, keep: ArrayLike<number> | undefined) =>
    keep ? tape.times(a, tape.node(a.rows, a.columns, keep)) : a;
  const rest = (a: Node) =>
    tape.map(
      a,
      (v) => 1 - v,
      () => -1,
    );
  const part = (a: Node, g: number) => tape.columns(a, g * units, units);
  const { bias } = weights;
  const biasRow = (row: number) => (bias ? tape.row(bias, row) : undefined);
  /** x W of one gate, with its bias. */
  const input = (step: Node, g: number) => {
    const product = tape.multiply(dropped(step, factors.input?.[g]), part(weights.kernel, g));
    const b = biasRow(0);
    return b ? tape.add(product, part(b, g)) : product;
  };
  const recurrent = (state: Node, g: number) =>
    tape.multiply(dropped(state, factors.state?.[g]), part(weights.recurrentKernel, g));
  let [h, c] = options.initial ?? [tape.node(rows, units), tape.node(rows, units)];
  const step = (now: Node): [Node, Node] => {
    switch (layer.layer) {
      case "simpleRnn":
        return [f(tape.add(input(now, 0), recurrent(h, 0))), c];
      case "lstm": {
        const [i, forget, candidate, o] = [0, 1, 2, 3].map((g) => tape.add(input(now, g), recurrent(h, g)));
        const next = tape.add(tape.times(gate(forget), c), tape.times(gate(i), f(candidate)));
        return [tape.times(gate(o), f(next)), next];
      }
      case "gruAfter":
      case "gruBefore": {
        const inner = (g: number) => {
          const product = recurrent(h, g);
          const b = layer.layer === "gruAfter" ? biasRow(1) : undefined;
          return b ? tape.add(product, part(b, g)) : product;
        };
        const z = gate(tape.add(input(now, 0), inner(0)));
        const r = gate(tape.add(input(now, 1), inner(1)));
        const through =
          layer.layer === "gruAfter"
            ? tape.times(r, inner(2))
            : tape.multiply(tape.times(r, dropped(h, factors.state?.[2])), part(weights.recurrentKernel, 2));
        const candidate = f(tape.add(input(now, 2), through));
        return [tape.add(tape.times(z, h), tape.times(rest(z), candidate)), c];
      }
    }
  };
  const outputs: Node[] = [];
  const order = x.map((_, t) => (goBackwards ? x.length - 1 - t : t));
  for (const t of order) {
    const [nextH, nextC] = step(x[t]);
    h = mask ? tape.select(mask[t], nextH, h) : nextH;
    c = mask ? tape.select(mask[t], nextC, c) : nextC;
    outputs.push(h);
  }
  return { outputs, states: [h, c] };
}
