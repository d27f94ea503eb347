import { GruvyError, shown } from "../base/index.ts";
import { formulaLoss, isMadeOf, lossTerms, type Term } from "../engine/index.ts";
import { define, functionOf, resultTerm } from "./custom.ts";
import type { Loss } from "./losses.ts";
import { type Metric, metric } from "./metric.ts";

/** What a loss or metric of one's own is written from: one element of the target and of the prediction. */
export type ObjectiveFormula = (given: { readonly yTrue: Term; readonly yPred: Term }) => Term;

/**
 * A loss of your own, written with `ops` for one element of target and prediction; the loss of a row is the mean over
 * its features, that of a batch the mean over rows, or steps that are not masked. It is differentiated by itself.
 *
 * `name` is what a saved model finds the loss by: define it before the model is loaded. Throws `model/formula` for what
 * does not go element by element, `model/name` for a name that is taken.
 *
 * @example
 * const { abs, add, divide, subtract } = ops;
 * const relativeError = customLoss("relativeError", ({ yTrue, yPred }) =>
 *   divide(abs(subtract(yPred, yTrue)), add(abs(yTrue), 1)),
 * );
 * const model = sequential([input({ shape: [5, 1] }), gru({ units: 4 }), dense({ units: 1 })]);
 * model.compile({ loss: relativeError });
 */
export function customLoss(name: string, formula: ObjectiveFormula): Loss {
  const terms = lossTerms();
  const result = resultTerm(functionOf(formula, `for ${shown(name)}`)(terms), name, 1);
  if (!isMadeOf(result, terms.yPred)) {
    throw new GruvyError(
      "model/formula",
      `Expected the loss ${name} to depend on yPred`,
      "Else nothing can be learned.",
    );
  }
  const kernel = formulaLoss(name, result);
  const loss: Loss = { config: { name }, kernel };
  define("loss", name, () => loss);
  return loss;
}

/**
 * A metric of your own, written with `ops` as `customLoss` is: the mean over features, and over rows, or steps that are
 * not masked. Throws as `customLoss`, but that it need not depend on the prediction.
 *
 * @example
 * const { abs, subtract } = ops;
 * const miss = customMetric("miss", ({ yTrue, yPred }) => abs(subtract(yPred, yTrue)));
 * const model = sequential([input({ shape: [5, 1] }), gru({ units: 4 }), dense({ units: 1 })]);
 * model.compile({ loss: "mse", metrics: [miss, "mae"] });
 */
export function customMetric(name: string, formula: ObjectiveFormula): Metric {
  const result = functionOf(formula, `for ${shown(name)}`)(lossTerms());
  const loss = formulaLoss(name, resultTerm(result, name, 1));
  const made = metric(name, { kind: "loss", loss });
  define("metric", name, () => made);
  return made;
}
