// Gaussian process regression (Rasmussen and Williams 2006) with a Matern kernel of order 5/2, a length for each
// dimension, and noise; their values are those of the largest posterior density.

import { exp, log } from "../../base/index.ts";

/** What is expected at places, one after another. */
export interface Regression {
  /** The mean at a place. */
  mean(at: Float64Array): number;
  /**
   * The variance at the place whose mean was asked for last. It is found as a bound that falls; when `enough` says so of
   * one, that is the answer.
   */
  variance(enough?: (most: number) => boolean): number;
}

const STEPS = 60;
/** Climbing ends where all steps are as small as that. */
const SMALL_STEP = 4e-3;
/** So many parts of the variance are found between two looks at the bound. */
const BETWEEN_LOOKS = 8;
const ROOT5 = Math.sqrt(5);
/** Bounds of the logarithms of the lengths, of the size and of the noise. */
const LEAST_NOISE = log(1e-8);

/**
 * The lengths, the size and the noise, as logarithms, that fit `y` best, which should have mean 0 and variance about 1,
 * over places in the unit cube. Its time grows with the third power of the places.
 */
export function fitProcess(x: readonly Float64Array[], y: Float64Array): Float64Array {
  const dimensions = x[0].length;
  const density = posterior(x, y);
  const from = (length: number, noise: number) =>
    climb(
      density,
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
  const n = x.length;
  const dimensions = x[0].length;
  const { inverse, size, noise } = read(point);
  // Coordinate after coordinate, so that what is done with one of a place is done with all that it is held against.
  const scaled = new Float64Array(dimensions * n);
  for (let d = 0; d < dimensions; d++) for (let i = 0; i < n; i++) scaled[d * n + i] = x[i][d] * inverse[d];
  const own = new Float64Array(dimensions);
  const squares = new Float64Array(n);
  const row = new Float64Array(n);
  /** The squares of the distances to a place; those to the last place serve where few coordinates are others. */
  const measure = (at: Float64Array): void => {
    let others = 0;
    for (let d = 0; d < dimensions; d++) if (at[d] * inverse[d] !== own[d]) others++;
    const anew = 2 * others >= dimensions;
    if (anew) squares.fill(0);
    for (let d = 0; d < dimensions; d++) {
      const here = at[d] * inverse[d];
      const before = own[d];
      own[d] = here;
      if (anew) addSquares(squares, scaled, d * n, here);
      else if (here !== before) moveSquares(squares, scaled, d * n, before, here);
    }
  };
  /** The row of the covariances of a place with the others. */
  const fill = (at: Float64Array): void => {
    measure(at);
    covariances(squares, size, row);
  };
  squares.fill(0);
  for (let d = 0; d < dimensions; d++) addSquares(squares, scaled, d * n, 0);
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    fill(x[i]);
    row[i] = size + noise + 1e-10;
    factor.set(row, i * n);
  }
  cholesky(factor, n);
  const turned = new Float64Array(n * n);
  invert(factor, turned, n);
  const weights = solve(turned, y, n);
  const triangle = factor; // not needed any more
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) triangle[i * n + j] = turned[j * n + i];
  return {
    mean(at) {
      fill(at);
      return dot(row, 0, weights, 0, n);
    },
    variance(enough) {
      // What is explained is the square of L^-1 k.
      let variance = size;
      for (let i = 0; i < n; i++) {
        if (i % BETWEEN_LOOKS === 0 && enough?.(Math.max(1e-14, variance))) break;
        const part = dot(triangle, i * n, row, 0, i + 1);
        variance -= part * part;
      }
      return Math.max(1e-14, variance);
    },
  };
}

function addSquares(squares: Float64Array, scaled: Float64Array, from: number, at: number): void {
  for (let i = 0; i < squares.length; i++) {
    const apart = scaled[from + i] - at;
    squares[i] += apart * apart;
  }
}

/** In place of the squares of one coordinate those of another. */
function moveSquares(squares: Float64Array, scaled: Float64Array, from: number, before: number, at: number): void {
  const [sum, difference] = [before + at, before - at];
  for (let i = 0; i < squares.length; i++) squares[i] += difference * (2 * scaled[from + i] - sum);
}

/** The covariances over such distances. */
function covariances(squares: Float64Array, size: number, row: Float64Array): void {
  for (let i = 0; i < squares.length; i++) {
    const far = ROOT5 * Math.sqrt(squares[i] > 0 ? squares[i] : 0);
    row[i] = size * (1 + far + (far * far) / 3) * decay(far);
  }
}

/** One over each length, the size and the noise, from their logarithms. */
function read(point: Float64Array): { inverse: Float64Array; size: number; noise: number } {
  const dimensions = point.length - 2;
  return {
    inverse: Float64Array.from(point.subarray(0, dimensions), (length) => exp(-length)),
    size: exp(point[dimensions]),
    noise: exp(point[dimensions + 1]),
  };
}

/** In so many parts is a factor of 2 cut for `decay`. */
const PARTS = 2 ** 6;
const PART = log(2) / PARTS;
const partsOfTwo = Float64Array.from({ length: PARTS }, (_, i) => exp(i * PART));
const halves = new Float64Array(1000).fill(1);
for (let i = 1; i < halves.length; i++) halves[i] = halves[i - 1] / 2;

/** exp(-far) of a number from 0 on, by tables and a short series: it is what takes the time here. */
function decay(far: number): number {
  const a = far < 600 ? far : 600;
  const whole = ((a * (1 / PART)) | 0) + 1;
  const rest = whole * PART - a; // at most 0.011: the seventh term is below 1e-17
  const series =
    1 + rest * (1 + rest * (1 / 2 + rest * (1 / 6 + rest * (1 / 24 + rest * (1 / 120 + rest * (1 / 720))))));
  const turns = (whole + PARTS - 1) >> 6;
  return series * partsOfTwo[turns * PARTS - whole] * halves[turns];
}

/** The product of `count` numbers from `i` of a and from `j` of b, by four sums that wait for no other. */
function dot(a: Float64Array, i: number, b: Float64Array, j: number, count: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let m = 0;
  for (; m + 3 < count; m += 4) {
    s0 += a[i + m] * b[j + m];
    s1 += a[i + m + 1] * b[j + m + 1];
    s2 += a[i + m + 2] * b[j + m + 2];
    s3 += a[i + m + 3] * b[j + m + 3];
  }
  for (; m < count; m++) s0 += a[i + m] * b[j + m];
  return s0 + s1 + (s2 + s3);
}

/** The lower triangle L of K = L L', in place of that of K. */
function cholesky(k: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const left = k[i * n + j] - dot(k, i * n, k, j * n, j);
      k[i * n + j] = i === j ? Math.sqrt(Math.max(left, 1e-12)) : left / k[j * n + j];
    }
  }
}

/** L^-1, turned: its columns as rows, so that what is summed lies together. */
function invert(l: Float64Array, turned: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    turned[j * n + j] = 1 / l[j * n + j];
    for (let i = j + 1; i < n; i++) turned[j * n + i] = -dot(l, i * n + j, turned, j * n + j, i - j) / l[i * n + i];
  }
}

/** K^-1 y from L^-1, turned. */
function solve(turned: Float64Array, y: Float64Array, n: number): Float64Array {
  const half = new Float64Array(n);
  for (let j = 0; j < n; j++) for (let i = j; i < n; i++) half[i] += turned[j * n + i] * y[j];
  return Float64Array.from(half, (_, j) => dot(turned, j * n + j, half, j, n - j));
}

type Density = (point: Float64Array) => { readonly density: number; readonly gradient: Float64Array<ArrayBuffer> };

/** Climbs by the signs of the gradient (Rprop, Riedmiller and Braun 1993), which needs no step length of its own. */
function climb(at: Density, start: Float64Array): { point: Float64Array; density: number } {
  let best = { point: start.slice(), density: Number.NEGATIVE_INFINITY };
  const point = start.slice();
  const steps = new Float64Array(point.length).fill(0.2);
  let last = new Float64Array(point.length);
  for (let i = 0; i < STEPS && steps.some((step) => step > SMALL_STEP); i++) {
    const { density, gradient } = at(point);
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
function posterior(x: readonly Float64Array[], y: Float64Array): Density {
  const n = x.length;
  const dimensions = x[0].length;
  // How far the places are from one another along each axis, squared: pair after pair.
  const pairs = (n * (n - 1)) / 2;
  const far = new Float64Array(pairs * dimensions);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++) for (let d = 0; d < dimensions; d++) far[at++] = (x[i][d] - x[j][d]) ** 2;
  }
  const roots = new Float64Array(pairs);
  const like = new Float64Array(pairs);
  const slopes = new Float64Array(pairs);
  const k = new Float64Array(n * n);
  const turned = new Float64Array(n * n);
  return (point) => {
    const { inverse, size, noise } = read(point);
    const squares = inverse.map((one) => one * one);
    for (let pair = 0; pair < pairs; pair++) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += far[pair * dimensions + d] * squares[d];
      roots[pair] = ROOT5 * Math.sqrt(sum);
    }
    for (let pair = 0; pair < pairs; pair++) {
      const part = size * decay(roots[pair]);
      slopes[pair] = (5 / 3) * (1 + roots[pair]) * part;
      like[pair] = (1 + roots[pair] + (roots[pair] * roots[pair]) / 3) * part;
    }
    for (let i = 0, pair = 0; i < n; i++) {
      for (let j = 0; j < i; j++) k[i * n + j] = like[pair++];
      k[i * n + i] = size + noise + 1e-10;
    }
    cholesky(k, n);
    invert(k, turned, n);
    const weights = solve(turned, y, n);
    let density = -0.5 * dot(y, 0, weights, 0, n);
    for (let i = 0; i < n; i++) density -= log(k[i * n + i]);
    // W = weights weights' - K^-1; the gradient is half the trace of W times the derivative of K.
    const gradient = new Float64Array(point.length);
    for (let i = 0, pair = 0; i < n; i++) {
      for (let j = 0; j < i; j++, pair++) {
        const w = weights[i] * weights[j] - dot(turned, i * n + i, turned, j * n + i, n - i);
        gradient[dimensions] += w * like[pair];
        const slope = w * slopes[pair];
        for (let d = 0; d < dimensions; d++) gradient[d] += slope * far[pair * dimensions + d] * squares[d];
      }
      const w = weights[i] * weights[i] - dot(turned, i * n + i, turned, i * n + i, n - i);
      gradient[dimensions] += 0.5 * w * size;
      gradient[dimensions + 1] += 0.5 * w * noise;
    }
    // Priors: lengths about a half, within a factor of e or so; the size about 1; little noise.
    const prior = (d: number, middle: number, spread: number): void => {
      const away = (point[d] - middle) / spread;
      density -= 0.5 * away * away;
      gradient[d] -= away / spread;
    };
    for (let d = 0; d < dimensions; d++) prior(d, log(0.5), 1);
    prior(dimensions, 0, 1.5);
    prior(dimensions + 1, log(1e-4), 3);
    return { density, gradient };
  };
}
