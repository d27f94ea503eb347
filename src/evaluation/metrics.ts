import { GruvyError, log, type Tensor, wholeNumber } from "../base/index.ts";

/** What a model scores on one part of the data: errors in the data's units, or accuracy (0 to 1). */
export type Metric = "rmse" | "mae" | "accuracy";

function sameLength(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  if (predicted.length !== truth.length || truth.length === 0) {
    throw new GruvyError(
      "usage/score",
      `Expected as many predictions as true values and at least one, found ${predicted.length} and ${truth.length}`,
    );
  }
  return truth.length;
}

/**
 * Root mean squared error, in the units of the values. Throws `usage/score` when the lengths differ or are zero.
 *
 * @example
 * rmse([1, 2, 3], [1, 2, 5]); // 1.1547005383792515
 */
export function rmse(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  const count = sameLength(predicted, truth);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (predicted[i] - truth[i]) * (predicted[i] - truth[i]);
  if (sum > 1e-280 && sum < Number.POSITIVE_INFINITY) return Math.sqrt(sum / count);
  // Squares that leave the range of numbers do not once they are measured in the largest error.
  let largest = 0;
  for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(predicted[i] - truth[i]));
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return Math.sqrt(sum / count);
  sum = 0;
  for (let i = 0; i < count; i++) sum += ((predicted[i] - truth[i]) / largest) * ((predicted[i] - truth[i]) / largest);
  return largest * Math.sqrt(sum / count);
}

/**
 * Mean absolute error, in the units of the values.
 *
 * @example
 * mae([1, 2, 3], [1, 2, 6]); // 1
 */
export function mae(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  const count = sameLength(predicted, truth);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.abs(predicted[i] - truth[i]);
  if (sum < Number.POSITIVE_INFINITY) return sum / count;
  sum = 0;
  for (let i = 0; i < count; i++) sum += Math.abs(predicted[i] - truth[i]) / count;
  return sum;
}

/**
 * The mean absolute error of repeating the value one season before, over a training series: what `mase` divides by.
 * `season` is a number of steps; default 1, the value before.
 *
 * @throws {GruvyError} `usage/score` when no value has one a season before, or none differs from it.
 * @example
 * seasonalNaiveScale([1, 5, 2, 6, 4, 7], { season: 2 }); // 1.25
 */
export function seasonalNaiveScale(values: ArrayLike<number>, { season = 1 } = {}): number {
  wholeNumber(season, "season");
  let sum = 0;
  for (let i = season; i < values.length; i++)
    sum += Math.abs(values[i] - values[i - season]) / (values.length - season);
  if (sum > 0 && sum < Number.POSITIVE_INFINITY) return sum;
  throw new GruvyError(
    "usage/score",
    `Expected more than ${season} finite values that differ from those ${season} before, found ${values.length} values`,
    "Without differences nothing can be measured in them; use mae.",
  );
}

/**
 * The share of equal class indices, 0 to 1.
 *
 * @example
 * accuracy([0, 1, 1, 2], [0, 1, 2, 2]); // 0.75
 */
export function accuracy(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  const count = sameLength(predicted, truth);
  let right = 0;
  for (let i = 0; i < count; i++) if (predicted[i] === truth[i]) right++;
  return right / count;
}

/**
 * The mean of -log p(true class), in nats. `probabilities` is [rows, classes]; each is held to 1e-7 from below, as Keras
 * does, so that one certain mistake does not make the loss infinite.
 *
 * @example
 * logLoss(tensor([[0.5, 0.5], [0.25, 0.75]]), [0, 1]); // 0.4904146265058631
 */
export function logLoss(probabilities: Tensor, truth: ArrayLike<number>): number {
  const [rows, classes] = probabilities.shape;
  sameLength({ length: rows }, truth);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    sum -= log(Math.min(1, Math.max(1e-7, probabilities.data[row * classes + truth[row]])));
  }
  return sum / rows;
}

/**
 * The index of the largest probability of each row of [rows, classes]; the first of equals.
 *
 * @example
 * predictedClasses(tensor([[0.5, 0.5], [0.25, 0.75]])); // Int32Array [0, 1]
 */
export function predictedClasses(probabilities: Tensor): Int32Array {
  const [rows, classes] = probabilities.shape;
  const found = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let label = 1; label < classes; label++) {
      if (probabilities.data[row * classes + label] > probabilities.data[row * classes + found[row]])
        found[row] = label;
    }
  }
  return found;
}

/**
 * The model with the best validation score: lowest error, highest accuracy; the first of equals. Choosing on the test
 * part instead would flatter the one chosen.
 *
 * @example
 * chooseBest([{ name: "a", validation: { rmse: 3 } }, { name: "b", validation: { rmse: 2 } }], "rmse").name; // "b"
 */
export function chooseBest<M extends { readonly validation: { readonly [key in Metric]?: number } }>(
  models: readonly M[],
  metric: Metric,
): M {
  if (models.length === 0)
    throw new GruvyError("usage/score", "Expected at least one model to choose from, found none");
  const sign = metric === "accuracy" ? -1 : 1;
  const cost = (model: M) => {
    const score = model.validation[metric];
    return score === undefined || Number.isNaN(score) ? Number.POSITIVE_INFINITY : sign * score;
  };
  return models.reduce((best, model) => (cost(model) < cost(best) ? model : best));
}
