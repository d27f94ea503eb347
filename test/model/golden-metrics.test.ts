import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { activation, type Metric, type MetricName, sequential } from "../../src/model/index.ts";
import { metricFrom } from "../../src/model/metrics.ts";
import { golden } from "../golden/load.ts";
import type { MetricCase } from "../golden/records.ts";
import { sourceOf } from "./gradients.ts";
import { camel, lower, options } from "./keras.ts";

type Update = MetricCase["updates"][number];

function joined(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  const rows = parts.reduce((sum, part) => sum + part.shape[0], 0);
  const whole = first.data instanceof Int32Array;
  const numbers = parts.flatMap((part) => Array.from<number>(part.data));
  return new Tensor([rows, ...first.shape.slice(1)], whole ? Int32Array.from(numbers) : Float64Array.from(numbers));
}

/** The steps that a mask leaves, as rows. */
function unmasked({ target, prediction, mask }: Update): Update {
  const keep = (tensor: Tensor) => {
    const width = tensor.data.length / mask!.data.length;
    const kept = Array.from<number>(tensor.data).filter((_, i) => mask!.data[Math.floor(i / width)]);
    return new Tensor([kept.length / width, width], Float64Array.from(kept));
  };
  return { target: keep(target), prediction: keep(prediction) };
}

function metricOf({ className, config }: MetricCase): { metric: Metric; sparse: boolean } {
  const { thresholds, ...rest } = options(config);
  const name = className === "LogCoshError" ? "logCosh" : lower(className);
  const given = { ...rest, ...(thresholds === undefined ? {} : { threshold: thresholds }), name };
  const sparse = className.startsWith("Sparse");
  const loss = sparse ? { kind: "sparseCategoricalCrossentropy", fromLogits: true } : { kind: "meanSquaredError" };
  return { metric: metricFrom(given, { loss, features: 1 } as Parameters<typeof metricFrom>[1]), sparse };
}

/** The metric over some batches, by `evaluate` on a model whose output they are. */
async function measured(record: MetricCase, updates: readonly Update[]): Promise<number> {
  const { metric, sparse } = metricOf(record);
  const prediction = joined(updates.map((update) => update.prediction));
  const target = joined(updates.map((update) => update.target));
  const mask = updates[0].mask && joined(updates.map((update) => update.mask!));
  const source = sourceOf(prediction, mask);
  const model = sequential([source.layer]);
  await model.prepare(source.x, undefined, false);
  await model.setWeights([source.weight]);
  const sampleWeight = updates[0].weights && joined(updates.map((update) => update.weights!));
  const loss = sparse ? "sparseCategoricalCrossentropy" : "meanSquaredError";
  model.compile({ loss, [sampleWeight ? "weightedMetrics" : "metrics"]: [metric] });
  const found = await model.evaluate(source.x, target, { batchSize: 7, sampleWeight });
  model.dispose();
  return found[metric.name];
}

const near = (found: number, expected: number) =>
  expect(Math.abs(found - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));

describe("metrics", () => {
  const all = [...golden("metrics"), ...golden("metrics-of-classes-and-errors"), ...golden("metrics-weighted")];
  const cases = all.filter(({ config }) => config.curve !== "PR");
  test.each(cases.map((record) => [record.name, record] as const))("%s", async (_, record) => {
    const { updates, values, className } = record;
    // Keras's first three lose the mask; ours count what is there, as all others do.
    const ignores = ["AUC", "Precision", "Recall", "RootMeanSquaredError"].includes(className);
    for (let count = 1; count <= updates.length; count++) {
      const seen = updates.slice(0, count);
      if (!ignores || !updates[0].mask) near(await measured(record, seen), values[count - 1]);
      else near(await measured(record, seen), await measured(record, seen.map(unmasked)));
    }
  });
});

describe("the metric that a name stands for", () => {
  const known = golden("metric-names").filter(({ metric }) => !["acc", "AUC"].includes(metric));
  test.each(known)("$name", async (record) => {
    const { metric, targetShape, predictionShape, className, logName } = record;
    const sparse = className === "SparseCategoricalAccuracy";
    const source = sourceOf(new Tensor(predictionShape, new Float32Array(predictionShape.reduce((a, b) => a * b))));
    const model = sequential([source.layer, activation("linear")]);
    const target = new Tensor(targetShape, new Float32Array(targetShape.reduce((a, b) => a * b)));
    await model.prepare(source.x, undefined, false);
    model.compile({
      loss: sparse ? "sparseCategoricalCrossentropy" : "binaryCrossentropy",
      metrics: [camel(metric) as MetricName],
    });
    expect(model.measured[0].metrics.map(({ name }) => name)).toEqual([camel(logName)]);
    const kinds = { MeanSquaredError: "mse", MeanAbsoluteError: "mae", RootMeanSquaredError: "rmse" } as const;
    const expected = kinds[className as keyof typeof kinds] ?? lower(className);
    expect(model.measured[0].metrics[0].config.name).toBe(expected);
    if (metric === "accuracy") await expect(model.prepare(source.x, target, true)).resolves.toBeDefined();
  });
});
