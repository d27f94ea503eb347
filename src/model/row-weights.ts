import { finiteNumber, GruvyError, shown, type TensorLike, tensor, wholeNumber } from "../base/index.ts";
import type { Rows, TargetSpec } from "./rows.ts";

/** By class number: what a row, or step, of that class counts. Classes that are left out count 1. */
export type ClassWeight = Readonly<Record<number, number>>;

/** Rows, or steps of rows, that have a target each. */
const placesOf = ({ targetWidth }: Rows, { classes, features }: TargetSpec): number =>
  classes ? targetWidth : targetWidth / features;

/**
 * The rows with weights: [rows], or for targets at every step also [rows, steps].
 *
 * @throws {GruvyError} `data/shape`, `data/not-finite`.
 */
export function weightRows(rows: Rows, sampleWeight: TensorLike | undefined, target: TargetSpec): Rows {
  if (sampleWeight === undefined) return rows;
  const { shape, data } = tensor(sampleWeight);
  const places = placesOf(rows, target);
  const perRow = shape[0] === rows.rows && data.length === rows.rows;
  if (
    !perRow &&
    !(target.sequence && shape[0] === rows.rows && shape[1] === places && data.length === places * rows.rows)
  ) {
    throw new GruvyError(
      "data/shape",
      `Expected sampleWeight of shape [${rows.rows}]${target.sequence ? ` or [${rows.rows}, ${places}]` : ""}, found [${shape.join(", ")}]`,
      "It says what each row counts, or each step of a row whose targets have steps.",
    );
  }
  const weights = new Float32Array(rows.rows * places);
  for (let i = 0; i < weights.length; i++) {
    const value = Math.fround(data[perRow ? Math.floor(i / places) : i]);
    if (value - value !== 0) {
      throw new GruvyError(
        "data/not-finite",
        `Expected finite numbers in sampleWeight, found ${data[perRow ? Math.floor(i / places) : i]} for row ${Math.floor(i / places)}`,
      );
    }
    weights[i] = value;
  }
  return { ...rows, weights, weightWidth: places };
}

/**
 * The rows with the weights of their classes. The class is a class number, the largest of several features, or one
 * feature rounded, as in Keras.
 */
export function weightClasses(rows: Rows, classWeight: ClassWeight | undefined, target: TargetSpec): Rows {
  if (classWeight === undefined || !rows.target) return rows;
  const places = placesOf(rows, target);
  const width = rows.targetWidth / places;
  const weights = new Float32Array(rows.rows * places);
  for (let i = 0; i < weights.length; i++) {
    let place = i * width;
    for (let j = 1; j < width; j++) if (rows.target[i * width + j] > rows.target[place]) place = i * width + j;
    const own = width > 1 ? place - i * width : Math.round(rows.target[place]);
    weights[i] = classWeight[own] ?? 1;
  }
  return { ...rows, weights, weightWidth: places };
}

/** Refuses class weights that are none. */
export function checkClassWeight(classWeight: ClassWeight): void {
  if (typeof classWeight !== "object" || classWeight === null || Array.isArray(classWeight)) {
    throw new GruvyError(
      "usage/option",
      `Expected classWeight as an object by class number, found ${shown(classWeight)}`,
      "Write for example classWeight: { 0: 1, 1: 5 }.",
    );
  }
  for (const [name, weight] of Object.entries(classWeight)) {
    wholeNumber(Number(name), "a class of classWeight", { min: 0 });
    finiteNumber(weight, `classWeight of class ${name}`);
  }
}
