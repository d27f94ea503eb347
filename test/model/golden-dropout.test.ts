import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { flatten, input, model, sequential } from "../../src/model/index.ts";
import { closeBy } from "../engine/numbers.ts";
import { golden } from "../golden/load.ts";
import type { LayerCase } from "../golden/records.ts";
import { sourceOf, trainingGradients } from "./gradients.ts";
import { layerOf } from "./keras.ts";

// Keras was given the keep factors that ours draws from the same seeds; where it applies them is its own.

const OUTPUT = 1e-5;
const GRADIENT = 1e-4;

/** The root of the mean square of the difference, against the largest value. */
function expectOutput(distance: number, { data }: Tensor): void {
  const most = Math.max(...Array.from(data, Math.abs));
  expect(Math.sqrt(distance)).toBeLessThan(OUTPUT * most);
}

const bare = (path: string) => path.replace(/^sequential\//, "");

async function hold(record: LayerCase): Promise<void> {
  const { layers, mask, output, cotangent, weights, weightGradients, inputGradient } = record;
  const tokens = record.input.data instanceof Int32Array;
  const source = tokens ? undefined : sourceOf(record.input, mask);
  const x = source ? source.x : record.input;
  const known = new Map(weights.map(({ path, tensor }) => [bare(path), tensor]));
  if (source) known.set(source.path, source.weight);
  const make = () => {
    const net = sequential([...(source ? [source.layer] : []), ...layers.map(layerOf), flatten()]);
    void net.prepare(x, undefined, false);
    return net;
  };
  const found = await trainingGradients(make, known, { x, expected: output, cotangent });
  expectOutput(found.distance, output);
  weights.forEach(({ path }, i) => {
    expect(closeBy(found.gradients.get(bare(path))!.data, weightGradients[i].data, GRADIENT), path).toBe("");
  });
  if (!source) return;
  const ofInput = source.read(found.gradients.get(source.path)!);
  expect(closeBy(ofInput, inputGradient!.data, GRADIENT), "input").toBe("");
}

describe.each(["recurrent-dropout", "softmax-cells-dropout", "dropout"] as const)("%s", (file) => {
  test.each(golden(file).map((record) => [record.name, record] as const))("%s", (_, record) => hold(record));
});

describe("attention-dropout", () => {
  const cases = golden("attention-dropout").map((record) => [record.name, record] as const);
  test.each(cases)("%s", async (_, record) => {
    const { layer, causal, inputs, masks, weights, output, cotangent, weightGradients, inputGradients } = record;
    const sources = inputs.map((one, i) => sourceOf(one, masks[i] ?? undefined, `source${i}`));
    const config = causal ? { ...layer.config, use_causal_mask: true } : layer.config;
    const make = () => {
      const entrances = sources.map(({ x }, i) => input({ shape: x.shape.slice(1), name: `input${i}` }));
      const given = sources.map((source, i) => source.layer.apply(entrances[i]));
      const outputs = flatten().apply(layerOf({ ...layer, config }).apply(given));
      return model({ inputs: entrances, outputs });
    };
    const known = new Map(
      [...weights, ...sources.map(({ path, weight }) => ({ path, tensor: weight }))].map(
        ({ path, tensor }) => [path, tensor] as const,
      ),
    );
    const x = sources.map((source) => source.x);
    const found = await trainingGradients(make, known, { x, expected: output, cotangent });
    expectOutput(found.distance, output);
    weights.forEach(({ path }, i) => {
      expect(closeBy(found.gradients.get(path)!.data, weightGradients[i].data, GRADIENT), path).toBe("");
    });
    sources.forEach((source, i) => {
      const wanted = source.gather(inputGradients[i]);
      expect(closeBy(found.gradients.get(source.path)!.data, wanted.data, GRADIENT), `input ${i}`).toBe("");
    });
  });
});

test("without training nothing drops", async () => {
  for (const record of golden("dropout").slice(0, 3)) {
    const net = sequential(record.layers.map(layerOf));
    await net.prepare(record.input, undefined, false);
    const x = new Tensor(record.input.shape, Float32Array.from(record.input.data));
    expect((await net.predict(x)).data).toEqual(x.data);
    net.dispose();
  }
});
