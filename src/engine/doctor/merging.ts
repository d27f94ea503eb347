// Kernels where branches meet: rows added, multiplied, laid beside each other, and masks joined.

import { copyColumns, keepRows, mergeRows, orMasks, scaleRows, stride } from "../kernels/index.ts";
import { type Bench, gathered, spread } from "./bench.ts";
import { type Check, first, laid, overShapes, type Problems, type Shape } from "./check.ts";
import { sameBits, whole } from "./numbers.ts";

const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 3, features: 5 },
  { rows: 5, features: 33 },
];

function merged(bench: Bench, shape: Shape): Problems {
  const { rows, features } = shape;
  const [x, y, before] = [1, 2, 3].map((seed) => whole(seed, rows * features));
  const [a, b] = [x, y].map((data) => bench.floats(spread(data, laid(shape))));
  const problems = (["add", "multiply"] as const).map((kind) => {
    const to = bench.floats(spread(before, laid(shape)));
    const options = { features, kind, count: 2, factor: 0.5 };
    const name = `merge ${features} ${kind}`;
    bench.call(name, (module) => mergeRows(module, options, true), to, a, b, rows);
    const expected = x.map((value, i) => before[i] + 0.5 * (kind === "add" ? value + y[i] : value * y[i]));
    return sameBits(gathered(to.data, laid(shape)), expected);
  });
  const scaled = bench.floats(spread(before, laid(shape)));
  bench.call(`scale ${features}`, (module) => scaleRows(module, features, true), scaled, a, { f32: 0.5 }, rows);
  return {
    mergeRows: first(...problems),
    scaleRows: sameBits(
      gathered(scaled.data, laid(shape)),
      x.map((value, i) => before[i] + 0.5 * value),
    ),
  };
}

/** Rows behind one column of another's, and back. */
function beside(bench: Bench, shape: Shape): Problems {
  const { rows, features } = shape;
  const wide = { rows, features: features + 1 };
  const [narrow, before] = [whole(4, rows * features), whole(5, rows * wide.features)];
  const from = bench.floats(spread(narrow, laid(shape)));
  const to = bench.floats(spread(before, laid(wide)));
  const copy = { count: features, to: { features: wide.features, first: 1 }, from: { features, first: 0 } };
  bench.call(`beside ${features}`, (module) => copyColumns(module, copy), to, from, rows);
  const expected = before.map((value, i) => {
    const [row, j] = [Math.floor(i / wide.features), i % wide.features];
    return j === 0 ? value : narrow[row * features + j - 1];
  });
  return { copyColumns: sameBits(gathered(to.data, laid(wide)), expected) };
}

function masked(bench: Bench, shape: Shape): Problems {
  const { rows, features } = shape;
  const alive = Int32Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? -1 : 0));
  const other = Int32Array.from({ length: rows }, (_, row) => (row === 1 ? -1 : 0));
  const values = whole(6, rows * features);
  const [mask, from] = [bench.words32(alive), bench.floats(spread(values, laid(shape)))];
  const to = bench.floats(rows * stride(features));
  const either = bench.words32(new Int32Array(rows).fill(7));
  bench.call(`keep ${features}`, (module) => keepRows(module, features), to, from, mask, rows);
  bench.call("or", orMasks, either, mask, bench.words32(other), rows);
  return {
    keepRows: sameBits(
      gathered(to.data, laid(shape)),
      values.map((value, i) => (alive[Math.floor(i / features)] ? value : 0)),
    ),
    orMasks: sameBits(
      [...either.data],
      [...alive].map((word, row) => (word || other[row] ? -1 : 0)),
    ),
  };
}

export const mergeChecks: readonly Check[] = [
  overShapes(["mergeRows", "scaleRows"], shapes, merged),
  overShapes(["copyColumns"], shapes, beside),
  overShapes(["keepRows", "orMasks"], shapes, masked),
];
