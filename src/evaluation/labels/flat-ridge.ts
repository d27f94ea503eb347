import { GruvyError, type Tensor, wholeNumber } from "../../base/index.ts";

/** Rows of inputs laid flat, as lists of (column, value): dense rows hold every column, one-hot ones a few. */
export interface FlatRows {
  readonly rows: number;
  readonly columns: number;
  readonly starts: Uint32Array;
  readonly at: Uint32Array;
  readonly values: Float64Array;
}

/** Lays x [rows, ...] flat; with `tokens`, x holds ids below it and each step becomes that many columns, one of them 1. */
export function flatRows(x: Tensor, tokens?: number): FlatRows {
  const rows = x.shape[0];
  const width = rows === 0 ? 0 : x.data.length / rows;
  if (tokens !== undefined) wholeNumber(tokens, "tokens");
  const at = new Uint32Array(x.data.length);
  const values = new Float64Array(x.data.length).fill(1);
  for (let i = 0; i < at.length; i++) {
    const value = x.data[i];
    const step = i % width;
    if (tokens === undefined) {
      if (!Number.isFinite(value)) {
        throw new GruvyError(
          "data/not-finite",
          `Expected finite inputs, found ${value} at row index ${Math.floor(i / width)}`,
        );
      }
      at[i] = step;
      values[i] = value;
    } else {
      if (!(Number.isInteger(value) && value >= 0 && value < tokens)) {
        throw new GruvyError(
          "data/tokens",
          `Expected token ids from 0 to ${tokens - 1}, found ${value} at row index ${Math.floor(i / width)}, step index ${step}`,
        );
      }
      at[i] = step * tokens + value;
    }
  }
  const starts = Uint32Array.from({ length: rows + 1 }, (_, row) => row * width);
  return { rows, columns: width * (tokens ?? 1), starts, at, values };
}

export interface FlatModel {
  /** [columns] */
  readonly weights: Float64Array;
  readonly bias: number;
}

/**
 * Ridge regression of one output on flat rows, with an unshrunk bias: the same minimum as in closed form, reached by
 * conjugate gradients (Hestenes and Stiefel 1952), which never form the square of a wide input. `strength` is relative
 * to rows times the mean variance of the columns.
 */
export function flatRidge(x: FlatRows, y: ArrayLike<number>, strength: number, start?: FlatModel): FlatModel {
  const { rows, columns } = x;
  const centre = new Float64Array(columns);
  let squares = 0;
  for (let k = 0; k < x.at.length; k++) {
    centre[x.at[k]] += x.values[k] / rows;
    squares += x.values[k] * x.values[k];
  }
  const variance = Math.max(squares - rows * dot(centre, centre), 0) / columns;
  const shrink = Math.max(strength, 1e-12) * (variance > 0 ? variance : 1);
  let mean = 0;
  for (let row = 0; row < rows; row++) mean += y[row] / rows;
  /** Centred X times v, less `from`. */
  const forward = (v: Float64Array, from?: Float64Array) => {
    const shift = dot(centre, v);
    return Float64Array.from({ length: rows }, (_, row) => {
      let sum = -shift - (from ? from[row] : 0);
      for (let k = x.starts[row]; k < x.starts[row + 1]; k++) sum += x.values[k] * v[x.at[k]];
      return sum;
    });
  };
  /** Centred X transposed times u, plus the shrinkage of v. */
  const backward = (u: Float64Array, v: Float64Array) => {
    const result = new Float64Array(columns);
    let total = 0;
    for (let row = 0; row < rows; row++) {
      total += u[row];
      for (let k = x.starts[row]; k < x.starts[row + 1]; k++) result[x.at[k]] += x.values[k] * u[row];
    }
    for (let c = 0; c < columns; c++) result[c] += shrink * v[c] - total * centre[c];
    return result;
  };
  const centred = Float64Array.from({ length: rows }, (_, row) => y[row] - mean);
  const weights = start ? start.weights.slice() : new Float64Array(columns);
  const residual = backward(forward(weights, centred), weights).map((value) => -value);
  const zero = new Float64Array(columns);
  const first = backward(centred, zero);
  const enough = 1e-20 * dot(first, first);
  let size = dot(residual, residual);
  let direction = residual.slice();
  for (let step = 0; step < 500 && size > enough; step++) {
    const image = backward(forward(direction), direction);
    const length = size / dot(direction, image);
    for (let c = 0; c < columns; c++) {
      weights[c] += length * direction[c];
      residual[c] -= length * image[c];
    }
    const next = dot(residual, residual);
    direction = direction.map((value, c) => residual[c] + (next / size) * value);
    size = next;
  }
  return { weights, bias: mean - dot(centre, weights) };
}

export function applyFlat(x: FlatRows, model: FlatModel): Float64Array {
  return Float64Array.from({ length: x.rows }, (_, row) => {
    let sum = model.bias;
    for (let k = x.starts[row]; k < x.starts[row + 1]; k++) sum += x.values[k] * model.weights[x.at[k]];
    return sum;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
