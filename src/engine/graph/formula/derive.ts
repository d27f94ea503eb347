import { isCurved } from "../../kernels/index.ts";
import type { Weight } from "../weight.ts";
import type { Interned } from "./interned.ts";
import { inOrder, type Product, partsOf, type Term } from "./term.ts";

/** The gradient of something given: what is computed element by element, and products with transposed matrices. */
export interface Gradient {
  readonly sum: Term | undefined;
  readonly products: readonly Product[];
}

/** The gradients of some terms, when those of a step's results come in. */
export interface Derived {
  inputs: Gradient[];
  states: Gradient[];
  /** Each product's gradient is the outer product of what was multiplied and the gradient of the result. */
  matrices: { readonly weight: Weight; readonly from: Term; readonly gradient: Term }[];
  /** Those of vectors are sums over rows. */
  vectors: { readonly weight: Weight; readonly gradient: Term }[];
  /** Normalisations whose gain is learned: its gradient falls off where that of the row is computed. */
  normals: Term[];
}

/** Goes back from the results of a step; `incoming` are their gradients. Undefined where none comes in. */
export function derive(
  make: Interned,
  results: readonly Term[],
  incoming: readonly Term[],
  given: { readonly inputs: number; readonly states: number },
): Derived {
  const sums = new Map<Term, Term[]>();
  const products = new Map<Term, Product[]>();
  const push = <T>(map: Map<Term, T[]>, term: Term, value: T) => map.set(term, [...(map.get(term) ?? []), value]);
  const give = (term: Term, gradient: Term) => push(sums, term, gradient);
  results.forEach((result, index) => {
    // What comes in is written over at every step: this is its copy where it is read later.
    const { features } = incoming[index];
    give(result, make.make({ kind: "unary", name: "linear", of: incoming[index] }, features));
  });
  const gradientOf = (term: Term): Gradient => ({
    sum: make.sum(sums.get(term) ?? []),
    products: products.get(term) ?? [],
  });
  const whole = (term: Term): Term | undefined => {
    const { sum, products } = gradientOf(term);
    if (products.length === 0) return sum;
    const product = make.linear(products, term.features!);
    return sum ? make.binary("add", product, sum) : product;
  };
  const none = (): Gradient => ({ sum: undefined, products: [] });
  const derived: Derived = {
    inputs: Array.from({ length: given.inputs }, none),
    states: Array.from({ length: given.states }, none),
    matrices: [],
    vectors: [],
    normals: [],
  };
  const matters = mattering(results);
  for (const term of inOrder(results).reverse()) {
    const { what } = term;
    if (!matters.has(term)) continue;
    if (what.kind === "input") derived.inputs[what.index] = gradientOf(term);
    else if (what.kind === "state") derived.states[what.index] = gradientOf(term);
    const g = whole(term);
    if (!g) continue;
    switch (what.kind) {
      case "vector":
        derived.vectors.push({ weight: what.weight, gradient: g });
        break;
      case "linear":
        for (const { from, matrix, transposed } of what.products) {
          derived.matrices.push({ weight: matrix, from, gradient: g });
          if (matters.has(from)) push(products, from, { from: g, matrix, transposed: !transposed });
        }
        if (what.bias) give(what.bias, g);
        break;
      case "unary":
        if (matters.has(what.of)) give(what.of, unaryGradient(make, term, g));
        break;
      case "binary": {
        const { name, a, b } = what;
        const negative = (x: Term) => make.binary("multiply", x, make.constant(-1));
        if (name === "add") for (const part of [a, b]) give(part, g);
        else if (name === "subtract") {
          give(a, g);
          if (matters.has(b)) give(b, negative(g));
        } else if (name === "multiply") {
          if (matters.has(a)) give(a, make.binary("multiply", g, b));
          if (matters.has(b)) give(b, make.binary("multiply", g, a));
        } else {
          const share = make.binary("divide", g, b);
          if (matters.has(a)) give(a, share);
          if (matters.has(b)) give(b, negative(make.binary("multiply", share, term)));
        }
        break;
      }
      case "normal":
        derived.normals.push(make.make({ kind: "normalBack", normal: term, gradient: g }, term.features));
        if (what.shift?.what.kind === "vector") derived.vectors.push({ weight: what.shift.what.weight, gradient: g });
        give(what.of, derived.normals[derived.normals.length - 1]);
        break;
    }
  }
  return derived;
}

/** The terms whose gradient anyone wants: all that depend on something given or learned. */
function mattering(results: readonly Term[]): Set<Term> {
  const found = new Set<Term>();
  for (const term of inOrder(results)) {
    const { kind } = term.what;
    if (kind === "input" || kind === "state" || kind === "vector" || kind === "linear") found.add(term);
    else if (partsOf(term).some((part) => found.has(part))) found.add(term);
  }
  return found;
}

function unaryGradient(make: Interned, y: Term, g: Term): Term {
  const { what } = y;
  if (what.kind !== "unary") throw new Error("no function of one number");
  const { name, of: x } = what;
  const times = (slope: Term) => make.binary("multiply", g, slope);
  switch (name) {
    case "log":
      return make.binary("divide", g, x);
    case "softplus":
      return times(make.unary("sigmoid", x));
    case "squareRoot":
      return make.binary("divide", make.binary("multiply", g, make.constant(0.5)), y);
    case "absolute":
      return times(make.unary("sign", x));
    case "exponential":
      return times(y);
    default: {
      if (name === "sign" || name.startsWith("slope of ")) throw new Error(`${name} is not derived again`);
      const function_ = name as Exclude<typeof name, "sign" | `slope of ${string}`>;
      return times(make.unary(`slope of ${function_}` as never, isCurved(function_) ? x : y));
    }
  }
}
