import { exp, log } from "../../base/index.ts";
import type { SparseRows } from "./word-pairs.ts";

export interface LogisticModel {
  /** For features that are 1 where present. */
  readonly weights: Float64Array;
  readonly bias: number;
}

/** What one fit leaves for the next, at another strength, to start from. */
export interface LogisticStart {
  readonly inner: Float64Array;
  readonly bias: number;
}

const memory = 6;

/**
 * Logistic regression on present features, each worth `scale[feature]`: minimises the sum of -log p(label) plus
 * `strength` / 2 times the squared weights before scaling; the bias is free. Limited-memory BFGS (Liu and Nocedal 1989),
 * until the gradient has shrunk a thousandfold or after 60 steps.
 *
 * @param rows which rows of `x` to fit on
 * @param positive 1 where a row of `x` is of the class, else 0
 */
export function fitLogistic(
  x: SparseRows,
  rows: Uint32Array,
  positive: ArrayLike<number>,
  scale: Float64Array,
  strength: number,
  start?: LogisticStart,
): { model: LogisticModel; start: LogisticStart } {
  const size = scale.length;
  // One vector for all unknowns: the features' weights before scaling, then the bias.
  const at = new Float64Array(size + 1);
  if (start) {
    at.set(start.inner);
    at[size] = start.bias;
  }
  const scores = new Float64Array(rows.length);
  const changes = new Float64Array(rows.length);
  /** scores of a vector of unknowns */
  const apply = (v: Float64Array, into: Float64Array) => {
    const scaled = new Float64Array(size);
    for (let j = 0; j < size; j++) scaled[j] = v[j] * scale[j];
    for (let i = 0; i < rows.length; i++) {
      let sum = v[size];
      for (let k = x.starts[rows[i]]; k < x.starts[rows[i] + 1]; k++) sum += scaled[x.features[k]];
      into[i] = sum;
    }
  };
  const gradient = (): Float64Array => {
    const g = new Float64Array(size + 1);
    for (let i = 0; i < rows.length; i++) {
      const miss = 1 / (1 + exp(-scores[i])) - positive[rows[i]];
      g[size] += miss;
      for (let k = x.starts[rows[i]]; k < x.starts[rows[i] + 1]; k++) g[x.features[k]] += miss;
    }
    for (let j = 0; j < size; j++) g[j] = g[j] * scale[j] + strength * at[j];
    return g;
  };
  const lossAlong = (step: number): number => {
    let sum = 0;
    for (let i = 0; i < rows.length; i++) {
      const score = scores[i] + step * changes[i];
      const margin = positive[rows[i]] === 1 ? score : -score;
      sum += margin > 0 ? log(1 + exp(-margin)) : log(1 + exp(margin)) - margin;
    }
    return sum;
  };

  apply(at, scores);
  let g = gradient();
  let loss = lossAlong(0) + (strength / 2) * dot(at, at, size);
  const enough = 1e-3 * Math.sqrt(start ? gradientAtZero(x, rows, positive, scale) : dot(g, g, size + 1));
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < 60 && Math.sqrt(dot(g, g, size + 1)) > enough; iteration++) {
    const direction = descent(g, pairs);
    apply(direction, changes);
    const slope = dot(g, direction, size + 1);
    const cross = dot(at, direction, size);
    const squared = dot(direction, direction, size);
    const own = dot(at, at, size);
    // The first step has no curvature to go by; later ones are near 1.
    let step = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(g, g, size + 1))) * 4 : 1;
    let next = loss;
    // Scores are linear in the step, so trying another one costs a pass over the rows, not over the features.
    for (let tries = 0; tries < 30; tries++, step /= 2) {
      next = lossAlong(step) + (strength / 2) * (own + 2 * step * cross + step * step * squared);
      if (next <= loss + 1e-4 * step * slope) break;
    }
    if (!(next < loss)) break;
    for (let j = 0; j <= size; j++) at[j] += step * direction[j];
    for (let i = 0; i < rows.length; i++) scores[i] += step * changes[i];
    const old = g;
    g = gradient();
    const s = direction;
    const y = old;
    for (let j = 0; j <= size; j++) {
      s[j] *= step;
      y[j] = g[j] - old[j];
    }
    const curvature = dot(s, y, size + 1);
    if (curvature > 0) {
      pairs.push({ s, y, rho: 1 / curvature });
      if (pairs.length > memory) pairs.shift();
    }
    loss = next;
  }
  const inner = at.subarray(0, size);
  return {
    model: { weights: inner.map((value, j) => value * scale[j]), bias: at[size] },
    start: { inner, bias: at[size] },
  };
}

/** The squared length of the gradient where all unknowns are zero. */
function gradientAtZero(x: SparseRows, rows: Uint32Array, positive: ArrayLike<number>, scale: Float64Array): number {
  const g = new Float64Array(scale.length);
  let bias = 0;
  for (let i = 0; i < rows.length; i++) {
    const miss = 0.5 - positive[rows[i]];
    bias += miss;
    for (let k = x.starts[rows[i]]; k < x.starts[rows[i] + 1]; k++) g[x.features[k]] += miss;
  }
  let sum = bias * bias;
  for (let j = 0; j < scale.length; j++) sum += g[j] * scale[j] * g[j] * scale[j];
  return sum;
}

function descent(g: Float64Array, pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[]): Float64Array {
  const d = g.map((value) => -value);
  const size = g.length;
  const alphas = new Float64Array(pairs.length);
  for (let p = pairs.length - 1; p >= 0; p--) {
    const { s, y, rho } = pairs[p];
    alphas[p] = rho * dot(s, d, size);
    for (let j = 0; j < size; j++) d[j] -= alphas[p] * y[j];
  }
  if (pairs.length > 0) {
    const { y, rho } = pairs[pairs.length - 1];
    const factor = 1 / (rho * dot(y, y, size));
    for (let j = 0; j < size; j++) d[j] *= factor;
  }
  for (let p = 0; p < pairs.length; p++) {
    const { s, y, rho } = pairs[p];
    const beta = rho * dot(y, d, size);
    for (let j = 0; j < size; j++) d[j] += (alphas[p] - beta) * s[j];
  }
  return d;
}

function dot(a: Float64Array, b: Float64Array, size: number): number {
  let sum = 0;
  for (let j = 0; j < size; j++) sum += a[j] * b[j];
  return sum;
}

/** The probability of the class for each row of `x`. */
export function logisticProbabilities(x: SparseRows, model: LogisticModel): Float64Array {
  return Float64Array.from({ length: x.starts.length - 1 }, (_, row) => {
    let sum = model.bias;
    for (let k = x.starts[row]; k < x.starts[row + 1]; k++) sum += model.weights[x.features[k]];
    return 1 / (1 + exp(-sum));
  });
}
