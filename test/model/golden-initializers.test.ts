import { describe, expect, test } from "vitest";
import { random, stream, type Tensor } from "../../src/base/index.ts";
import { input, sequential } from "../../src/model/index.ts";
import { initializer } from "../../src/model/initializers.ts";
import { golden } from "../golden/load.ts";
import { layerOf, lower, options } from "./keras.ts";

/** The largest distance of m mT or mT m, whichever is smaller, from the identity. */
function distanceFromOrthonormal({ shape: [rows, columns], data }: Tensor): number {
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const at = (vector: number, i: number) => (rows <= columns ? data[vector * columns + i] : data[i * columns + vector]);
  let worst = 0;
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      let dot = 0;
      for (let i = 0; i < length; i++) dot += at(a, i) * at(b, i);
      worst = Math.max(worst, Math.abs(dot - (a === b ? 1 : 0)));
    }
  }
  return worst;
}

describe("the weights a layer starts with", () => {
  test.each(golden("initializers"))("$name", async ({ layers, inputShape, weights }) => {
    const shape = layers[0].className === "Embedding" ? [inputShape[0]] : inputShape;
    const model = sequential([input({ shape }), ...layers.map(layerOf)]);
    const found = await model.getWeights();
    expect(model.weightPaths.map((path) => path.split("/").at(-1))).toEqual(weights.map(({ name }) => name));
    found.forEach((tensor, i) => {
      const { shape, distribution, limit, values } = weights[i];
      expect(tensor.shape).toEqual(shape);
      if (values) expect(Array.from(tensor.data)).toEqual(Array.from(values.data));
      else if (distribution === "orthogonal") expect(distanceFromOrthonormal(tensor)).toBeLessThan(1e-6);
      else {
        const largest = Math.max(...Array.from(tensor.data, Math.abs));
        expect(largest).toBeLessThanOrEqual(limit! * (1 + 1e-7));
        expect(largest).toBeGreaterThan(0.7 * limit!);
      }
    });
    model.dispose();
  });
});

describe("what initializers draw", () => {
  test.each(golden("initializer-distributions"))("$name", async ({ className, config, shape, values, ...expected }) => {
    const made = initializer({ ...options(config), name: lower(className) } as never, "initializer");
    if (values) {
      expect(Array.from(await made.values(shape, random(0, stream.initial)))).toEqual(Array.from(values.data));
      return;
    }
    const { mean, deviation, shares, quantiles } = expected;
    const drawn = await Promise.all(
      Array.from({ length: 200 }, (_, seed) => made.values(shape, random(seed, stream.initial))),
    );
    const sorted = Float64Array.from(drawn.flatMap((part) => Array.from(part))).sort();
    const found = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const spread = Math.sqrt(sorted.reduce((sum, value) => sum + (value - found) ** 2, 0) / sorted.length);
    expect(Math.abs(found - mean!)).toBeLessThan(0.02 * deviation!);
    expect(Math.abs(spread / deviation! - 1)).toBeLessThan(0.01);
    shares!.forEach((share, i) => {
      // The two ends of what has none are chance.
      const ends = share === 0 || share === 1;
      if (ends && !/Uniform|uniform|runcated|Glorot|He|Lecun/.test(`${className} ${Object.values(config)}`)) return;
      if (ends && String(config.distribution) === "untruncated_normal") return;
      const at = sorted[Math.round(share * (sorted.length - 1))];
      expect(Math.abs(at - quantiles![i]), `quantile ${share}`).toBeLessThan(0.05 * deviation!);
    });
  });
});
