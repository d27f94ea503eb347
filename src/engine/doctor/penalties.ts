// What is done to weights beside the optimizer's rule: penalties, constraints, gradients put by, averages.

import {
  boundColumns,
  boundRows,
  followWeights,
  keepPositive,
  meanGradients,
  penaltySlope,
  penaltySum,
  putGradientsBy,
} from "../kernels/index.ts";
import { F64, I32 } from "../wasm/index.ts";
import type { Bench } from "./bench.ts";
import { type Check, first, overShapes, type Problems, type Shape } from "./check.ts";
import { closeBy, sameBits, uniform } from "./numbers.ts";

const penalty = { l1: 0.25, l2: 0.5 };
const norm = { min: 0.2, max: 0.8, rate: 0.75 } as const;

/** What the numbers of one norm are multiplied by. */
function factorOf(values: readonly number[]): number {
  const size = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  const bounded = Math.min(norm.max, Math.max(norm.min, size));
  return (norm.rate * bounded + (1 - norm.rate) * size) / (size + 1e-7);
}

function penalties(bench: Bench, { features: length }: Shape): Problems {
  const [w, g] = [uniform(1, length), uniform(2, length)];
  w[1] = 0;
  const [weights, gradients] = [bench.floats(w), bench.floats(g)];
  const sums = bench.doubles([0]);
  bench.call(
    "penaltySum into a cell",
    (module) => {
      const kernel = penaltySum(module, penalty);
      return module.function("penaltySum into a cell", [I32, I32, I32], (fn, from, bytes, to) => {
        fn.store(to, fn.callFor(F64, kernel, from, bytes));
        return undefined;
      });
    },
    weights,
    4 * length,
    sums,
  );
  bench.call("penaltySlope", (module) => penaltySlope(module, penalty), weights, gradients, 4 * length);
  const sum = w.reduce((total, value) => total + 0.25 * Math.abs(value) + 0.5 * value * value, 0);
  const slopes = g.map((value, i) => value + 0.25 * Math.sign(w[i]) + w[i]);
  return {
    penaltySum: closeBy([sums.data[0]], [sum], 1e-12),
    penaltySlope: closeBy(gradients.data.subarray(0, length), slopes, 1e-6),
  };
}

function constraints(bench: Bench, { rows, features }: Shape): Problems {
  const w = uniform(3, rows * features);
  const [columns, whole, row, positive] = [0, 1, 2, 3].map(() => bench.floats(w));
  for (let j = 0; j < features; j += 4) {
    const at = { address: columns.address + 4 * j } as typeof columns;
    bench.call("boundColumns", (module) => boundColumns(module, norm), at.address, 4 * features, rows);
  }
  const bound = (...of: (number | typeof whole)[]) =>
    bench.call("boundRows", (module) => boundRows(module, norm), ...of);
  bound(whole, 4 * features, rows, 32, features / 8);
  for (let k = 0; k < rows; k++) bound(row.address + 4 * features * k, 0, 1, 32, features / 8);
  bench.call("keepPositive", (module) => keepPositive(module), positive, 4 * w.length);
  const own = Array.from({ length: features }, (_, j) =>
    factorOf(Array.from({ length: rows }, (_, row) => w[row * features + j])),
  );
  const all = factorOf([...w]);
  const ofRow = Array.from({ length: rows }, (_, k) => factorOf([...w.subarray(k * features, (k + 1) * features)]));
  return {
    boundColumns: closeBy(
      columns.data.subarray(0, w.length),
      w.map((value, i) => value * own[i % features]),
      1e-6,
    ),
    boundRows: first(
      closeBy(
        whole.data.subarray(0, w.length),
        w.map((value) => value * all),
        1e-6,
      ),
      closeBy(
        row.data.subarray(0, w.length),
        w.map((value, i) => value * ofRow[Math.floor(i / features)]),
        1e-6,
      ),
    ),
    keepPositive: sameBits(
      positive.data.subarray(0, w.length),
      w.map((value) => Math.max(0, value)),
    ),
  };
}

function gathered(bench: Bench, { features: length }: Shape): Problems {
  const [k, g, w] = [4, 5, 6].map((seed) => uniform(seed, length));
  const [kept, gradients, again, mean] = [k, g, k, g].map((data) => bench.floats(data));
  bench.call("putGradientsBy", (module) => putGradientsBy(module), kept, gradients, 4 * length);
  bench.call("meanGradients", (module) => meanGradients(module, 3), again, mean, 4 * length);
  const sums = k.map((value, i) => value + g[i]);
  const problems: string[] = [];
  for (const overwrite of [0, 1]) {
    const [weights, average] = [bench.floats(w), bench.floats(k)];
    const scalars = bench.floats([0, 0, 0.75, overwrite]);
    bench.call("followWeights", (module) => followWeights(module), weights, average, scalars, 4 * length);
    const moved = k.map((value, i) => 0.75 * value + 0.25 * w[i]);
    problems.push(closeBy(average.data.subarray(0, length), moved, 1e-6));
    problems.push(closeBy(weights.data.subarray(0, length), overwrite ? moved : w, 1e-6));
  }
  const zeros = new Float32Array(length);
  return {
    putGradientsBy: first(
      closeBy(kept.data.subarray(0, length), sums, 1e-6),
      sameBits(gradients.data.subarray(0, length), zeros),
    ),
    meanGradients: first(
      closeBy(
        mean.data.subarray(0, length),
        sums.map((value) => value / 3),
        1e-6,
      ),
      sameBits(again.data.subarray(0, length), zeros),
    ),
    followWeights: first(...problems),
  };
}

const lengths: readonly Shape[] = [
  { rows: 1, features: 8 },
  { rows: 1, features: 40 },
];

export const penaltyChecks: readonly Check[] = [
  overShapes(["penaltySum", "penaltySlope"], lengths, penalties),
  overShapes(["boundColumns", "boundRows", "keepPositive"], [...lengths, { rows: 5, features: 16 }], constraints),
  overShapes(["putGradientsBy", "meanGradients", "followWeights"], lengths, gathered),
];
