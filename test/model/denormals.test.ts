// States that fade end at zero, and the same way wherever they are computed: none is ever a denormal.

import { afterAll, describe, expect, test } from "vitest";
import {
  closeThreads,
  customCell,
  dense,
  gru,
  input,
  type Layer,
  lstm,
  ops,
  orthogonal,
  rnn,
  setThreads,
  simpleRnn,
  Tensor,
  tensor,
} from "../../src/index.ts";
import { sequential } from "../../src/model/index.ts";
import { load } from "../../src/run/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers } from "./data.ts";
import { flat, rowsOf } from "./wasm-rows.ts";

afterAll(closeThreads);

const [rows, steps, features] = [17, 700, 5];
const SMALLEST_NORMAL = 2 ** -126;
const denormals = ({ data }: { data: ArrayLike<number> }) =>
  Array.from(data).filter((value) => value !== 0 && Math.abs(value) < SMALLEST_NORMAL).length;

/** Noise, then zeros. */
const fading = numbers(3, rows, steps, features);
for (let row = 0; row < rows; row++) fading.data.fill(0, (row * steps + 20) * features, (row + 1) * steps * features);

const leaky = customCell("leakyCell", ({ units }: { units: number }) => ({
  states: [units, units],
  weights: (features) => ({ w: { shape: [features, units] }, u: { shape: [units, units] } }),
  step: (x, [h, c], { w, u }) => {
    const next = ops.add(ops.multiply(0.8, c), ops.tanh(ops.matmul(x, w)));
    return [ops.tanh(ops.multiply(0.2, ops.add(next, ops.matmul(h, u)))), next];
  },
}));

const units = 9;
const cells: Record<string, Layer> = {
  gru: gru({ units, returnSequences: true }),
  "gru, reset before": gru({ units, returnSequences: true, resetAfter: false }),
  lstm: lstm({ units, returnSequences: true }),
  "simple rnn": simpleRnn({ units, returnSequences: true, recurrentInitializer: orthogonal({ gain: 0.8 }) }),
  "a cell of formulas": rnn(leaky({ units }), { returnSequences: true }),
};

describe.each(Object.entries(cells))("%s that has faded", (name, layer) => {
  const model = sequential([input({ shape: [null, features] }), layer], { seed: 3 });
  model.compile({ loss: "meanSquaredError", numerics: "exact" });

  test("is zero, without a denormal on the way, on any number of threads", async () => {
    const output = await model.predict(fading);
    expect(denormals(output)).toBe(0);
    const last = Array.from({ length: units }, (_, i) => output.data[steps * units - 1 - i]);
    expect(last.every((value) => value === 0)).toBe(true);
    // It got there from well above.
    expect(output.data.some((value) => value !== 0 && Math.abs(value) < 1e-25)).toBe(true);
    setThreads(1);
    expect(sameBits((await model.predict(fading)).data, output.data)).toBe("");
    setThreads(undefined);
  });

  test("shows none in a trace, and the same states", async () => {
    const trace = Object.values(await model.trace(fading))[0];
    for (const [part, values] of Object.entries(trace)) expect(denormals(values), part).toBe(0);
    const { data } = await model.predict(fading);
    const states = Object.values(trace).map((part) => sameBits(part.data, data));
    expect(states).toContain("");
  });

  test("goes the same way in an exported program, at once and step by step", async () => {
    const small = await load(await model.toWasm());
    const { data } = await model.predict(fading);
    expect(sameBits(Float32Array.from(flat(small.predict(rowsOf(fading)))), data)).toBe("");
    let state: Float32Array | undefined;
    let output: unknown;
    for (let t = 0; t < steps; t++) {
      ({ state, output } = small.step(state, [...fading.data.subarray(t * features, (t + 1) * features)]));
      if (denormals({ data: state }) > 0) throw new Error(`a denormal in the states behind step ${t}`);
      const expected = data.subarray(t * units, (t + 1) * units);
      if (sameBits(Float32Array.from(flat([output])), expected) !== "") throw new Error(`${name} differs at step ${t}`);
    }
  });

  test("trains to the same weights whether or not states are computed again", async () => {
    const trained = async (memoryBudget: number) => {
      const model = sequential([input({ shape: [null, features] }), layer], { seed: 3 });
      model.compile({ loss: "meanSquaredError", memoryBudget });
      const { bytes, recomputes } = await model.memory({ batchSize: rows, timeSteps: steps });
      await model.fit(fading, numbers(4, rows, steps, units), { batchSize: rows, epochs: 2 });
      return { bytes, recomputes, weights: (await model.getWeights()).flatMap(({ data }) => [...data]) };
    };
    const rich = await trained(2 ** 30);
    const poor = await trained(rich.bytes - 1);
    expect([rich.recomputes, poor.recomputes]).toEqual([false, true]);
    expect(poor.weights).toEqual(rich.weights);
  });
});

test("denormals in the data count as zeros, in every column", async () => {
  for (const shape of [[1], [6], [null, 1], [null, 7]]) {
    const sequence = shape.length === 2;
    const model = sequential([input({ shape }), ...(sequence ? [gru({ units: 3 })] : []), dense({ units: 2 })]);
    model.compile({ loss: "meanSquaredError", numerics: "exact" });
    const of = [5, ...(sequence ? [4] : []), shape[shape.length - 1]!];
    const { data } = numbers(5, ...of);
    const mixed = (tiny: number) =>
      new Tensor(
        of,
        data.map((value, i) => (i % 3 === 0 ? value : value * tiny)),
      );
    const small = await load(await model.toWasm());
    for (const x of [mixed(1e-39), mixed(-1e-39)]) {
      expect(denormals(x)).toBeGreaterThan(0);
      const expected = await model.predict(mixed(0));
      expect(sameBits((await model.predict(x)).data, expected.data)).toBe("");
      expect(flat(small.predict(rowsOf(x)))).toEqual([...expected.data]);
      expect(denormals(x)).toBeGreaterThan(0); // the user's numbers stay as they are
    }
    // The smallest normal number is kept.
    const [least] = await Promise.all([model.predict(tensor(new Float32Array(data.length).fill(2 ** -126), of))]);
    if (!sequence) expect(least.data.some((value) => value !== 0)).toBe(true);
  }
});
