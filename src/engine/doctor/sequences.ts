// Kernels between and behind recurrent layers: normalization of rows, masks from values, pooling over time.

import {
  differsMask,
  LAYER_NORM_SAVED,
  layerNorm,
  layerNormBackward,
  maxSteps,
  maxStepsBackward,
  meanSteps,
  meanStepsBackward,
  stepShares,
  stride,
} from "../kernels/index.ts";
import { type Bench, gathered, spread } from "./bench.ts";
import { type Check, laid, overShapes, type Problems, type Shape } from "./check.ts";
import { closeBy, numericGradient, sameBits, uniform, whole } from "./numbers.ts";

const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 3, features: 5 },
  { rows: 2, features: 33 },
];
const STEPS = 4;
const EPSILON = 0.01;

function normalizedTwin(x: ArrayLike<number>, gamma: ArrayLike<number>, beta: ArrayLike<number>): Float64Array {
  const features = gamma.length;
  return Float64Array.from({ length: x.length }, (_, i) => {
    const row = Array.from({ length: features }, (_, j) => x[i - (i % features) + j]);
    const mean = row.reduce((sum, v) => sum + v, 0) / features;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / features;
    return ((x[i] - mean) / Math.sqrt(variance + EPSILON)) * gamma[i % features] + beta[i % features];
  });
}

function normalization(bench: Bench, shape: Shape): Problems {
  const { rows, features } = shape;
  const one = { ...laid(shape), rows: 1 };
  const [values, slopes] = [uniform(1, rows * features, 3), uniform(2, rows * features)];
  const [gains, shifts] = [uniform(3, features), uniform(4, features)];
  const [x, dy] = [values, slopes].map((data) => bench.floats(spread(data, laid(shape))));
  const [gamma, beta] = [gains, shifts].map((data) => bench.floats(spread(data, one)));
  const [y, dx] = [bench.floats(rows * stride(features)), bench.floats(rows * stride(features))];
  const saved = bench.floats(rows * LAYER_NORM_SAVED);
  const dGamma = bench.floats(new Float32Array(stride(features)));
  const there = (module: Parameters<typeof layerNorm>[0]) => layerNorm(module, features, EPSILON);
  bench.call(`normalize ${features}`, there, x, gamma, beta, y, saved, rows);
  const wanted = { dx: true, dGamma: true, add: false };
  const back = (module: Parameters<typeof layerNorm>[0]) => layerNormBackward(module, features, wanted);
  bench.call(`normalize back ${features}`, back, x, gamma, dy, saved, dx, dGamma, rows);
  const total = (at: ArrayLike<number>, by: ArrayLike<number>) =>
    normalizedTwin(at, by, shifts).reduce((sum, v, i) => sum + v * slopes[i], 0);
  const ofX = numericGradient((at) => total(at, gains), values);
  const ofGains = numericGradient((by) => total(values, by), gains);
  return {
    layerNorm: closeBy(gathered(y.data, laid(shape)), normalizedTwin(values, gains, shifts), 4e-6, 1),
    layerNormBackward:
      closeBy(gathered(dx.data, laid(shape)), ofX, 1e-5, 1) || closeBy(gathered(dGamma.data, one), ofGains, 1e-5, 1),
  };
}

/** [step][row][feature]; the second row is masked at every other step. */
function pooling(bench: Bench, { rows, features }: Shape): Problems {
  const places = laid({ rows: rows * STEPS, features });
  const ends = laid({ rows, features });
  const [values, slopes] = [whole(5, rows * STEPS * features), whole(6, rows * features)];
  const alive = (row: number, t: number) => row !== 1 || t % 2 === 0;
  const words = Array.from({ length: rows * STEPS }, (_, i) => (alive(i % rows, Math.floor(i / rows)) ? -1 : 0));
  const count = (row: number) => Array.from({ length: STEPS }, (_, t) => alive(row, t)).filter(Boolean).length;
  const at = (i: number, t: number) => values[t * rows * features + i];
  const steps = Array.from({ length: STEPS }, (_, t) => t);
  const x = bench.floats(spread(values, places));
  const dy = bench.floats(spread(slopes, ends));
  const [mean, most] = [bench.floats(rows * stride(features)), bench.floats(rows * stride(features))];
  const [dMean, dMost] = [0, 0].map(() => bench.floats(rows * STEPS * stride(features)));
  const [mask, shares] = [bench.words32(words), bench.floats(rows)];
  bench.call("shares", (module) => stepShares(module, true), mask, shares, rows, STEPS);
  bench.call(`mean ${features}`, (module) => meanSteps(module, features, true), x, mask, shares, mean, rows, STEPS);
  const meanBack = (module: Parameters<typeof meanSteps>[0]) => meanStepsBackward(module, features, true, false);
  bench.call(`mean back ${features}`, meanBack, dMean, mask, shares, dy, rows, STEPS);
  bench.call(`most ${features}`, (module) => maxSteps(module, features), x, most, rows, STEPS);
  const mostBack = (module: Parameters<typeof meanSteps>[0]) => maxStepsBackward(module, features, false);
  bench.call(`most back ${features}`, mostBack, x, most, dy, dMost, rows, STEPS);
  const rowOf = (i: number) => Math.floor(i / features) % rows;
  const largest = slopes.map((_, i) => Math.max(...steps.map((t) => at(i, t))));
  const holders = largest.map((best, i) => steps.filter((t) => at(i, t) === best).length);
  const means = slopes.map((_, i) => {
    const counted = steps.filter((t) => alive(rowOf(i), t));
    return counted.reduce((sum, t) => sum + at(i, t), 0) / counted.length;
  });
  const handed = (share: (i: number, t: number) => number) =>
    values.map((_, place) => {
      const [t, i] = [Math.floor(place / (rows * features)), place % (rows * features)];
      return slopes[i] * share(i, t);
    });
  return {
    stepShares: closeBy(
      shares.data,
      Array.from({ length: rows }, (_, row) => 1 / count(row)),
      1e-7,
    ),
    meanSteps: closeBy(gathered(mean.data, ends), means, 1e-6, 1),
    meanStepsBackward: closeBy(
      gathered(dMean.data, places),
      handed((i, t) => (alive(rowOf(i), t) ? 1 / count(rowOf(i)) : 0)),
      1e-6,
      1,
    ),
    maxSteps: sameBits(gathered(most.data, ends), largest),
    maxStepsBackward: closeBy(
      gathered(dMost.data, places),
      handed((i, t) => (at(i, t) === largest[i] ? 1 / holders[i] : 0)),
      1e-6,
      1,
    ),
  };
}

/** Each row but the last differs in one feature. */
function differing(bench: Bench, { features }: Shape): Problems {
  const rows = features + 1;
  const data = Array.from({ length: rows * features }, (_, i) => (Math.floor(i / features) === i % features ? 2 : -1));
  const x = bench.floats(spread(data, { ...laid({ rows, features }), pad: 5 }));
  const mask = bench.words32(new Int32Array(rows).fill(7));
  bench.call(`differs ${features}`, (module) => differsMask(module, features, -1), x, mask, rows);
  return {
    differsMask: sameBits(
      [...mask.data],
      Array.from({ length: rows }, (_, row) => (row < features ? -1 : 0)),
    ),
  };
}

const pools = ["stepShares", "meanSteps", "meanStepsBackward", "maxSteps", "maxStepsBackward"];

export const sequenceChecks: readonly Check[] = [
  overShapes(["layerNorm", "layerNormBackward"], shapes, normalization),
  overShapes(pools, shapes, pooling),
  overShapes(["differsMask"], shapes, differing),
];
