// Kernels that normalize the columns of a batch.

import {
  approach,
  columnMoments,
  joinMoments,
  momentBytes,
  normalFactors,
  normalizeColumns,
  normalizeColumnsBackward,
  normalSums,
  padded,
  stride,
  varianceOf,
} from "../kernels/index.ts";
import type { Module } from "../wasm/index.ts";
import { type Bench, gathered, spread } from "./bench.ts";
import { type Check, first, laid, overShapes, type Problems, type Shape } from "./check.ts";
import { closeBy, numericGradient, uniform } from "./numbers.ts";

const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 3, features: 5 },
  { rows: 2, features: 33 },
];
const STEPS = 4;
const EPSILON = 0.01;
const MOMENTUM = 0.75;

/** Some slices of so many rows, of which every third does not count, normalized as one batch. */
function normalized(bench: Bench, { rows, features }: Shape, masked: boolean): Problems {
  const [slices, width] = [3, padded(features)];
  const places = rows * STEPS;
  const all = slices * places;
  const alive = Array.from({ length: all }, (_, place) => !masked || place % 3 !== 1);
  const values = uniform(1, all * features, 2).map((value, i) => value + (i % features));
  const [gains, shifts, slopes] = [uniform(2, features), uniform(3, features), uniform(4, all * features)];
  const shape = laid({ rows: all, features });
  const one = { ...laid({ rows: 1, features }), stride: width };
  const [x, dy] = [values, slopes].map((data) => bench.floats(spread(data, shape)));
  const [gamma, beta] = [gains, shifts].map((data) => bench.floats(spread(data, one)));
  const ones = bench.floats(spread(new Float32Array(features).fill(1), one));
  const [y, dx] = [bench.floats(all * stride(features)), bench.floats(all * stride(features))];
  const mask = bench.words32(alive.map((counts) => (counts ? -1 : 0)));
  const moments = bench.floats(new Float32Array(momentBytes(features) / 4));
  const part = bench.floats(momentBytes(features) / 4);
  const [inverse, factors] = [bench.floats(width), bench.floats(width)];
  const sums = bench.floats(new Float32Array(2 * width));
  const call = (
    name: string,
    make: (module: Module) => ReturnType<typeof approach>,
    ...values: Parameters<Bench["call"]>[2][]
  ) => bench.call(`${name} ${features} ${masked}`, make, ...values);
  for (let slice = 0; slice < slices; slice++) {
    const [from, words] = [x.address + 4 * slice * places * stride(features), mask.address + 4 * slice * places];
    call("moments", (module) => columnMoments(module, features, masked), from, words, part, rows, STEPS);
    call("join", (module) => joinMoments(module, features), moments, part);
  }
  call("variance", (module) => varianceOf(module, features), moments);
  const variance = moments.address + 4 * width;
  call("factors", (module) => normalFactors(module, features, EPSILON), variance, ones, inverse);
  call("factors", (module) => normalFactors(module, features, EPSILON), variance, gamma, factors);
  call("normalize", (module) => normalizeColumns(module, features), x, moments, factors, beta, y, all);
  call("sums", (module) => normalSums(module, features), x, moments, inverse, dy, sums, all);
  const counted = alive.filter(Boolean).length;
  const back = (module: Module) => normalizeColumnsBackward(module, features, masked, false);
  call("back", back, x, mask, moments, inverse, factors, dy, sums, { f32: 1 / counted }, dx, all);
  const moving = uniform(5, features);
  const kept = bench.floats(spread(moving, one));
  call("approach", (module) => approach(module, features, MOMENTUM), kept, moments);

  const statistics = (of: ArrayLike<number>) => {
    const average = (term: (value: number, j: number) => number): number[] => {
      const sums = new Array<number>(features).fill(0);
      for (let at = 0; at < all * features; at++) {
        if (alive[Math.floor(at / features)]) sums[at % features] += term(of[at], at % features);
      }
      return sums.map((sum) => sum / counted);
    };
    const means = average((value) => value);
    const variances = average((value, j) => (value - means[j]) ** 2);
    return { means, variances };
  };
  const twin = (of: ArrayLike<number>) => {
    const { means, variances } = statistics(of);
    return Float64Array.from({ length: of.length }, (_, i) => {
      const j = i % features;
      return ((of[i] - means[j]) / Math.sqrt(variances[j] + EPSILON)) * gains[j] + shifts[j];
    });
  };
  const { means, variances } = statistics(values);
  const perDeviation = variances.map((v) => 1 / Math.sqrt(v + EPSILON));
  const total = (of: ArrayLike<number>) => twin(of).reduce((sum, v, i) => sum + v * slopes[i], 0);
  const summed = (of: (i: number) => number) =>
    means.map((_, j) => alive.reduce((sum, _, place) => sum + of(place * features + j), 0));
  const products = summed((i) => slopes[i] * (values[i] - means[i % features]) * perDeviation[i % features]);
  const head = (data: Float32Array, from = 0) => data.subarray(from, from + features);
  const momentsRight = first(
    closeBy(head(moments.data), means, 2e-6, 1),
    closeBy(head(moments.data, width), variances, 1e-5, 1),
    closeBy([moments.data[2 * width]], [counted], 0),
  );
  return {
    columnMoments: momentsRight,
    joinMoments: momentsRight,
    varianceOf: momentsRight,
    normalFactors: closeBy(head(inverse.data), perDeviation, 1e-5),
    normalizeColumns: closeBy(gathered(y.data, shape), twin(values), 1e-5, 1),
    normalSums: first(
      closeBy(
        head(sums.data),
        summed((i) => slopes[i]),
        1e-5,
        1,
      ),
      closeBy(head(sums.data, width), products, 1e-5, 1),
    ),
    normalizeColumnsBackward: closeBy(gathered(dx.data, shape), numericGradient(total, values), 2e-5, 1),
    approach: closeBy(
      head(kept.data),
      means.map((mean, j) => MOMENTUM * moving[j] + (1 - MOMENTUM) * mean),
      2e-6,
      1,
    ),
  };
}

const kernels = [
  "columnMoments",
  "joinMoments",
  "varianceOf",
  "normalFactors",
  "normalizeColumns",
  "normalSums",
  "normalizeColumnsBackward",
  "approach",
];

export const batchNormChecks: readonly Check[] = [false, true].map((masked) =>
  overShapes(kernels, shapes, (bench, shape) => normalized(bench, shape, masked)),
);
