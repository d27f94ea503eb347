import { GruvyError, Tensor } from "../../base/index.ts";
import { accuracy, predictedClasses, rmse } from "../metrics.ts";
import {
  checkedClasses,
  checkedLabels,
  joined,
  joinedLabels,
  type LabelBaseline,
  notFitted,
  type ValueBaseline,
} from "./baseline.ts";
import { applyFlat, type FlatModel, type FlatRows, flatRidge, flatRows } from "./flat-ridge.ts";

/** From strong to weak, so that each fit starts near its end; of equals the strongest is kept. */
const strengths = [10, 1, 0.1, 1e-2, 1e-3, 1e-4];

/** Without a validation part. */
const usualStrength = 1e-2;

export interface LinearOptions {
  /** Given, the inputs are token ids below it, one-hot in the flat input; else numbers as they are. */
  readonly tokens?: number;
}

/** Fits one model for each column of y, at the strength whose cost on the validation rows is least. */
function fitChosen(
  x: FlatRows,
  outputs: readonly ArrayLike<number>[],
  cost: ((models: readonly FlatModel[]) => number) | undefined,
): { models: FlatModel[]; strength: number } {
  const solve = (strength: number, starts: readonly FlatModel[]) =>
    outputs.map((y, o) => flatRidge(x, y, strength, starts[o]));
  if (!cost) return { models: solve(usualStrength, []), strength: usualStrength };
  let best: { models: FlatModel[]; strength: number; cost: number } | undefined;
  let models: FlatModel[] = [];
  for (const strength of strengths) {
    models = solve(strength, models);
    const found = cost(models);
    if (!best || found < best.cost) best = { models, strength, cost: found };
  }
  return best as { models: FlatModel[]; strength: number };
}

/**
 * Ridge regression of each class's indicator on the flat input; the largest wins. Its probabilities are the regressions
 * held between 0.001 and 1 and brought to a sum of 1, so only their order is to be trusted.
 *
 * @example
 * const baseline = linearClassifier({ classes: 2 });
 * baseline.fit(tensor([[0], [1], [2], [3]]), [0, 0, 1, 1]);
 * predictedClasses(baseline.probabilities(tensor([[0.2], [2.9]]))); // Int32Array [0, 1]
 */
export function linearClassifier(options: LinearOptions & { readonly classes: number }): LabelBaseline<Tensor> {
  const classes = checkedClasses(options.classes);
  let models: FlatModel[] | undefined;
  const probabilities = (x: FlatRows, fitted: readonly FlatModel[]) => {
    const each = fitted.map((model) => applyFlat(x, model));
    const data = new Float64Array(x.rows * classes);
    for (let row = 0; row < x.rows; row++) {
      let sum = 0;
      for (let label = 0; label < classes; label++) {
        data[row * classes + label] = Math.min(1, Math.max(1e-3, each[label][row]));
        sum += data[row * classes + label];
      }
      for (let label = 0; label < classes; label++) data[row * classes + label] /= sum;
    }
    return new Tensor([x.rows, classes], data);
  };
  const indicators = (labels: ArrayLike<number>) =>
    Array.from({ length: classes }, (_, label) => Uint8Array.from(labels, (value) => (value === label ? 1 : 0)));
  return {
    name: "linear",
    get parameters() {
      return models ? models.length * (models[0].weights.length + 1) : 0;
    },
    fit(x, labels, validation) {
      checkedLabels(x, labels, classes);
      const flat = flatRows(x, options.tokens);
      if (!validation) {
        models = fitChosen(flat, indicators(labels), undefined).models;
        return undefined;
      }
      checkedLabels(validation.x, validation.labels, classes);
      const held = flatRows(validation.x, options.tokens);
      const chosen = fitChosen(flat, indicators(labels), (candidate) => {
        return -accuracy(predictedClasses(probabilities(held, candidate)), validation.labels);
      });
      const all = flatRows(joined(x, validation.x), options.tokens);
      const truth = indicators(joinedLabels(labels, validation.labels));
      models = truth.map((y, label) => flatRidge(all, y, chosen.strength, chosen.models[label]));
      return probabilities(held, chosen.models);
    },
    probabilities(x) {
      if (!models) throw notFitted("linear");
      return probabilities(checkedWidth(flatRows(x, options.tokens), models), models);
    },
  };
}

/**
 * Ridge regression of the targets on the flat input, the strength chosen on the validation part.
 *
 * @example
 * const baseline = linearRegressor();
 * baseline.fit(tensor([[0], [1], [2]]), tensor([1, 3, 5]));
 * baseline.predict(tensor([[1]])).toArray(); // about [3]
 */
export function linearRegressor(options: LinearOptions = {}): ValueBaseline {
  let models: FlatModel[] | undefined;
  let inner: readonly number[] = [];
  const columns = (y: Tensor) => {
    const outputs = y.data.length / y.shape[0];
    return Array.from({ length: outputs }, (_, o) =>
      Float64Array.from({ length: y.shape[0] }, (_, row) => y.data[row * outputs + o]),
    );
  };
  const predicted = (x: FlatRows, fitted: readonly FlatModel[]) => {
    const data = new Float64Array(x.rows * fitted.length);
    fitted.forEach((model, o) => {
      applyFlat(x, model).forEach((value, row) => {
        data[row * fitted.length + o] = value;
      });
    });
    return new Tensor([x.rows, ...inner], data);
  };
  return {
    name: "linear",
    get parameters() {
      return models ? models.length * (models[0].weights.length + 1) : 0;
    },
    fit(x, y, validation) {
      if (x.shape[0] !== y.shape[0] || y.data.length === 0) {
        throw new GruvyError(
          "data/shape",
          `Expected a target for each of at least one row, found ${y.shape[0]} for ${x.shape[0]}`,
        );
      }
      inner = y.shape.slice(1);
      const flat = flatRows(x, options.tokens);
      if (!validation) {
        models = fitChosen(flat, columns(y), undefined).models;
        return undefined;
      }
      const held = flatRows(validation.x, options.tokens);
      const chosen = fitChosen(flat, columns(y), (candidate) =>
        rmse(predicted(held, candidate).data, validation.y.data),
      );
      const all = flatRows(joined(x, validation.x), options.tokens);
      models = columns(joined(y, validation.y)).map((column, o) => {
        return flatRidge(all, column, chosen.strength, chosen.models[o]);
      });
      return predicted(held, chosen.models);
    },
    predict(x) {
      if (!models) throw notFitted("linear");
      return predicted(checkedWidth(flatRows(x, options.tokens), models), models);
    },
  };
}

function checkedWidth(x: FlatRows, models: readonly FlatModel[]): FlatRows {
  const expected = models[0].weights.length;
  if (x.rows > 0 && x.columns !== expected) {
    throw new GruvyError("data/shape", `Expected ${expected} flat inputs a row, as in fit, found ${x.columns}`);
  }
  return x;
}
