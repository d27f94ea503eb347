// Cells as formulas, for the tests: those of the literature, and random ones.

import { random, stream } from "../../../base/index.ts";
import type { CellFormula } from "../ops/formula-recurrent.ts";
import { biasWeight, matrixWeight, type Weight } from "../weight.ts";
import { binary, constant, matmul, normal, Term, type UnaryName, unary, weightTerm } from "./term.ts";

const add = (...terms: Term[]): Term => terms.reduce((a, b) => binary("add", a, b));
const times = (a: Term, b: Term): Term => binary("multiply", a, b);
const rest = (a: Term): Term => binary("subtract", constant(1), a);
const sigmoid = (a: Term): Term => unary("sigmoid", a);
const tanh = (a: Term): Term => unary("tanh", a);

/** What a cell is written with. */
export interface Pen {
  readonly x: Term;
  readonly states: readonly Term[];
  /** A matrix or vector of that name. */
  m(name: string, rows: number, columns: number): Term;
  v(name: string, features: number): Term;
}

type Step = (pen: Pen, units: number) => Term[];

const gates = ({ m, v }: Pen, x: Term, h: Term, units: number, name: string): Term =>
  add(
    matmul(x, m(`w${name}`, x.features!, units)),
    matmul(h, m(`u${name}`, h.features!, units)),
    v(`${name}bias`, units),
  );

/** Each with the features of its states. */
export const cellsByName: Record<string, { states: (units: number) => number[]; step: Step }> = {
  minimalGatedUnit: {
    states: (units) => [units],
    step: (pen, units) => {
      const { x, states, m, v } = pen;
      const [h] = states;
      const f = sigmoid(gates(pen, x, h, units, "f"));
      const inner = add(
        matmul(x, m("wc", x.features!, units)),
        matmul(times(f, h), m("uc", units, units)),
        v("cbias", units),
      );
      return [add(times(rest(f), h), times(f, tanh(inner)))];
    },
  },
  gru: {
    states: (units) => [units],
    step: (pen, units) => {
      const { x, states, m, v } = pen;
      const [h] = states;
      const z = sigmoid(add(gates(pen, x, h, units, "z"), v("z2bias", units)));
      const r = sigmoid(add(gates(pen, x, h, units, "r"), v("r2bias", units)));
      const inner = add(matmul(h, m("uc", units, units)), v("c2bias", units));
      const c = tanh(add(matmul(x, m("wc", x.features!, units)), v("cbias", units), times(r, inner)));
      return [add(times(z, h), times(rest(z), c))];
    },
  },
  plain: {
    states: (units) => [units],
    step: (pen, units) => [tanh(gates(pen, pen.x, pen.states[0], units, "h"))],
  },
  peephole: {
    states: (units) => [units, units],
    step: (pen, units) => {
      const { x, states, v } = pen;
      const [h, c] = states;
      const i = sigmoid(add(gates(pen, x, h, units, "i"), times(v("pi", units), c)));
      const f = sigmoid(add(gates(pen, x, h, units, "f"), times(c, v("pf", units))));
      const next = add(times(f, c), times(i, tanh(gates(pen, x, h, units, "c"))));
      const o = sigmoid(add(gates(pen, x, h, units, "o"), times(v("po", units), next)));
      return [times(o, tanh(next)), next];
    },
  },
  /** With a state of another size, which a product makes. */
  projected: {
    states: (units) => [units, units + 3],
    step: (pen, units) => {
      const { x, states, m } = pen;
      const [h, c] = states;
      const f = sigmoid(gates(pen, x, h, units + 3, "f"));
      const next = add(times(f, c), times(rest(f), tanh(gates(pen, x, h, units + 3, "c"))));
      return [matmul(tanh(next), m("p", units + 3, units)), next];
    },
  },
  normalized: {
    states: (units) => [units],
    step: (pen, units) => {
      const { x, states, m, v } = pen;
      const [h] = states;
      const of = (name: string) => ({
        x: normal(matmul(x, m(`w${name}`, x.features!, units)), v(`gx${name}`, units), v(`${name}bias`, units), 0.1),
        h: normal(matmul(h, m(`u${name}`, units, units)), v(`gh${name}`, units), undefined, 0.1),
      });
      const [z, r, c] = ["z", "r", "c"].map(of);
      const update = sigmoid(add(z.x, z.h));
      const candidate = tanh(add(c.x, times(sigmoid(add(r.x, r.h)), c.h)));
      return [add(times(update, h), times(rest(update), normal(candidate, undefined, undefined, 0.5)))];
    },
  },
  /** What may stand anywhere: functions ahead of the steps, the input element by element, a state read nowhere. */
  odd: {
    states: (units) => [units, units],
    step: (pen, units) => {
      const { x, states, m, v } = pen;
      const [h] = states;
      const ahead = unary("gelu", matmul(unary("softplus", x), m("w", x.features!, units)));
      const deep = unary("swish", matmul(ahead, m("w2", units, units)));
      const soft = unary("softplus", add(matmul(h, m("u", units, units)), deep, ahead));
      const share = binary(
        "divide",
        soft,
        add(constant(1.5), unary("absolute", h), unary("exponential", times(constant(0.1), deep))),
      );
      const root = unary("squareRoot", add(times(share, share), constant(0.3)));
      const scaled = unary("log", add(root, constant(0.8)));
      return [binary("subtract", tanh(scaled), times(constant(0.3), times(h, v("s", units)))), unary("elu", share)];
    },
  },
  /** Divides by a vector, whose pads are zero: what that gives must reach no feature. */
  divided: {
    states: (units) => [units],
    step: (pen, units) => {
      const { x, states, v } = pen;
      const share = binary("divide", tanh(gates(pen, x, states[0], units, "h")), v("s", units));
      return [tanh(gates(pen, times(share, v("s", units)), states[0], units, "o"))];
    },
  },
  /** The input itself goes into the state; it has as many features. */
  residual: {
    states: (units) => [units],
    step: ({ x, states, m }, units) => {
      const [h] = states;
      const z = unary("hardSigmoid", matmul(binary("subtract", h, x), m("u", units, units)));
      return [binary("add", times(z, x), times(rest(z), unary("relu", add(times(constant(0.7), h), tanh(x)))))];
    },
  },
};

const functions: UnaryName[] = [
  "tanh",
  "sigmoid",
  "relu",
  "hardSigmoid",
  "elu",
  "selu",
  "swish",
  "gelu",
  "softplus",
  "absolute",
];

/** A random formula of bounded numbers. */
function randomStep(seed: number): Step {
  return ({ x, states, m, v }, units) => {
    const source = random(seed, stream.initial, 77);
    let drawn = 0;
    const below = (most: number) => source.below(drawn++, most);
    let names = 0;
    const product = (of: Term) => matmul(of, m(`k${names++}`, of.features!, units));
    const made: Term[] = [product(x), ...states, product(states[0])];
    const any = () => made[below(made.length)];
    for (let i = 0; i < 4 + below(8); i++) {
      const kind = below(9);
      if (kind < 2) made.push(unary(functions[below(functions.length)], any()));
      else if (kind < 4) made.push(add(any(), any()));
      else if (kind === 4) made.push(times(tanh(any()), sigmoid(any())));
      else if (kind === 5) made.push(product(tanh(any())));
      else if (kind === 6) made.push(add(any(), v(`b${names++}bias`, units)));
      else if (kind === 7) made.push(binary("subtract", any(), times(any(), constant(0.5))));
      else made.push(normal(any(), below(2) ? v(`g${names++}`, units) : undefined, undefined, 0.5));
    }
    return states.map((state, i) => {
      const z = sigmoid(made[made.length - 1 - i]);
      return below(3) === 0 ? tanh(any()) : add(times(z, state), times(rest(z), tanh(any())));
    });
  };
}

/** A pen for an input of so many features, and the weights that it has made. */
function penFor(features: number, path: string): { pen: Omit<Pen, "states">; weights: Map<string, Weight> } {
  const weights = new Map<string, Weight>();
  const weight = (name: string, make: (path: string) => Weight): Term => {
    const found = weights.get(name) ?? make(`${path}/${name}`);
    weights.set(name, found);
    return weightTerm(found);
  };
  const pen = {
    x: new Term({ kind: "input", index: 0 }, features),
    m: (name: string, rows: number, columns: number) =>
      weight(name, (path) => matrixWeight({ path, rows, units: columns })),
    v: (name: string, features: number) =>
      weight(name, (path) => biasWeight({ path, shape: [features], units: features })),
  };
  return { pen, weights };
}

/** A cell by its name, or a random one by its number. */
export function testCell(cell: string | number, features: number, units: number, path: string): CellFormula {
  const known = typeof cell === "string" ? cellsByName[cell] : undefined;
  const widths = known ? known.states(units) : Array.from({ length: 1 + (Number(cell) % 2) }, () => units);
  const step = known?.step ?? randomStep(Number(cell));
  const { pen, weights } = penFor(features, path);
  const states = widths.map((features, index) => new Term({ kind: "state", index }, features));
  const results = step({ ...pen, states }, units);
  return {
    name: "test cell",
    states: widths.map((features, i) => ({ name: `s${i}`, features })),
    weights: [...weights.values()],
    results,
  };
}

/** A random formula of a row, by its number. */
export function testRows(seed: number, features: number, units: number, path: string) {
  const { pen, weights } = penFor(features, path);
  const { x, m } = pen;
  const [result] = randomStep(seed)({ ...pen, states: [tanh(matmul(x, m("first", features, units)))] }, units);
  return { name: "test rows", weights: [...weights.values()], result };
}
