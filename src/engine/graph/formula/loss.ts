import { GruvyError } from "../../../base/index.ts";
import type { LossKernel } from "../../kernels/index.ts";
import { derive } from "./derive.ts";
import { Evaluation } from "./evaluation.ts";
import { Interned } from "./interned.ts";
import { inOrder, Term } from "./term.ts";

/** What a loss compares: the prediction is input 0, the target input 1. */
export const lossTerms = (): { yPred: Term; yTrue: Term } => ({
  yPred: new Term({ kind: "input", index: 0 }, 1),
  yTrue: new Term({ kind: "input", index: 1 }, 1),
});

/** Whether a term is made of another. */
export const isMadeOf = (term: Term, part: Term): boolean => inOrder([term]).includes(part);

/** A loss whose value for each element is a formula; a row's is the mean over its features. */
export function formulaLoss(name: string, result: Term): LossKernel {
  const make = new Interned();
  const [value] = make.take([result]);
  const wrong = inOrder([value]).find(({ what }) => !["input", "constant", "unary", "binary"].includes(what.kind));
  if (wrong) {
    throw new GruvyError(
      "model/formula",
      `Expected ${name} to go element by element, found ${wrong.what.kind === "normal" ? "layerNorm" : "matmul or a weight"}`,
    );
  }
  const derived = derive(make, [value], [make.constant(1)], { inputs: 2, states: 0 });
  const slope = derived.inputs[0].sum ?? make.constant(0);
  return {
    kind: "formula",
    formula: textOf(value),
    each(fn, p, y) {
      const evaluation = new Evaluation(fn, ({ what }) =>
        what.kind === "input" ? (what.index === 0 ? p : y) : undefined,
      );
      return { value: evaluation.value(value), slope: evaluation.value(slope) };
    },
  };
}

/** All that the code of a formula depends on. */
function textOf({ what }: Term): string {
  if (what.kind === "input") return what.index === 0 ? "p" : "y";
  if (what.kind === "constant") return `${what.value}`;
  if (what.kind === "unary") return `${what.name}(${textOf(what.of)})`;
  return what.kind === "binary" ? `${what.name}(${textOf(what.a)},${textOf(what.b)})` : what.kind;
}
