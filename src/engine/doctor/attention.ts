// Kernels of attention: between every step of one sequence and every step of another.

import {
  multiplyPairs,
  padded,
  pairDropout,
  pairProducts,
  pairSoftmax,
  pairSoftmaxBackward,
  pairSums,
  pairTanh,
  pairTanhBackward,
  pairWidth,
  scalePairs,
  stride,
  sumPairs,
} from "../kernels/index.ts";
import { softmaxTwin } from "../kernels/softmax.twin.ts";
import type { Module } from "../wasm/index.ts";
import { type Bench, gathered, spread } from "./bench.ts";
import { type Check, first, laid, overShapes, type Problems, type Shape } from "./check.ts";
import { closeBy, numericGradient, uniform } from "./numbers.ts";

const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 3, features: 5 },
  { rows: 2, features: 33 },
];
const [STEPS, OTHERS] = [3, 6];
const WIDTH = pairWidth(OTHERS);
const LINE = 4 * WIDTH;

/** [step][row][feature] of both sequences, and a number for each pair, [row][step][other]. */
function sequences({ rows, features }: Shape) {
  const [ofA, ofB] = [laid({ rows: rows * STEPS, features }), laid({ rows: rows * OTHERS, features })];
  const [a, b] = [uniform(1, rows * STEPS * features), uniform(2, rows * OTHERS * features)];
  const pairs = uniform(3, rows * STEPS * OTHERS);
  const eachPair = (of: (row: number, step: number, other: number) => number) =>
    Float64Array.from({ length: pairs.length }, (_, i) =>
      of(Math.floor(i / (STEPS * OTHERS)), Math.floor(i / OTHERS) % STEPS, i % OTHERS),
    );
  const at = (row: number, step: number, j: number) => (step * rows + row) * features + j;
  return { ofA, ofB, a, b, pairs, eachPair, at };
}

const table = (pairs: ArrayLike<number>) =>
  spread(pairs, { rows: pairs.length / OTHERS, features: OTHERS, padded: WIDTH, stride: WIDTH });
const read = (data: Float32Array) => gathered(data, { rows: data.length / WIDTH, features: OTHERS, stride: WIDTH });
const dot = (count: number, of: (j: number) => number) => {
  let sum = 0;
  for (let j = 0; j < count; j++) sum += of(j);
  return sum;
};

function products(bench: Bench, shape: Shape): Problems {
  const { rows, features } = shape;
  const { ofA, ofB, a, b, pairs, eachPair, at } = sequences(shape);
  // What stands in the pads must not count.
  const [x, y] = [bench.floats(spread(a, { ...ofA, pad: 3 })), bench.floats(spread(b, { ...ofB, pad: 5 }))];
  const out = bench.floats(rows * STEPS * WIDTH);
  bench.call(`products ${features}`, (m) => pairProducts(m, features), x, y, out, rows, STEPS, OTHERS, { f32: 0.5 });
  const found = eachPair((row, t, i) => 0.5 * dot(features, (j) => a[at(row, t, j)] * b[at(row, i, j)]));
  const weights = bench.floats(table(pairs));
  const pair = (row: number, t: number, i: number) => pairs[(row * STEPS + t) * OTHERS + i];
  const row = STEPS * LINE;
  const ofRows = bench.floats(rows * STEPS * stride(features));
  const sums = (add: boolean) => (m: Module) => pairSums(m, features, add);
  bench.call(`sums ${features}`, sums(false), weights, y, ofRows, rows, STEPS, OTHERS, LINE, 4, row);
  const before = uniform(4, rows * OTHERS * features);
  const ofColumns = bench.floats(spread(before, ofB));
  bench.call(`sums add ${features}`, sums(true), weights, x, ofColumns, rows, OTHERS, STEPS, 4, LINE, row);
  const along = Float64Array.from({ length: rows * STEPS * features }, (_, place) => {
    const [t, r, j] = [Math.floor(place / (rows * features)), Math.floor(place / features) % rows, place % features];
    return dot(OTHERS, (i) => pair(r, t, i) * b[at(r, i, j)]);
  });
  const across = Float64Array.from({ length: rows * OTHERS * features }, (_, place) => {
    const [i, r, j] = [Math.floor(place / (rows * features)), Math.floor(place / features) % rows, place % features];
    return before[place] + dot(STEPS, (t) => pair(r, t, i) * a[at(r, t, j)]);
  });
  const noPads = ofRows.data.every(
    (value, i) => i % stride(features) < features || i % stride(features) >= padded(features) || value === 0,
  );
  return {
    pairProducts: closeBy(read(out.data), found, 2e-6, 1),
    pairSums: first(
      closeBy(gathered(ofRows.data, ofA), along, 2e-6, 1),
      closeBy(gathered(ofColumns.data, ofB), across, 2e-6, 1),
      noPads ? "" : "pads are not zero",
    ),
  };
}

/** The second row has a mask, the third (where there is one) none that counts; no step sees a later one. */
function shares(bench: Bench, shape: Shape): Problems {
  const { rows } = shape;
  const { pairs, eachPair } = sequences(shape);
  const slopes = uniform(5, pairs.length);
  const alive = (row: number, t: number, i: number) => i <= t && (row === 0 || (row === 1 && i % 2 === 0));
  const words = Array.from({ length: rows * OTHERS }, (_, place) => {
    const [i, row] = [Math.floor(place / rows), place % rows];
    return row === 0 || (row === 1 && i % 2 === 0) ? -1 : 0;
  });
  const scores = bench.floats(table(pairs));
  const options = { masked: true, causal: true };
  const mask = bench.words32(words);
  bench.call("softmax", (m) => pairSoftmax(m, options), scores, mask, rows, STEPS, OTHERS);
  const twin = (of: ArrayLike<number>) => {
    const lines = Array.from({ length: rows * STEPS }, (_, line) => {
      const [row, t] = [Math.floor(line / STEPS), line % STEPS];
      return softmaxTwin(
        Array.from({ length: OTHERS }, (_, i) => (alive(row, t, i) ? of[line * OTHERS + i] : -1e9)),
        1,
      );
    });
    return eachPair((row, t, i) => lines[row * STEPS + t][i]);
  };
  const found = read(scores.data);
  const gradients = bench.floats(table(slopes));
  const lines = rows * STEPS;
  bench.call("softmax back", (m) => pairSoftmaxBackward(m), scores, gradients, lines, OTHERS);
  const slope = numericGradient((of) => twin(of).reduce((sum, v, i) => sum + v * slopes[i], 0), pairs);
  // Where nothing counts, shares are equal and their gradients those of equal shares.
  const expected = eachPair((row, t, i) => {
    const line = (row * STEPS + t) * OTHERS;
    const none = !Array.from({ length: OTHERS }, (_, other) => alive(row, t, other)).some(Boolean);
    if (!none) return slope[line + i];
    return (slopes[line + i] - dot(OTHERS, (other) => slopes[line + other]) / OTHERS) / OTHERS;
  });
  const back = read(gradients.data);
  const [product, sum] = [bench.floats(lines * WIDTH), bench.floats([0.5])];
  const other = bench.floats(table(slopes));
  bench.call("multiply", (m) => multiplyPairs(m), product, other, scores, lines, OTHERS);
  bench.call("sum", (m) => sumPairs(m), other, scores, sum, lines, OTHERS);
  bench.call("scale", (m) => scalePairs(m), other, { f32: 3 }, lines, OTHERS);
  const both = slopes.map((value, i) => value * found[i]);
  return {
    pairSoftmax: closeBy(found, twin(pairs), 2e-6, 1),
    pairSoftmaxBackward: closeBy(back, expected, 2e-6, 1),
    multiplyPairs: closeBy(read(product.data), both, 1e-6),
    sumPairs: closeBy([sum.data[0]], [both.reduce((all, value) => all + value, 0.5)], 2e-6, 1),
    scalePairs: closeBy(
      read(other.data),
      slopes.map((value) => 3 * value),
      1e-6,
    ),
  };
}

function sums(bench: Bench, shape: Shape): Problems {
  const { rows, features } = shape;
  const { ofA, ofB, a, b, pairs: slopes, eachPair, at } = sequences(shape);
  const [gains, factor] = [uniform(6, features), 0.75];
  const one = { ...laid({ rows: 1, features }), stride: padded(features) };
  const [x, y] = [bench.floats(spread(a, ofA)), bench.floats(spread(b, ofB))];
  const weights = bench.floats(spread(gains, one));
  const out = bench.floats(rows * STEPS * WIDTH);
  const by = { f32: factor };
  bench.call(`tanh ${features}`, (m) => pairTanh(m, features), x, y, weights, by, out, rows, STEPS, OTHERS);
  const through = bench.floats(table(slopes));
  const [da, db] = [ofA, ofB].map((of) => bench.floats(spread(new Float32Array(of.rows * features), of)));
  const [dGains, dFactor] = [0, 0].map(() => bench.floats(new Float32Array(padded(features))));
  const wanted = { a: true, b: true };
  const back = (m: Module) => pairTanhBackward(m, features, wanted);
  bench.call(`tanh back ${features}`, back, x, y, weights, by, through, da, db, dGains, dFactor, rows, STEPS, OTHERS);
  const twin = (p: ArrayLike<number>, q: ArrayLike<number>, g: ArrayLike<number>, f: number) =>
    eachPair((row, t, i) => dot(features, (j) => g[j] * Math.tanh(f * (p[at(row, t, j)] + q[at(row, i, j)]))));
  const total = (...of: Parameters<typeof twin>) => twin(...of).reduce((sum, v, i) => sum + v * slopes[i], 0);
  return {
    pairTanh: closeBy(read(out.data), twin(a, b, gains, factor), 4e-6, 1),
    pairTanhBackward: first(
      closeBy(
        gathered(da.data, ofA),
        numericGradient((of) => total(of, b, gains, factor), a),
        2e-5,
        1,
      ),
      closeBy(
        gathered(db.data, ofB),
        numericGradient((of) => total(a, of, gains, factor), b),
        2e-5,
        1,
      ),
      closeBy(
        dGains.data.subarray(0, features),
        numericGradient((of) => total(a, b, of, factor), gains),
        2e-5,
        1,
      ),
      closeBy(
        [dot(features, (j) => dFactor.data[j])],
        numericGradient(([of]) => total(a, b, gains, of), [factor]),
        2e-5,
        1,
      ),
    ),
  };
}

/** The same factors for a row wherever it stands, half of them kept. */
function dropped(bench: Bench, { rows }: Shape): Problems {
  const order = Array.from({ length: rows }, (_, row) => 7 * row + 2);
  const there = bench.floats(rows * STEPS * WIDTH);
  const back = bench.floats(rows * STEPS * WIDTH);
  const draw = (m: Module) => pairDropout(m, 0.5);
  bench.call("drop", draw, there, bench.words32(order), 11, 12, rows, STEPS, OTHERS);
  bench.call("drop", draw, back, bench.words32([...order].reverse()), 11, 12, rows, STEPS, OTHERS);
  const own = (data: Float32Array, row: number) => data.subarray(row * STEPS * WIDTH, (row + 1) * STEPS * WIDTH);
  const follows = order.every((_, row) =>
    own(there.data, row).every((value, i) => value === own(back.data, rows - 1 - row)[i]),
  );
  const kept = there.data.filter((value) => value === 2).length;
  const known = there.data.every((value) => value === 0 || value === 2);
  const share = kept / there.data.length;
  return {
    pairDropout: known && follows && share > 0.2 && share < 0.8 ? "" : `kept ${share}, follows its row: ${follows}`,
  };
}

export const attentionChecks: readonly Check[] = [
  overShapes(["pairProducts", "pairSums"], shapes, products),
  overShapes(["pairSoftmax", "pairSoftmaxBackward", "multiplyPairs", "sumPairs", "scalePairs"], shapes, shares),
  overShapes(["pairTanh", "pairTanhBackward"], shapes, sums),
  overShapes(["pairDropout"], shapes, dropped),
];
