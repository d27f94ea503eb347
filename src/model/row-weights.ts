import {
  finiteNumber,
  GruvyError,
  shown,
  type TensorLike,
  type TensorsLike,
  tensor,
  wholeNumber,
} from "../base/index.ts";
import { isRecord } from "./by-name.ts";
import type { Column, Rows, TargetSpec } from "./rows.ts";

/** By class number: what a row, or step, of that class counts. Classes that are left out count 1. */
export type ClassWeight = Readonly<Record<number, number>>;

/** What the targets of each output must look like. */
export type Targets = readonly (TargetSpec | undefined)[];

/** Rows, or steps of rows, that have a target each. */
const placesOf = ({ width }: Column, { classes, features }: TargetSpec): number => (classes ? width : width / features);

/**
 * The rows with weights: [rows], or for targets at every step also [rows, steps]. Of several outputs one for all, or an
 * object by the outputs' names.
 *
 * @throws {GruvyError} `data/shape`, `data/not-finite`, `data/target`.
 */
export function weightRows(rows: Rows, sampleWeight: TensorsLike, targets: Targets): Rows {
  if (!isRecord(sampleWeight)) {
    return { ...rows, weights: targets.map((target, i) => weigh(rows, i, sampleWeight as TensorLike, target)) };
  }
  const names = targets.flatMap((target) => target?.name ?? []);
  const unknown = Object.keys(sampleWeight).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new GruvyError(
      "data/target",
      `The model has no output ${shown(unknown)} that sampleWeight could weigh`,
      `Its outputs are ${names.map(shown).join(", ")}.`,
    );
  }
  const given = new Map(Object.entries(sampleWeight));
  return {
    ...rows,
    weights: targets.map((target, i) =>
      weigh(rows, i, given.get(target?.name ?? "") ?? new Float32Array(rows.rows).fill(1), target),
    ),
  };
}

function weigh(rows: Rows, output: number, given: TensorLike, target: TargetSpec | undefined): Column | undefined {
  const column = rows.targets[output];
  if (!target || !column) return undefined;
  const { shape, data } = tensor(given);
  const places = placesOf(column, target);
  const perRow = shape[0] === rows.rows && data.length === rows.rows;
  if (
    !perRow &&
    !(target.sequence && shape[0] === rows.rows && shape[1] === places && data.length === places * rows.rows)
  ) {
    throw new GruvyError(
      "data/shape",
      `Expected sampleWeight of shape [${rows.rows}]${target.sequence ? ` or [${rows.rows}, ${places}]` : ""}, found [${shape.join(", ")}]`,
      "It says what each row counts, or each step of a row whose targets have steps; of several outputs give an object by their names.",
    );
  }
  const weights = new Float32Array(rows.rows * places);
  for (let i = 0; i < weights.length; i++) {
    const value = Math.fround(data[perRow ? Math.floor(i / places) : i]);
    if (value - value !== 0) {
      throw new GruvyError(
        "data/not-finite",
        `Expected finite numbers in sampleWeight, found ${data[perRow ? Math.floor(i / places) : i]} at row index ${Math.floor(i / places)}`,
      );
    }
    weights[i] = value;
  }
  return { data: weights, width: places, axis: undefined };
}

/**
 * The rows with the weights of their classes. The class is a class number, the largest of several features, or one
 * feature rounded, as in Keras.
 *
 * @throws {GruvyError} `usage/option`
 */
export function weightClasses(rows: Rows, classWeight: ClassWeight, targets: Targets): Rows {
  if (rows.weights) {
    throw new GruvyError(
      "usage/option",
      "Expected one of sampleWeight and classWeight, found both",
      "Multiply the rows' weights by those of their classes.",
    );
  }
  checkClassWeight(classWeight, targets);
  if (rows.targets.length === 0) return rows;
  const column = rows.targets[0]!;
  const places = placesOf(column, targets[0]!);
  const width = column.width / places;
  const weights = new Float32Array(rows.rows * places);
  for (let i = 0; i < weights.length; i++) {
    let place = i * width;
    for (let j = 1; j < width; j++) if (column.data[i * width + j] > column.data[place]) place = i * width + j;
    const own = width > 1 ? place - i * width : Math.round(column.data[place]);
    weights[i] = classWeight[own] ?? 1;
  }
  return { ...rows, weights: [{ data: weights, width: places, axis: undefined }] };
}

/** Refuses class weights that are none, and those of several outputs. */
export function checkClassWeight(classWeight: ClassWeight, targets: Targets): void {
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
  if (targets.length <= 1) return;
  throw new GruvyError(
    "usage/option",
    `Expected classWeight for a model of one output, found ${targets.length} outputs`,
    "Give sampleWeight by the outputs' names.",
  );
}
