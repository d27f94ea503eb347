import { GruvyError } from "../base/index.ts";

/** The sums a least-squares fit needs, gathered once and solved for as many strengths as wanted. */
export interface Moments {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Means of the inputs and outputs. */
  readonly centreX: Float64Array;
  readonly centreY: Float64Array;
  /** Centred products: [inputs, inputs], the lower triangle filled, and [inputs, outputs]. */
  readonly xx: Float64Array;
  readonly xy: Float64Array;
}

export interface LinearModel {
  /** [inputs, outputs] and [outputs]. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** x is [rows, inputs], y [rows, outputs], row-major. */
export function moments(x: ArrayLike<number>, y: ArrayLike<number>, rows: number): Moments {
  const inputs = x.length / rows;
  const outputs = y.length / rows;
  const centreX = columnMeans(x, rows, inputs);
  const centreY = columnMeans(y, rows, outputs);
  const xx = new Float64Array(inputs * inputs);
  const xy = new Float64Array(inputs * outputs);
  const row = new Float64Array(inputs);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < inputs; i++) row[i] = x[r * inputs + i] - centreX[i];
    for (let i = 0; i < inputs; i++) {
      const value = row[i];
      if (value === 0) continue;
      for (let j = 0; j <= i; j++) xx[i * inputs + j] += value * row[j];
      for (let o = 0; o < outputs; o++) xy[i * outputs + o] += value * (y[r * outputs + o] - centreY[o]);
    }
  }
  return { rows, inputs, outputs, centreX, centreY, xx, xy };
}

function columnMeans(values: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const means = new Float64Array(columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) means[c] += values[r * columns + c];
  for (let c = 0; c < columns; c++) means[c] /= rows;
  return means;
}

/**
 * Ridge regression in closed form (Hoerl and Kennard 1970): minimises the squared error plus `strength` times rows
 * times the mean variance of the inputs times the squared weights. The factor makes one strength mean the same whatever
 * the units. The bias is not shrunk.
 */
export function ridge(m: Moments, strength: number): LinearModel {
  const { inputs, outputs } = m;
  let trace = 0;
  for (let i = 0; i < inputs; i++) trace += m.xx[i * inputs + i];
  // With inputs that never vary every weight is zero; the 1 only keeps the factor positive.
  const scale = trace > 0 ? trace / inputs : 1;
  const factor = Float64Array.from(m.xx);
  // The floor keeps exact copies among the inputs solvable at strength 0.
  for (let i = 0; i < inputs; i++) factor[i * inputs + i] += Math.max(strength, 1e-11) * scale;
  cholesky(factor, inputs);
  const weights = Float64Array.from(m.xy);
  solveFactored(factor, inputs, weights, outputs);
  const bias = Float64Array.from(m.centreY);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) bias[o] -= m.centreX[i] * weights[i * outputs + o];
  }
  return { weights, bias };
}

/** Replaces the lower triangle of a positive definite matrix by its factor L with A = L L'. */
export function cholesky(a: Float64Array, size: number): void {
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = a[i * size + j];
      for (let k = 0; k < j; k++) sum -= a[i * size + k] * a[j * size + k];
      if (i === j) {
        if (!(sum > 0)) {
          throw new GruvyError(
            "data/singular",
            "The inputs of a linear model depend on each other exactly, or their squares are too large for a number",
            "Give values of a moderate size: in thousands or millions of their unit.",
          );
        }
        a[j * size + j] = Math.sqrt(sum);
      } else {
        a[i * size + j] = sum / a[j * size + j];
      }
    }
  }
}

/** Solves L L' x = b in place; b is [size, columns]. */
function solveFactored(l: Float64Array, size: number, b: Float64Array, columns: number): void {
  for (let c = 0; c < columns; c++) {
    for (let i = 0; i < size; i++) {
      let sum = b[i * columns + c];
      for (let k = 0; k < i; k++) sum -= l[i * size + k] * b[k * columns + c];
      b[i * columns + c] = sum / l[i * size + i];
    }
    for (let i = size - 1; i >= 0; i--) {
      let sum = b[i * columns + c];
      for (let k = i + 1; k < size; k++) sum -= l[k * size + i] * b[k * columns + c];
      b[i * columns + c] = sum / l[i * size + i];
    }
  }
}

/** Predictions [rows, outputs] for x [rows, inputs]. */
export function applyLinear(model: LinearModel, x: ArrayLike<number>, rows: number): Float64Array {
  const outputs = model.bias.length;
  const inputs = model.weights.length / outputs;
  const result = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = model.bias[o];
      for (let i = 0; i < inputs; i++) sum += x[r * inputs + i] * model.weights[i * outputs + o];
      result[r * outputs + o] = sum;
    }
  }
  return result;
}
