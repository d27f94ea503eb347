import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { dense, dropout, gru, type Layer, sequential, sgd, simpleRnn } from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";

const features = 25;

/**
 * What comes out of a layer while it trains on a row of ones, at a step of the optimizer: behind it stands a dense layer
 * whose kernel starts at zero and whose output has the slope 1, so that the kernel's gradient is what came in.
 */
async function output(layer: Layer, step: number, seed = 0): Promise<number[]> {
  const model = sequential([layer, dense({ units: 1, kernelInitializer: "zeros" })], { seed });
  model.compile({ optimizer: sgd({ momentum: 0.5, learningRate: 1 }), loss: "meanSquaredError" });
  model.iterations = step;
  await model.fit([new Array(features).fill(1)], [[-0.5]]);
  const { tensors } = await model.getOptimizerState();
  model.dispose();
  return Array.from(tensors.get("momentum/dense/kernel")!.data, (value) => 0 - value);
}

describe("dropout", () => {
  test("drops its share while training and scales up the rest, anew at every step", async () => {
    const steps = 40;
    const seen = [];
    for (let step = 0; step < steps; step++) seen.push(await output(dropout({ rate: 0.4 }), step));
    const kept = seen.flat().filter((value) => value !== 0);
    for (const value of kept) expect(Math.abs(value * 0.6 - 1)).toBeLessThan(1e-6);
    // Of 1,000 draws: three standard errors are 0.046.
    expect(Math.abs(kept.length / (steps * features) - 0.6)).toBeLessThan(0.05);
    expect(new Set(seen.map(String)).size).toBe(steps);
  });

  test("follows its own seed, or else the model's and its place", async () => {
    const of = async (options: { seed?: number }, seed: number) =>
      String(await output(dropout({ rate: 0.5, ...options }), 0, seed));
    expect(await of({}, 1)).toBe(await of({}, 1));
    expect(await of({}, 1)).not.toBe(await of({}, 2));
    expect(await of({ seed: 9 }, 1)).toBe(await of({ seed: 9 }, 2));
    expect(await of({ seed: 9 }, 1)).not.toBe(await of({ seed: 8 }, 1));
  });

  const x = numbers(1, 40, 6, 3);
  const y = numbers(2, 40, 1);
  const layers: [string, () => Layer[], () => Layer[]][] = [
    ["between layers", () => [gru({ units: 4 }), dropout({ rate: 0.5 })], () => [gru({ units: 4 })]],
    ["of inputs", () => [gru({ units: 4, dropout: 0.5 })], () => [gru({ units: 4 })]],
    ["of states", () => [simpleRnn({ units: 4, recurrentDropout: 0.5 })], () => [simpleRnn({ units: 4 })]],
  ];
  test.each(layers)("%s is active while training alone", async (_, dropping, plain) => {
    const [a, b] = [dropping, plain].map((make) => sequential([...make(), dense({ units: 1 })]));
    for (const model of [a, b]) model.compile({ optimizer: sgd({ learningRate: 0 }), loss: "meanSquaredError" });
    expect(sameBits((await a.predict(x)).data, (await b.predict(x)).data)).toBe("");
    const scores = await a.evaluate(x, y);
    expect(scores).toEqual(await b.evaluate(x, y));
    const { history } = await a.fit(x, y, { epochs: 2, validationData: [x, y] });
    expect(history.loss[0]).not.toBe(history.loss[1]);
    expect(history.loss[0]).not.toBeCloseTo(scores.loss, 6);
    expect(history.valLoss).toEqual([scores.loss, scores.loss]);
    const quiet = await b.fit(x, y, { epochs: 2 });
    expect(quiet.history.loss[1]).toBeCloseTo(scores.loss, 6);
    a.dispose();
    b.dispose();
  });

  test("of states is the same at every step of a row", async () => {
    // With a recurrent kernel of 0 every state is 1; each output has the slope 1. The gradient of the recurrent kernel
    // then sums over the 8 later steps what entered it of the state before: 0 or 2, in one row of it always the same.
    const [steps, units] = [9, 16];
    const model = sequential([
      simpleRnn({ units, activation: "linear", recurrentDropout: 0.5, returnSequences: true }),
    ]);
    model.compile({ optimizer: sgd({ learningRate: 1, momentum: 0.5 }), loss: "meanSquaredError" });
    const x = filled([1, steps, 1], 1);
    await model.prepare(x, undefined, false);
    await model.setWeights([filled([1, units], 1), filled([units, units], 0), filled([units], 0)]);
    await model.fit(x, filled([1, steps, units], 1 - (steps * units) / 2));
    const [, path] = model.weightPaths;
    const gradient = (await model.getOptimizerState()).tensors.get(`momentum/${path}`)!;
    const sums = Array.from(gradient.data, (value) => Math.round(-value * 1e4) / 1e4);
    for (let unit = 0; unit < units; unit++) {
      const row = sums.slice(unit * units, (unit + 1) * units);
      expect([0, 16]).toContain(row[0]);
      expect(new Set(row).size).toBe(1);
    }
    expect(new Set(sums)).toEqual(new Set([0, 16]));
    model.dispose();
  });
});

function filled(shape: number[], value: number): Tensor {
  return new Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(value));
}
