import { product } from "../base/index.ts";
import { opsOf, type TimeAxis, type Value, type Weight } from "../engine/index.ts";

/** Multiply-adds of matrix products for one row: so many in all, for each step of an input, for each pair of steps. */
export interface RowWork {
  readonly fixed: number;
  readonly perStep: number;
  readonly perPair: number;
}

/** The work of a layer's products: those with a weight, or those of sequences with each other in a layer of that path. */
export interface LayerWork extends RowWork {
  readonly of: Weight | string;
}

/** Steps far beyond those that borders add or take. */
const FAR = 2 ** 20;

/** How often something is computed for a row: once, for each of its steps, or for each n-th. */
function places(axis: TimeAxis | undefined, steps: readonly (number | null)[]): RowWork {
  const times = { fixed: 1, perStep: 0, perPair: 0 };
  if (!axis) return times;
  if (steps.every((count) => count !== null)) return { ...times, fixed: axis.steps(steps) };
  const at = (n: number) => axis.steps(steps.map((count) => count ?? n));
  const perStep = (at(2 * FAR) - at(FAR)) / FAR;
  return { ...times, fixed: perStep === 0 ? at(FAR) : 0, perStep };
}

const both = (a: RowWork, b: RowWork): RowWork => ({
  fixed: a.fixed * b.fixed,
  perStep: a.fixed * b.perStep + a.perStep * b.fixed,
  perPair: a.perStep * b.perStep,
});

const times = (n: number, { fixed, perStep, perPair }: RowWork): RowWork => ({
  fixed: n * fixed,
  perStep: n * perStep,
  perPair: n * perPair,
});

/** What looks rows up, or is added to them, is multiplied with nothing. */
const multiplies = ({ path, shape }: Weight): boolean => shape.length > 1 && !/\/(bias|embeddings)$/.test(path);

/**
 * The multiply-adds that predicting a row takes. `steps`: of each time axis, null where they may vary. Training takes
 * about three times as many.
 */
export function rowWork(outputs: readonly Value[], steps: readonly (number | null)[]): readonly LayerWork[] {
  return opsOf(...outputs).flatMap((op): LayerWork[] => {
    const { productsAxis, pairProducts: pairs } = op;
    const found = op.weights
      .filter(multiplies)
      .map((weight) => ({ of: weight, ...times(product(weight.shape), places(productsAxis, steps)) }));
    if (!pairs) return found;
    const [one, other] = pairs.axes.map((axis) => places(axis, steps));
    return [...found, { of: pairs.path, ...times(pairs.each, both(one, other)) }];
  });
}

/** The sum; of a layer alone where its weights and its name are given. */
export function sumOfWork(
  works: readonly LayerWork[],
  layer?: { readonly name: string; readonly weights: readonly Weight[] },
): RowWork {
  let [fixed, perStep, perPair] = [0, 0, 0];
  for (const { of, ...work } of works) {
    if (layer && !(typeof of === "string" ? `${of}/`.startsWith(`${layer.name}/`) : layer.weights.includes(of)))
      continue;
    fixed += work.fixed;
    perStep += work.perStep;
    perPair += work.perPair;
  }
  return { fixed, perStep, perPair };
}
