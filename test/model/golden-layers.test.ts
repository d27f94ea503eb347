import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { sequential } from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { type GoldenFiles, golden } from "../golden/load.ts";
import type { LayerCase } from "../golden/records.ts";
import { cotangentGradients, sourceOf } from "./gradients.ts";
import { layerOf, layersAtRest } from "./keras.ts";

// Held to the largest value of each tensor: Keras computed in float64, we in float32.
const OUTPUT = 1e-5;
const GRADIENT = 1e-4;

const cells = ["gru-reset-after", "gru-reset-before", "lstm", "simple-rnn"] as const;
const files: (keyof GoldenFiles)[] = [
  ...cells,
  ...cells.map((cell) => `${cell}-masks` as const),
  ...cells.map((cell) => `${cell}-wide` as const),
  "rnn",
  "recurrent-activations",
  "recurrent-activations-more",
  "softmax-cells",
  "bidirectional",
  "bidirectional-masks",
  "sequence-layers",
  "convolution",
  "windows",
  "layers",
  "stacks",
];

const tensors = (record: LayerCase) => record.weights.map(({ tensor }) => tensor);

/** The model straight on its input. Its gradients are those of a first layer, which passes none on. */
async function holdDirectly(record: LayerCase): Promise<void> {
  const { layers, input, output, cotangent, weightGradients } = record;
  const model = sequential(layers.map(layerOf));
  await model.prepare(input, undefined, false);
  expect(model.weightPaths.map((path) => `sequential/${path}`)).toEqual(record.weights.map(({ path }) => path));
  await model.setWeights(tensors(record));
  const predicted = await model.predict(input);
  expect(predicted.shape).toEqual(output.shape);
  expect(closeBy(predicted.data, output.data, OUTPUT)).toBe("");
  model.dispose();
  if (weightGradients.length === 0) return;
  const { gradients } = await cotangentGradients(layersAtRest(layers), tensors(record), input, cotangent);
  gradients.forEach((gradient, i) => {
    expect(closeBy(gradient.data, weightGradients[i].data, GRADIENT), record.weights[i].path).toBe("");
  });
}

/** The model behind a layer that yields the input, with its mask: here the gradient of the input is seen too. */
async function holdBehindSource(record: LayerCase): Promise<void> {
  const { layers, input, mask, output, cotangent, weightGradients, inputGradient } = record;
  const source = sourceOf(input, mask);
  const found = await cotangentGradients(
    [source.layer, ...layersAtRest(layers)],
    [source.weight, ...tensors(record)],
    source.x,
    cotangent,
  );
  expect(closeBy(found.output.data, output.data, OUTPUT)).toBe("");
  const [ofInput, ...ofWeights] = found.gradients;
  ofWeights.forEach((gradient, i) => {
    expect(closeBy(gradient.data, weightGradients[i].data, GRADIENT), record.weights[i].path).toBe("");
  });
  expect(closeBy(source.read(ofInput), inputGradient!.data, GRADIENT), "input").toBe("");
}

describe.each(files)("%s", (file) => {
  const cases = golden(file) as readonly LayerCase[];
  const direct = cases.filter(({ mask }) => mask === undefined).map((record) => [record.name, record] as const);
  const behind = cases.filter(({ inputGradient }) => inputGradient).map((record) => [record.name, record] as const);
  if (direct.length > 0) test.each(direct)("%s", (_, record) => holdDirectly(record));
  if (behind.length > 0)
    test.each(behind)("%s, with the gradient of its input", (_, record) => holdBehindSource(record));
});

describe("activations", () => {
  const ours = [
    "gelu",
    "silu",
    "linear",
    "relu",
    "elu",
    "selu",
    "tanh",
    "sigmoid",
    "hard_sigmoid",
    "exponential",
    "softplus",
    "softsign",
    "leaky_relu",
    "softmax",
  ];
  test.each(golden("activations").filter(({ name }) => ours.includes(name)))("$name", async (record) => {
    const { name, input, output, cotangent, inputGradient } = record;
    const source = sourceOf(input);
    const layer = layerOf({ className: "Activation", config: { activation: name } });
    const found = await cotangentGradients([source.layer, layer], [source.weight], source.x, cotangent);
    expect(closeBy(found.output.data, output.data, OUTPUT)).toBe("");
    // Each element by itself, but for e^20: the target of a large output cannot lie beside it by the cotangent.
    const gradient = source.read(found.gradients[0]);
    for (let i = 0; i < gradient.length; i++) {
      if (output.data[i] > 1e5) continue;
      const expected = inputGradient.data[i];
      expect(Math.abs(gradient[i] - expected), `at ${input.data[i]}`).toBeLessThan(2e-5 + 1e-5 * Math.abs(expected));
    }
  });

  test("every one of ours has a case", () => {
    const names = golden("activations").map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(ours));
  });
});

test("a masked step's input has no gradient", async () => {
  for (const record of golden("gru-reset-after-masks")) {
    const { mask, inputGradient, input } = record;
    mask!.data.forEach((used, place) => {
      if (used) return;
      const features = input.shape[2];
      const part = inputGradient!.data.subarray(place * features, (place + 1) * features);
      expect(Array.from(part, Math.abs)).toEqual(new Array(features).fill(0));
    });
    expect(mask).toBeInstanceOf(Tensor);
  }
});
