import { GruvyError, shown, Tensor, wholeNumber } from "../../base/index.ts";

/** Rows of inputs: texts, or a tensor whose first axis counts the rows. */
export type Rows = readonly string[] | Tensor;

/** A plain classifier that a network has to beat. Labels are class indices from 0. */
export interface LabelBaseline<X extends Rows> {
  readonly name: "majority" | "naiveBayesLogistic" | "linear";
  /** How many numbers were fitted; 0 before `fit`. */
  readonly parameters: number;
  /**
   * Fits. With a validation part, what there is to choose is chosen on it; its probabilities under a model that saw
   * `x` alone are returned, and then the model is fitted on both parts, as a baseline has no other use for it.
   */
  fit(x: X, labels: ArrayLike<number>, validation?: LabelledRows<X>): Tensor | undefined;
  /** Where fitting takes seconds: the same in pieces, between which other things may have their turn. */
  fitInPieces?(
    x: X,
    labels: ArrayLike<number>,
    validation?: LabelledRows<X>,
  ): Generator<undefined, Tensor | undefined, undefined>;
  /** [rows, classes], each row summing to 1. */
  probabilities(x: X): Tensor;
}

export interface LabelledRows<X extends Rows> {
  readonly x: X;
  readonly labels: ArrayLike<number>;
}

/** A plain regressor that a network has to beat. */
export interface ValueBaseline {
  readonly name: "mean" | "linear";
  readonly parameters: number;
  /** As for labels: chooses on the validation part, returns its predictions, then fits on both. */
  fit(x: Tensor, y: Tensor, validation?: { readonly x: Tensor; readonly y: Tensor }): Tensor | undefined;
  /** The shape of y, with the rows of x. */
  predict(x: Tensor): Tensor;
}

export const rowCount = (x: Rows): number => (x instanceof Tensor ? x.shape[0] : x.length);

/** Checks labels against their rows and the number of classes. */
export function checkedLabels(x: Rows, labels: ArrayLike<number>, classes: number): void {
  const rows = rowCount(x);
  if (labels.length !== rows || rows === 0) {
    throw new GruvyError(
      "data/labels",
      `Expected a label for each of at least one row, found ${labels.length} for ${rows}`,
    );
  }
  for (let row = 0; row < rows; row++) {
    if (!(Number.isInteger(labels[row]) && labels[row] >= 0 && labels[row] < classes)) {
      throw new GruvyError(
        "data/labels",
        `Expected class indices from 0 to ${classes - 1}, found ${shown(labels[row])} at row index ${row}`,
      );
    }
  }
}

export const checkedClasses = (classes: number): number => wholeNumber(classes, "classes", { max: 1_000_000 });

export function notFitted(name: string): GruvyError {
  return new GruvyError(
    "usage/not-fitted",
    `The baseline ${name} was asked to predict before it was fitted`,
    "Call fit.",
  );
}

/** The rows of two parts as one. */
export function joined(a: Tensor, b: Tensor): Tensor {
  if (a.shape.slice(1).join() !== b.shape.slice(1).join()) {
    throw new GruvyError(
      "data/shape",
      `Expected rows of shape [${a.shape.slice(1).join(", ")}] in the validation part, found [${b.shape.slice(1).join(", ")}]`,
    );
  }
  const data = new Float64Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return new Tensor([a.shape[0] + b.shape[0], ...a.shape.slice(1)], data);
}

export function joinedLabels(a: ArrayLike<number>, b: ArrayLike<number>): Int32Array {
  const labels = new Int32Array(a.length + b.length);
  labels.set(a);
  labels.set(b, a.length);
  return labels;
}
