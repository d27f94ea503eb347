import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { gaussianNll, type Metric, mase, perplexity, quantile, sequential, smape } from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { lossGradients, sourceOf } from "./gradients.ts";

// Losses and metrics that Keras has not, against PyTorch (scripts/golden/torch_losses_golden.py).

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly scale?: number;
  readonly dtype?: string;
}
interface Case {
  readonly name: string;
  readonly kind: string;
  readonly config: never;
  readonly target: Numbers;
  readonly prediction: Numbers;
  readonly mask?: Numbers;
  readonly value: number;
  readonly gradient?: Numbers;
}

const file = new URL("../golden/torch-files/losses-and-metrics.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };
const tensorOf = ({ shape, data, scale = 1, dtype }: Numbers) =>
  new Tensor(shape, dtype ? Int32Array.from(data) : Float64Array.from(data, (value) => value / scale));
const losses = { quantile, gaussianNll };
const metrics: Record<string, (config: never) => Metric> = { smape, mase, perplexity };

async function modelOf({ prediction, mask }: Case) {
  const source = sourceOf(tensorOf(prediction), mask && tensorOf(mask));
  const model = sequential([source.layer]);
  await model.prepare(source.x, undefined, false);
  await model.setWeights([source.weight]);
  return { source, model };
}

const near = (found: number, expected: number) =>
  expect(Math.abs(found - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));

test.each(cases.filter(({ gradient }) => gradient))("$name", async (record) => {
  const { source, model } = await modelOf(record);
  const loss = losses[record.kind as keyof typeof losses](record.config);
  const found = await lossGradients(model, source.x, tensorOf(record.target), loss);
  model.dispose();
  near(found.loss, record.value);
  expect(closeBy(source.read(found.gradients[0]), tensorOf(record.gradient!).data, 1e-5)).toBe("");
});

test.each(cases.filter(({ gradient }) => !gradient))("$name", async (record) => {
  const { source, model } = await modelOf(record);
  const metric = metrics[record.kind](record.config);
  const loss = record.kind === "perplexity" ? "sparseCategoricalCrossentropy" : "meanSquaredError";
  model.compile({ loss, metrics: [metric] });
  const found = await model.evaluate(source.x, tensorOf(record.target));
  model.dispose();
  near(found[metric.name], record.value);
});
