// Formulas in float64: each term from its definition, with the gradient that the tape finds.

import { type ActivationTable, defined } from "../../kernels/activation.twin.ts";
import type { ActivationName } from "../../kernels/index.ts";
import type { Node, Tape } from "../tape.twin.ts";
import type { Term } from "./term.ts";

const others: Record<string, readonly [value: (x: number) => number, slope: (x: number) => number]> = {
  log: [Math.log, (x) => 1 / x],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (x) => 1 / (1 + Math.exp(-x))],
  squareRoot: [Math.sqrt, (x) => 0.5 / Math.sqrt(x)],
  absolute: [Math.abs, Math.sign],
};

/** The values of some terms for rows that are given. */
export function evaluateTerms(
  tape: Tape,
  terms: readonly Term[],
  given: {
    readonly rows: number;
    readonly inputs: readonly Node[];
    readonly states: readonly Node[];
    /** Keep factors where they are multiplied: of the input, and of states in products. */
    readonly keptInput?: ArrayLike<number>;
    readonly keptStates?: readonly ArrayLike<number>[];
    readonly weight: (path: string) => Node;
    readonly functions?: ActivationTable;
  },
): Node[] {
  const { rows, functions = defined } = given;
  const filled = (columns: number, value: number) =>
    tape.node(rows, columns, new Float64Array(rows * columns).fill(value));
  const everyRow = (row: Node) => tape.multiply(filled(1, 1), row);
  const dropped = (node: Node, keep: ArrayLike<number> | undefined) =>
    keep ? tape.times(node, tape.node(node.rows, node.columns, keep)) : node;
  const known = new Map<Term, Node>();
  const of = (term: Term, features = term.features): Node => {
    const { what } = term;
    if (what.kind === "constant") return filled(features!, what.value);
    let node = known.get(term);
    if (!node) {
      node = made(term);
      known.set(term, node);
    }
    return node;
  };
  const made = (term: Term): Node => {
    const { what } = term;
    switch (what.kind) {
      case "input":
        return dropped(given.inputs[what.index], given.keptInput);
      case "state":
        return given.states[what.index];
      case "vector":
        return everyRow(given.weight(what.weight.path));
      case "linear": {
        const products = what.products.map(({ from, matrix }) => {
          const keep = from.what.kind === "state" ? given.keptStates?.[from.what.index] : undefined;
          return tape.multiply(dropped(of(from), keep), given.weight(matrix.path));
        });
        return products.reduce((a, b) => tape.add(a, b));
      }
      case "unary": {
        const name = what.name as ActivationName;
        const [value, slope] = others[what.name] ?? [functions.value[name], functions.slope[name]];
        return tape.map(of(what.of), value, slope);
      }
      case "binary": {
        const [a, b] = [of(what.a, term.features), of(what.b, term.features)];
        const by = (factor: number) =>
          tape.map(
            b,
            (x) => factor * x,
            () => factor,
          );
        if (what.name === "add") return tape.add(a, b);
        if (what.name === "subtract") return tape.add(a, by(-1));
        if (what.name === "multiply") return tape.times(a, b);
        return tape.times(
          a,
          tape.map(
            b,
            (x) => 1 / x,
            (x) => -1 / (x * x),
          ),
        );
      }
      case "normal": {
        const y = tape.normalized(of(what.of), what.epsilon);
        const scaled = what.gain ? tape.times(y, of(what.gain)) : y;
        return what.shift ? tape.add(scaled, of(what.shift)) : scaled;
      }
      default:
        throw new Error(`a ${what.kind} has no definition`);
    }
  };
  return terms.map((term) => of(term));
}
