import { GruvyError, shown } from "../base/index.ts";
import { binary, constantTerm, matmul, normal, type Term, termOf, unary } from "../engine/index.ts";

export type { Term } from "../engine/index.ts";

/** A term, or a number that stands for itself in every feature. */
type Operand = Term | number;

type Unary = (x: Operand) => Term;
const function1 =
  (name: Parameters<typeof unary>[0], word: string = name): Unary =>
  (x) =>
    unary(name, termOf(x, word));

/** Several operands, taken two at a time from the left. */
function chain(name: "add" | "multiply", operands: readonly Operand[]): Term {
  if (operands.length < 2) {
    throw new GruvyError("model/formula", `Expected at least two operands for ${name}, found ${operands.length}`);
  }
  return operands.map((operand) => termOf(operand, name)).reduce((a, b) => binary(name, a, b));
}

/** What `layerNorm` can be told. */
export interface LayerNormTermOptions {
  /** A weight of one axis that the normalised row is multiplied with. */
  readonly gamma?: Term;
  /** A weight of one axis that is added. */
  readonly beta?: Term;
  /** Added to the variance. Default 0.001. */
  readonly epsilon?: number;
}

/**
 * What cells, layers, losses and metrics of one's own are written with. A term stands for a row of numbers, as many as it
 * has features; numbers may stand where terms do. Nothing is computed where a formula is written down: it is
 * differentiated and compiled with the model.
 *
 * `matmul(x, w)` multiplies with a weight of two axes [features, units]. `add` and `multiply` take two terms or more,
 * `subtract` and `divide` two; all go element by element, as do `negate`, `square`, `sqrt`, `abs`, `exp`, `log`,
 * `softplus`, and the activations `sigmoid`, `tanh`, `relu`, `elu`, `selu`, `gelu`, `swish`, `hardSigmoid`.
 * `layerNorm(x, { gamma, beta, epsilon })` brings each row to mean 0 and variance 1.
 *
 * Throws `model/formula` where features do not fit.
 *
 * @example
 * const { add, matmul, tanh } = ops;
 * const plain = customCell("plainCell", ({ units }: { units: number }) => ({
 *   states: units,
 *   weights: (features) => ({ w: { shape: [features, units] }, u: { shape: [units, units] }, b: { shape: [units] } }),
 *   step: (x, [h], { w, u, b }) => tanh(add(matmul(x, w), matmul(h, u), b)),
 * }));
 * sequential([input({ shape: [10, 3] }), rnn(plain({ units: 4 }))]).countParams(); // 32
 */
export const ops = {
  matmul(x: Term, w: Term): Term {
    return matmul(termOf(x, "matmul"), w);
  },
  add: (...operands: readonly Operand[]): Term => chain("add", operands),
  multiply: (...operands: readonly Operand[]): Term => chain("multiply", operands),
  subtract: (a: Operand, b: Operand): Term => binary("subtract", termOf(a, "subtract"), termOf(b, "subtract")),
  divide: (a: Operand, b: Operand): Term => binary("divide", termOf(a, "divide"), termOf(b, "divide")),
  negate: (x: Operand): Term => binary("multiply", termOf(x, "negate"), constantTerm(-1)),
  square(x: Operand): Term {
    const term = termOf(x, "square");
    return binary("multiply", term, term);
  },
  sqrt: function1("squareRoot", "sqrt"),
  abs: function1("absolute", "abs"),
  exp: function1("exponential", "exp"),
  log: function1("log"),
  softplus: function1("softplus"),
  sigmoid: function1("sigmoid"),
  tanh: function1("tanh"),
  relu: function1("relu"),
  elu: function1("elu"),
  selu: function1("selu"),
  gelu: function1("gelu"),
  swish: function1("swish"),
  hardSigmoid: function1("hardSigmoid"),
  layerNorm(x: Term, { gamma, beta, epsilon = 1e-3 }: LayerNormTermOptions = {}): Term {
    if (typeof epsilon !== "number" || !(epsilon > 0) || !Number.isFinite(epsilon)) {
      throw new GruvyError("model/formula", `Expected epsilon of layerNorm to be above 0, found ${shown(epsilon)}`);
    }
    return normal(termOf(x, "layerNorm"), gamma, beta, epsilon);
  },
} as const;
