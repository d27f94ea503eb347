import { describe, expect, it } from "vitest";
import { Bench, spread } from "../../../test/engine/kernel.ts";
import { source, uniform } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { rareKernels } from "./late.ts";
import { padded, stride } from "./layout.ts";
import { metricRows } from "./metric.ts";
import { type Given, metricTwin } from "./metric.twin.ts";
import { type MetricKernel, metricCells, takesClasses } from "./metric-kinds.ts";

await rareKernels.load();
const bench = new Bench(targets[0][1]);

function run(metric: MetricKernel, { p, y, mask, weights }: Given): number[] {
  bench.clear();
  const [rows, features] = [p.length, p[0].length];
  const shape = { rows, features, padded: padded(features), stride: stride(features), pad: 9 };
  const predictions = bench.floats(spread(p.flat(), shape));
  const sparse = typeof y[0] === "number";
  const wanted = sparse ? bench.words32(y as number[]) : bench.floats(spread((y as number[][]).flat(), shape));
  const alive = bench.words32((mask ?? []).map((value) => (value ? -1 : 0)));
  const shares = bench.floats(weights ?? []);
  const cells = bench.doubles(new Array(metricCells(metric, features)).fill(0));
  const options = { masked: mask !== undefined, sparseTargets: sparse, weighted: weights !== undefined };
  const name = `${JSON.stringify([metric, options])} ${features}`;
  const kernel = (module: Parameters<typeof metricRows>[0]) => metricRows(module, metric, features, options);
  bench.call(name, kernel, predictions, wanted, alive, shares, cells, rows);
  const once = [...cells.data];
  bench.call(name, kernel, predictions, wanted, alive, shares, cells, rows);
  once.forEach((value, i) => {
    expect(Math.abs(cells.data[i] - 2 * value)).toBeLessThanOrEqual(1e-12 * Math.abs(value)); // it adds
  });
  return once;
}

const shapes = [
  [1, 1],
  [5, 1],
  [3, 3],
  [7, 5],
  [2, 8],
  [2, 17],
];
const labels = (rows: number, features: number) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: features }, (_, j) => source(5).below(i * features + j, 2)),
  );
const scores = (rows: number, features: number, seed: number) => {
  const flat = uniform(seed, rows * features, 0.5);
  return Array.from({ length: rows }, (_, i) =>
    [...flat.subarray(i * features, (i + 1) * features)].map((x) => Math.fround(x + 0.5)),
  );
};

describe("counts as defined, on odd shapes, with and without a mask", () => {
  const metrics: MetricKernel[] = [
    { kind: "squaredError" },
    { kind: "absoluteError" },
    { kind: "binaryAccuracy", threshold: 0.5 },
    { kind: "binaryAccuracy", threshold: 0.25 },
    { kind: "confusion", threshold: 0.5 },
    { kind: "thresholds", count: 200 },
    { kind: "thresholds", count: 5 },
    { kind: "categoricalAccuracy" },
    { kind: "topKCategoricalAccuracy", k: 2 },
    { kind: "classCounts", threshold: null },
    { kind: "classCounts", threshold: 0.5 },
  ];
  it.each(metrics)("%o", (metric) => {
    for (const [rows, features] of shapes) {
      for (const mask of [undefined, Array.from({ length: rows }, (_, i) => i % 2 === 0)]) {
        // Weights whose products are exact.
        const weights = mask ? undefined : Array.from({ length: rows }, (_, i) => (i % 3) / 2);
        const given = { p: scores(rows, features, rows), y: labels(rows, features), mask, weights };
        expect(run(metric, given)).toEqual(metricTwin(metric, given));
      }
    }
  });

  it.each<MetricKernel>([
    { kind: "symmetricPercentageError" },
    { kind: "r2" },
    { kind: "loss", loss: { kind: "logCosh" } },
    { kind: "perplexity", loss: { kind: "categoricalCrossentropy", fromLogits: false } },
  ])("to rounding: %o", (metric) => {
    for (const [rows, features] of shapes) {
      const mask = Array.from({ length: rows }, (_, i) => i % 2 === 0);
      const weights = Array.from({ length: rows }, (_, i) => i / 4);
      const given = { p: scores(rows, features, rows), y: labels(rows, features), mask, weights };
      const expected = metricTwin(metric, given);
      run(metric, given).forEach((found, i) => {
        expect(Math.abs(found - expected[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected[i])));
      });
    }
  });

  it("sparse top k and counts of classes", () => {
    for (const [rows, features] of shapes) {
      const y = Array.from({ length: rows }, (_, i) => source(8).below(i, features));
      const given = { p: scores(rows, features, rows), y };
      for (const metric of [
        { kind: "sparseTopKCategoricalAccuracy", k: 3 },
        { kind: "classCounts", threshold: null },
      ] as const) {
        expect(run(metric, given)).toEqual(metricTwin(metric, given));
      }
    }
  });

  it("sparse categorical accuracy", () => {
    for (const [rows, features] of shapes) {
      const y = Array.from({ length: rows }, (_, i) => source(6).below(i, features));
      const mask = Array.from({ length: rows }, (_, i) => i % 3 !== 0);
      const given = { p: scores(rows, features, rows), y };
      const metric = { kind: "sparseCategoricalAccuracy" } as const;
      expect(takesClasses(metric)).toBe(true);
      expect(run(metric, given)).toEqual(metricTwin(metric, given));
      expect(run(metric, { ...given, mask })).toEqual(metricTwin(metric, { ...given, mask }));
    }
  });
});

it("of equal largest values the first is the class; a pad never is", () => {
  const p = [
    [0.5, 0.5, 0.1],
    [0.1, 0.5, 0.5],
    [-3, -2, -2],
  ];
  expect(run({ kind: "sparseCategoricalAccuracy" }, { p, y: [0, 1, 1] })).toEqual([3, 3]);
});

it("predictions on thresholds, at the ends and outside", () => {
  const p = [0, 0.25, 0.5, 1, 0.2499999, 0.2500001, -3, 7, 2 ** -149].map((x) => [Math.fround(x)]);
  const y = p.map((_, i) => [i % 2]);
  for (const metric of [
    { kind: "thresholds", count: 5 },
    { kind: "thresholds", count: 200 },
    { kind: "binaryAccuracy", threshold: 0.25 },
    { kind: "confusion", threshold: 0.25 },
  ] as const) {
    expect(run(metric, { p, y })).toEqual(metricTwin(metric, { p, y }));
  }
});
