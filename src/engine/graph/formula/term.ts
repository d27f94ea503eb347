import { GruvyError, shown } from "../../../base/index.ts";
import type { ActivationName } from "../../kernels/index.ts";
import type { Weight } from "../weight.ts";

/** Functions of one number whose derivative is written with their value or their argument. */
export type UnaryName = ActivationName | "log" | "softplus" | "squareRoot" | "absolute";

/** Functions that only derivatives need. */
export type SlopeName = "sign" | `slope of ${ActivationName}`;

/** A product with a weight matrix, or on the way back with its transpose. */
export interface Product {
  readonly from: Term;
  readonly matrix: Weight;
  readonly transposed: boolean;
}

export type TermKind =
  /** Given rows: of the input with that number, of the state before the step, or the gradient of the state behind it. */
  | { readonly kind: "input" | "state" | "incoming"; readonly index: number }
  /** Keep factors of a dropout, the same at every step. */
  | { readonly kind: "kept"; readonly of: "input" | "state"; readonly index: number }
  /** A learned number for each feature, the same for all rows. */
  | { readonly kind: "vector"; readonly weight: Weight }
  /** What `matmul` multiplies with; it stands nowhere else. */
  | { readonly kind: "matrix"; readonly weight: Weight }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "linear"; readonly products: readonly Product[]; readonly bias: Term | undefined }
  | { readonly kind: "unary"; readonly name: UnaryName | SlopeName; readonly of: Term }
  | { readonly kind: "binary"; readonly name: BinaryName; readonly a: Term; readonly b: Term }
  /** Each row brought to mean 0 and variance 1, then scaled by a gain and shifted. */
  | {
      readonly kind: "normal";
      readonly of: Term;
      readonly gain: Term | undefined;
      readonly shift: Term | undefined;
      readonly epsilon: number;
    }
  /** The gradient of what a `normal` was taken of. */
  | { readonly kind: "normalBack"; readonly normal: Term; readonly gradient: Term };

export type BinaryName = "add" | "subtract" | "multiply" | "divide";

/** A formula of one row, and part of others: what a user's cell, layer or loss is made of. It holds no numbers. */
export class Term {
  readonly what: TermKind;
  /** Features; undefined for a constant, which fits any number. */
  readonly features: number | undefined;

  constructor(what: TermKind, features: number | undefined) {
    this.what = what;
    this.features = features;
  }

  /** Where a formula is compared or reckoned with as if it were a number. */
  [Symbol.toPrimitive](): never {
    throw new GruvyError(
      "model/formula",
      "A term is no number: it stands for what will be there when the model runs",
      "Use ops.add and its like in place of + and -, ops.relu in place of comparisons.",
    );
  }
}

/** A weight of one axis or of two. */
export function weightTerm(weight: Weight): Term {
  if (weight.shape.length === 2) return new Term({ kind: "matrix", weight }, undefined);
  return new Term({ kind: "vector", weight }, weight.shape[0]);
}

/** The terms that a term is made of. */
export function partsOf({ what }: Term): readonly Term[] {
  switch (what.kind) {
    case "linear":
      return [...what.products.map(({ from }) => from), ...(what.bias ? [what.bias] : [])];
    case "unary":
      return [what.of];
    case "binary":
      return [what.a, what.b];
    case "normal":
      return [what.of, what.gain, what.shift].filter((part) => part !== undefined);
    case "normalBack":
      return [what.normal, what.gradient];
    default:
      return [];
  }
}

/** All that some terms are made of, themselves included, each after its parts. */
export function inOrder(terms: readonly Term[]): Term[] {
  const order = new Set<Term>();
  const visit = (term: Term) => {
    if (order.has(term)) return;
    partsOf(term).forEach(visit);
    order.add(term);
  };
  terms.forEach(visit);
  return [...order];
}

export const constant = (value: number): Term => new Term({ kind: "constant", value }, undefined);

/** A term, or a number in its place. */
export function termOf(value: unknown, where: string): Term {
  if (typeof value === "number" && Number.isFinite(value)) return constant(value);
  if (value instanceof Term && value.what.kind !== "matrix") return value;
  const found = value instanceof Term ? "a weight of two axes" : shown(value);
  throw new GruvyError(
    "model/formula",
    `Expected a term or a finite number in ${where}, found ${found}`,
    value instanceof Term ? "A weight of two axes is used in matmul, as its second argument." : "",
  );
}

export function unary(name: UnaryName | SlopeName, of: Term): Term {
  return new Term({ kind: "unary", name, of }, of.features);
}

/** The features of two terms that are taken element by element. */
function common(a: Term, b: Term, where: string): number | undefined {
  if (a.features === undefined || b.features === undefined) return a.features ?? b.features;
  if (a.features === b.features) return a.features;
  throw new GruvyError(
    "model/formula",
    `Expected as many features on both sides of ${where}, found ${a.features} and ${b.features}`,
    "matmul with a weight matrix changes the number of features.",
  );
}

export function binary(name: BinaryName, a: Term, b: Term): Term {
  return new Term({ kind: "binary", name, a, b }, common(a, b, name));
}

export function matmul(from: Term, matrix: Term): Term {
  if (!(matrix instanceof Term) || matrix.what.kind !== "matrix") {
    throw new GruvyError("model/formula", "Expected a weight of two axes as the second argument of matmul");
  }
  const { weight } = matrix.what;
  const [rows, columns] = weight.shape;
  if (from.features !== rows) {
    throw new GruvyError(
      "model/formula",
      `Expected ${rows} features for matmul with "${weight.path}" of shape [${weight.shape.join(", ")}], found ${from.features ?? "a constant"}`,
    );
  }
  return new Term(
    { kind: "linear", products: [{ from, matrix: weight, transposed: false }], bias: undefined },
    columns,
  );
}

export function normal(of: Term, gain: Term | undefined, shift: Term | undefined, epsilon: number): Term {
  for (const part of [gain, shift]) {
    if (part && part.what.kind !== "vector") {
      throw new GruvyError("model/formula", "Expected the gain and the shift of layerNorm to be weights of one axis");
    }
    if (part) common(of, part, "layerNorm");
  }
  if (of.features === undefined) {
    throw new GruvyError("model/formula", "Expected features in layerNorm, found a constant");
  }
  return new Term({ kind: "normal", of, gain, shift, epsilon }, of.features);
}
