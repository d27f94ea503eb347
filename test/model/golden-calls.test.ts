import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import type { CallCase } from "../golden/records.ts";
import { callGradients } from "./gradients.ts";
import { layerOf } from "./keras.ts";

// Held to the largest value of each tensor: Keras computed in float64, we in float32.
const OUTPUT = 1e-5;
const GRADIENT = 1e-4;

/** Attention has one output; its causal mask is an argument of the call in Keras. */
const attended: CallCase[] = golden("attention").map(({ layer, causal, output, cotangent, masks, ...rest }) => ({
  ...rest,
  layer: causal ? { ...layer, config: { ...layer.config, use_causal_mask: true } } : layer,
  masks,
  states: [],
  outputs: [output],
  outputMasks: [masks[0]],
  cotangents: [cotangent],
}));

/** The mean over the steps that count; zeros where none does. */
function meanOf({ shape: [rows, steps, features], data }: Tensor, mask: Tensor | null): Tensor {
  const mean = new Float64Array(rows * features);
  for (let row = 0; row < rows; row++) {
    const seen = Array.from({ length: steps }, (_, step) => row * steps + step).filter((i) => mask?.data[i] !== 0);
    for (const i of seen) {
      for (let j = 0; j < features; j++) mean[row * features + j] += data[i * features + j] / seen.length;
    }
  }
  return new Tensor([rows, features], mean);
}

describe.each([
  ["states", golden("states")],
  ["bidirectional-outputs", golden("bidirectional-outputs")],
  ["merging", golden("merging")],
  ["attention", attended],
  ["attention-frozen", golden("attention-frozen")],
] as const)("%s: outputs, masks and gradients", (_, cases) => {
  test.each((cases as readonly CallCase[]).map((record) => [record.name, record] as const))("%s", async (_, record) => {
    const { inputs, masks, states, weights, outputs, outputMasks, cotangents } = record;
    const found = await callGradients({
      layer: layerOf(record.layer),
      inputs: [...inputs, ...states],
      masks,
      weights,
      cotangents,
    });
    expect(found.outputs.map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
    outputs.forEach((expected, i) => {
      expect(closeBy(found.outputs[i].data, expected.data, OUTPUT), `output ${i}`).toBe("");
      const mean = found.pooled[i];
      if (mean) expect(closeBy(mean.data, meanOf(expected, outputMasks[i]).data, OUTPUT, 0.1), `mask ${i}`).toBe("");
    });
    const trained = record.layer.config.trainable === false ? [] : weights;
    const paths = weights.map(({ path }) => path);
    expect(paths.filter((path) => found.weightGradients.has(path))).toEqual(trained.map(({ path }) => path));
    trained.forEach(({ path }, i) => {
      const gradient = found.weightGradients.get(path)!;
      expect(closeBy(gradient.data, record.weightGradients[i].data, GRADIENT), path).toBe("");
    });
    found.inputGradients(record.inputGradients).forEach(({ expected, found }, i) => {
      expect(closeBy(found.data, expected.data, GRADIENT), `input ${i}`).toBe("");
    });
  });
});
