// Gaussian process regression (Rasmussen and Williams 2006) with a Matern kernel of order 5/2, a length for each
// dimension, and noise; their values are those of the largest posterior density.

import { exp, log } from "../../base/index.ts";

/** The mean and the variance of what is expected at a place. */
export type Regression = (x: Float64Array) => { mean: number; variance: number };

const STEPS = 60;
const ROOT5 = Math.sqrt(5);
/** Bounds of the logarithms of the lengths, of the size and of the noise. */
const LEAST_NOISE = log(1e-8);

/**
 * The lengths, the size and the noise, as logarithms, that fit `y` best, which should have mean 0 and variance about 1,
 * over places in the unit cube. Its time grows with the third power of the places.
 */
export function fitProcess(x: readonly Float64Array[], y: Float64Array): Float64Array {
  const dimensions = x[0].length;
  const from = (length: number, noise: number) =>
    climb(
      x,
      y,
      Float64Array.from({ length: dimensions + 2 }, (_, i) =>
        i < dimensions ? log(length) : i === dimensions ? 0 : log(noise),
      ),
    );
  const best = from(0.5, 1e-3);
  const shorter = from(0.2, 1e-5);
  return shorter.density > best.density ? shorter.point : best.point;
}

/** What is expected anywhere, from `y` at places and what `fitProcess` gave. */
export function gaussianProcess(x: readonly Float64Array[], y: Float64Array, point: Float64Array): Regression {
  const dimensions = x[0].length;
  const n = x.length;
  const factor = cholesky(covariance(x, point), n);
  const weights = solve(factor, y, n);
  const inverse = Float64Array.from(point.subarray(0, dimensions), (length) => exp(-length));
  const size = exp(point[dimensions]);
  const row = new Float64Array(n);
  return (at) => {
    for (let i = 0; i < n; i++) row[i] = size * matern(distance(at, x[i], inverse));
    let mean = 0;
    for (let i = 0; i < n; i++) mean += row[i] * weights[i];
    // The part of the variance that is explained is the square of L^-1 k.
    let explained = 0;
    for (let i = 0; i < n; i++) {
      let sum = row[i];
      for (let j = 0; j < i; j++) sum -= factor[i * n + j] * row[j];
      row[i] = sum / factor[i * n + i];
      explained += row[i] * row[i];
    }
    return { mean, variance: Math.max(1e-14, size - explained) };
  };
}

function distance(a: Float64Array, b: Float64Array, inverse: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < inverse.length; d++) {
    const far = (a[d] - b[d]) * inverse[d];
    sum += far * far;
  }
  return Math.sqrt(sum);
}

const matern = (r: number): number => (1 + ROOT5 * r + (5 / 3) * r * r) * exp(-ROOT5 * r);

function covariance(x: readonly Float64Array[], point: Float64Array): Float64Array {
  const n = x.length;
  const dimensions = point.length - 2;
  const inverse = Float64Array.from(point.subarray(0, dimensions), (length) => exp(-length));
  const size = exp(point[dimensions]);
  const noise = exp(point[dimensions + 1]);
  const k = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      k[i * n + j] = size * matern(distance(x[i], x[j], inverse));
      k[j * n + i] = k[i * n + j];
    }
    k[i * n + i] = size + noise + 1e-10;
  }
  return k;
}

/** The lower triangle L of K = L L', in place of K. */
function cholesky(k: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = k[i * n + j];
      for (let m = 0; m < j; m++) sum -= k[i * n + m] * k[j * n + m];
      k[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / k[j * n + j];
    }
  }
  return k;
}

function solve(l: Float64Array, y: Float64Array, n: number): Float64Array {
  const out = Float64Array.from(y);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) out[i] -= l[i * n + j] * out[j];
    out[i] /= l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) out[i] -= l[j * n + i] * out[j];
    out[i] /= l[i * n + i];
  }
  return out;
}

/** Climbs by the signs of the gradient (Rprop, Riedmiller and Braun 1993), which needs no step length of its own. */
function climb(
  x: readonly Float64Array[],
  y: Float64Array,
  start: Float64Array,
): { point: Float64Array; density: number } {
  let best = { point: start.slice(), density: Number.NEGATIVE_INFINITY };
  const point = start.slice();
  const steps = new Float64Array(point.length).fill(0.2);
  let last = new Float64Array(point.length);
  for (let i = 0; i < STEPS; i++) {
    const { density, gradient } = posterior(x, y, point);
    if (density > best.density) best = { point: point.slice(), density };
    for (let d = 0; d < point.length; d++) {
      const turned = gradient[d] * last[d];
      steps[d] = Math.min(1, Math.max(1e-3, steps[d] * (turned > 0 ? 1.2 : turned < 0 ? 0.5 : 1)));
      point[d] += Math.sign(gradient[d]) * steps[d];
    }
    point[point.length - 1] = Math.min(0, Math.max(LEAST_NOISE, point[point.length - 1]));
    last = gradient;
  }
  return best;
}

/** The logarithm of the posterior density of the lengths, the size and the noise, with its gradient. */
function posterior(
  x: readonly Float64Array[],
  y: Float64Array,
  point: Float64Array,
): { density: number; gradient: Float64Array<ArrayBuffer> } {
  const n = x.length;
  const dimensions = point.length - 2;
  const factor = cholesky(covariance(x, point), n);
  const weights = solve(factor, y, n);
  let density = 0;
  for (let i = 0; i < n; i++) density -= 0.5 * y[i] * weights[i] + log(factor[i * n + i]);
  // W = weights weights' - K^-1; the gradient is half the trace of W times the derivative of K.
  const w = inverseOf(factor, n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) w[i * n + j] = weights[i] * weights[j] - w[i * n + j];
  const gradient = new Float64Array(point.length);
  const inverse = Float64Array.from(point.subarray(0, dimensions), (length) => exp(-length));
  const size = exp(point[dimensions]);
  const noise = exp(point[dimensions + 1]);
  for (let i = 0; i < n; i++) {
    gradient[dimensions] += 0.5 * w[i * n + i] * size;
    gradient[dimensions + 1] += 0.5 * w[i * n + i] * noise;
    for (let j = 0; j < i; j++) {
      const r = distance(x[i], x[j], inverse);
      const decay = exp(-ROOT5 * r);
      gradient[dimensions] += w[i * n + j] * size * (1 + ROOT5 * r + (5 / 3) * r * r) * decay;
      const common = w[i * n + j] * size * (5 / 3) * (1 + ROOT5 * r) * decay;
      for (let d = 0; d < dimensions; d++) {
        const far = (x[i][d] - x[j][d]) * inverse[d];
        gradient[d] += common * far * far;
      }
    }
  }
  // Priors: lengths about a half, within a factor of e or so; the size about 1; little noise.
  const prior = (d: number, middle: number, spread: number): void => {
    const far = (point[d] - middle) / spread;
    density -= 0.5 * far * far;
    gradient[d] -= far / spread;
  };
  for (let d = 0; d < dimensions; d++) prior(d, log(0.5), 1);
  prior(dimensions, 0, 1.5);
  prior(dimensions + 1, log(1e-4), 3);
  return { density, gradient };
}

/** K^-1 from its triangle. */
function inverseOf(l: Float64Array, n: number): Float64Array {
  // The triangle's inverse first, its columns as rows, so that what is summed lies together.
  const t = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    t[j * n + j] = 1 / l[j * n + j];
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let m = j; m < i; m++) sum -= l[i * n + m] * t[j * n + m];
      t[j * n + i] = sum / l[i * n + i];
    }
  }
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let m = i; m < n; m++) sum += t[i * n + m] * t[j * n + m];
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
  }
  return out;
}
