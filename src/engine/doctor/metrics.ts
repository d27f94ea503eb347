import { type MetricKernel, metricCells, metricRows, padded, stride, takesClasses } from "../kernels/index.ts";
import { metricTwin } from "../kernels/metric.twin.ts";
import { type Bench, spread } from "./bench.ts";
import { type Check, overShapes, type Problems, type Shape } from "./check.ts";
import { sameBits, uniform, whole } from "./numbers.ts";

const metrics: readonly MetricKernel[] = [
  { kind: "squaredError" },
  { kind: "absoluteError" },
  { kind: "binaryAccuracy", threshold: 0.5 },
  { kind: "confusion", threshold: 0.4 },
  { kind: "thresholds", count: 20 },
  { kind: "categoricalAccuracy" },
  { kind: "sparseCategoricalAccuracy" },
  { kind: "topKCategoricalAccuracy", k: 2 },
  { kind: "sparseTopKCategoricalAccuracy", k: 2 },
  { kind: "classCounts", threshold: null },
  { kind: "classCounts", threshold: 0.5 },
];
const shapes: readonly Shape[] = [
  { rows: 1, features: 1 },
  { rows: 7, features: 5 },
  { rows: 4, features: 17 },
];

function metric(bench: Bench, { rows, features }: Shape, kernel: MetricKernel): Problems {
  const length = rows * features;
  const nested = (flat: ArrayLike<number>) =>
    Array.from({ length: rows }, (_, row) => Array.from({ length: features }, (_, j) => flat[row * features + j]));
  const p = uniform(1, length, 0.5).map((x) => x + 0.5);
  const y = whole(2, length, 1).map(Math.abs);
  const classes = Array.from({ length: rows }, (_, row) => (2 * row + 1) % features);
  const sparse = takesClasses(kernel) === true;
  const mask = Array.from({ length: rows }, (_, row) => row % 3 !== 1);
  const shape = { rows, features, padded: padded(features), stride: stride(features), pad: 9 };
  const predictions = bench.floats(spread(p, shape));
  const targets = sparse ? bench.words32(classes) : bench.floats(spread(y, shape));
  const alive = bench.words32(mask.map((on) => (on ? -1 : 0)));
  const cells = bench.doubles(new Float64Array(metricCells(kernel, features)));
  const make = (module: Parameters<typeof metricRows>[0]) =>
    metricRows(module, kernel, features, { masked: true, sparseTargets: sparse, weighted: true });
  const weights = Array.from({ length: rows }, (_, row) => (row % 4) / 2);
  const shares = bench.floats(weights);
  bench.call(`${JSON.stringify(kernel)} ${features}`, make, predictions, targets, alive, shares, cells, rows);
  const expected = metricTwin(kernel, { p: nested(p), y: sparse ? classes : nested(y), mask, weights });
  const problem = sameBits(cells.data, expected);
  return { metricRows: problem && `${kernel.kind} ${problem}` };
}

export const metricChecks: readonly Check[] = metrics.map((kernel) =>
  overShapes(["metricRows"], shapes, (bench, shape) => metric(bench, shape, kernel)),
);
