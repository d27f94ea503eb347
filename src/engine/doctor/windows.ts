// Kernels that change the number of steps: pooling in windows, and numbers dealt to other steps.

import { type PoolKind, poolWindow, poolWindowBackward, regroup, stride } from "../kernels/index.ts";
import { type Bench, gathered, spread } from "./bench.ts";
import { type Check, first, laid, overShapes, type Problems, type Shape } from "./check.ts";
import { closeBy, sameBits, whole } from "./numbers.ts";

const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 3, features: 5 },
  { rows: 2, features: 33 },
];
const PLACES = 3;

/** A window over the last three of four steps, [step][row][feature]. */
function pooled(bench: Bench, { rows, features }: Shape, kind: PoolKind): Problems {
  const [places, row] = [laid({ rows: rows * (PLACES + 1), features }), laid({ rows, features })];
  const width = rows * features;
  // Whole numbers so small that some of a window are equal.
  const values = whole(1, width * (PLACES + 1)).map((value) => value % 3);
  const [slopes, before] = [whole(2, width), whole(3, width * (PLACES + 1))];
  const x = bench.floats(spread(values, places));
  const dx = bench.floats(spread(before, places));
  const [y, dy] = [bench.floats(rows * stride(features)), bench.floats(spread(slopes, row))];
  const distance = 4 * rows * stride(features);
  const [from, to] = [x.address + distance, dx.address + distance];
  bench.call(
    `pool ${kind} ${features}`,
    (module) => poolWindow(module, kind, features),
    from,
    y,
    rows,
    PLACES,
    distance,
  );
  const back = (module: Parameters<typeof poolWindow>[0]) => poolWindowBackward(module, kind, features);
  bench.call(`pool back ${kind} ${features}`, back, from, y, dy, to, rows, PLACES, distance);
  const own = (i: number) => Array.from({ length: PLACES }, (_, place) => values[(place + 1) * width + i]);
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / PLACES;
  const expected = Float64Array.from({ length: width }, (_, i) =>
    kind === "max" ? Math.max(...own(i)) : mean(own(i)),
  );
  const gradient = Float64Array.from(before, (value, place) => {
    const [i, step] = [place % width, Math.floor(place / width) - 1];
    if (step < 0) return value;
    if (kind === "mean") return value + slopes[i] / PLACES;
    return value + (own(i).indexOf(expected[i]) === step ? slopes[i] : 0);
  });
  return {
    poolWindow: closeBy(gathered(y.data, row), expected, 1e-6, 1),
    poolWindowBackward: closeBy(gathered(dx.data, places), gradient, 1e-6, 1),
  };
}

/** Six steps of some features as steps of others, stored and then added once more. */
function regrouped(bench: Bench, { rows, features }: Shape): Problems {
  const steps = 6;
  const problems = [features, 2 * features, 3 * features, 6 * features].map((to) => {
    bench.clear();
    const count = (steps * features) / to;
    const values = whole(4, rows * steps * features);
    const [before, after] = [laid({ rows: rows * steps, features }), laid({ rows: rows * count, features: to })];
    const [x, y] = [bench.floats(spread(values, before)), bench.floats(rows * count * stride(to))];
    for (const add of [false, true]) {
      bench.call(`regroup ${features} ${to} ${add}`, (module) => regroup(module, features, to, add), x, y, rows, steps);
    }
    const back = bench.floats(rows * steps * stride(features));
    bench.call(`regroup ${to} ${features}`, (module) => regroup(module, to, features), y, back, rows, count);
    const expected = Float32Array.from({ length: values.length }, (_, i) => {
      const [place, j] = [Math.floor(i / to), i % to];
      const flat = Math.floor(place / rows) * to + j;
      return 2 * values[(Math.floor(flat / features) * rows + (place % rows)) * features + (flat % features)];
    });
    return first(
      sameBits(gathered(y.data, after), expected),
      sameBits(
        gathered(back.data, before),
        values.map((value) => 2 * value),
      ),
    );
  });
  return { regroup: first(...problems) };
}

export const windowChecks: readonly Check[] = [
  ...(["max", "mean"] as const).map((kind) =>
    overShapes(["poolWindow", "poolWindowBackward"], shapes, (bench, shape) => pooled(bench, shape, kind)),
  ),
  overShapes(["regroup"], shapes, regrouped),
];
