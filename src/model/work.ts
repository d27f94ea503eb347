import { product } from "../base/index.ts";
import { opsOf, type TimeAxis, type Value, type Weight } from "../engine/index.ts";

/** Multiply-adds of matrix products for one row: so many in all, and so many more for each step of an input. */
export interface RowWork {
  readonly fixed: number;
  readonly perStep: number;
}

/** Steps far beyond those that borders add or take. */
const FAR = 2 ** 20;

/** How often a row's products with a weight are computed: once, for each of its steps, or for each n-th. */
function places(axis: TimeAxis | undefined, steps: readonly (number | null)[]): RowWork {
  if (!axis) return { fixed: 1, perStep: 0 };
  if (steps.every((count) => count !== null)) return { fixed: axis.steps(steps), perStep: 0 };
  const at = (n: number) => axis.steps(steps.map((count) => count ?? n));
  const perStep = (at(2 * FAR) - at(FAR)) / FAR;
  return { fixed: perStep === 0 ? at(FAR) : 0, perStep };
}

/** What looks rows up, or is added to them, is multiplied with nothing. */
const multiplies = ({ path, shape }: Weight): boolean => shape.length > 1 && !/\/(bias|embeddings)$/.test(path);

/**
 * The multiply-adds that predicting a row takes, by weight. `steps`: of each time axis, null where they may vary. Training
 * takes about three times as many.
 */
export function rowWork(outputs: readonly Value[], steps: readonly (number | null)[]): ReadonlyMap<Weight, RowWork> {
  const found = new Map<Weight, RowWork>();
  for (const op of opsOf(...outputs)) {
    const axis = op.productsAxis;
    for (const weight of op.weights.filter(multiplies)) {
      const { fixed, perStep } = places(axis, steps);
      const size = product(weight.shape);
      const before = found.get(weight) ?? { fixed: 0, perStep: 0 };
      found.set(weight, { fixed: before.fixed + size * fixed, perStep: before.perStep + size * perStep });
    }
  }
  return found;
}

export const sumOfWork = (works: Iterable<RowWork>): RowWork => {
  let [fixed, perStep] = [0, 0];
  for (const work of works) {
    fixed += work.fixed;
    perStep += work.perStep;
  }
  return { fixed, perStep };
};
