import { afterAll, afterEach, describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import {
  AttentionOp,
  type AttentionOptions,
  closeTeam,
  EmbeddingOp,
  Executable,
  InputOp,
  RegroupOp,
  setThreads,
  TimeAxis,
  type Value,
} from "../../src/engine/index.ts";
import { golden } from "../golden/load.ts";
import type { AttentionCase } from "../golden/records.ts";
import { watched } from "./compiled-run.ts";
import { closeBy, sameBits, uniform } from "./numbers.ts";

afterEach(() => setThreads(undefined));
afterAll(closeTeam);

/** Sequences whose every step is a token of its own, so that their gradient is that of a table; masked steps are token 0. */
function sourceOf(index: number, numbers: Tensor, mask: Tensor | null | undefined) {
  const [rows, steps, features] = numbers.shape;
  const tokens = Int32Array.from({ length: rows * steps }, (_, i) => (mask?.data[i] === 0 ? 0 : i + 1));
  const table = new Float32Array((rows * steps + 1) * features).fill(0.5, 0, features);
  table.set(numbers.data, features);
  const input = new InputOp(index, "tokens", 1, new TimeAxis(index)).output;
  const shape = { path: `input${index}`, inputDim: rows * steps + 1, outputDim: features, maskZero: !!mask };
  return { value: new EmbeddingOp(input, shape).output, tokens, table, steps };
}

const scoreOf = ({ className, config }: AttentionCase["layer"]) => {
  if (className === "AdditiveAttention") return { score: "additive", useScale: config.use_scale !== false } as const;
  return { score: config.score_mode === "concat" ? "concat" : "dot", useScale: config.use_scale === true } as const;
};

interface Attended {
  readonly inputs: readonly Tensor[];
  readonly masks?: readonly (Tensor | null)[];
  readonly options: Pick<AttentionOptions, "score" | "useScale" | "causal"> & { readonly dropout?: number };
}

function compiled({ inputs, masks = [], options }: Attended) {
  const sources = inputs.map((numbers, i) => sourceOf(i, numbers, masks[i]));
  const [query, value, key = value] = sources.map((source) => source.value);
  const op = new AttentionOp([query, value, key], { path: "attention", dropout: 0, seed: 3, ...options });
  const output = new RegroupOp(op.output, sources[0].steps * op.output.features).output;
  const executable = new Executable({
    outputs: [{ value: output, objective: { loss: { kind: "meanSquaredError" }, metrics: [] } }],
    training: { rule: watched, decays: false },
  });
  for (const [i, { table }] of sources.entries()) {
    executable.setWeight(executable.weights.find(({ path }) => path.startsWith(`input${i}/`))!, table);
  }
  const rows = inputs[0].shape[0];
  const work = {
    rows,
    batchSize: rows,
    steps: sources.map(({ steps }) => steps),
    inputs: sources.map((s) => s.tokens),
  };
  return { executable, op, sources, work };
}

const tensors = (...shapes: number[][]) =>
  shapes.map(
    (shape, i) =>
      new Tensor(
        shape,
        uniform(
          i + 1,
          shape.reduce((a, b) => a * b),
        ),
      ),
  );

describe("as in Keras", () => {
  test.each(golden("attention").map((record) => [record.name, record] as const))("%s", async (_, record) => {
    const { inputs, masks, layer, causal, weights, output, cotangent, weightGradients, inputGradients } = record;
    const { executable, op, sources, work } = compiled({ inputs, masks, options: { ...scoreOf(layer), causal } });
    expect(op.weights.map(({ path }) => path)).toEqual(
      weights.map(({ path }) => `attention/${path.slice(path.indexOf("/") + 1)}`),
    );
    op.weights.forEach((weight, i) => {
      expect(weight.shape).toEqual(weights[i].tensor.shape);
      executable.setWeight(weight, weights[i].tensor.data);
    });
    const [outputs] = (await executable.run("predict", work)).outputs!;
    expect(closeBy(outputs, output.data, 1e-5, 0.1)).toBe("");
    const half = output.data.length / 2;
    const targets = Float32Array.from(outputs, (value, i) => value - half * cotangent.data[i]);
    await executable.run("train", { ...work, targets: [targets], scalars: Float32Array.of(1, 0) });
    const gradientOf = async (path: string) => {
      const slot = await executable.getSlot(executable.weights.find((weight) => weight.path === path)!, 0);
      return slot.map((value) => -value);
    };
    for (const [i, { path }] of op.weights.entries()) {
      expect(closeBy(await gradientOf(path), weightGradients[i].data, 1e-4, 0.1), path).toBe("");
    }
    for (const [i, { tokens }] of sources.entries()) {
      const { features } = sources[i].value;
      const found = (await gradientOf(`input${i}/embeddings`)).subarray(features);
      // What a masked step gets stands in the row of token 0.
      const expected = inputGradients[i].data.map((value, j) => (tokens[Math.floor(j / features)] === 0 ? 0 : value));
      expect(closeBy(found, expected, 1e-4, 0.1), `input ${i}`).toBe("");
    }
    executable.dispose();
  });
});

test.each(["dot", "concat", "additive"] as const)(
  "%s: the same bits on any number of threads, with dropout",
  async (score) => {
    const trained = async (threads: number) => {
      setThreads(threads);
      const inputs = tensors([70, 5, 6], [70, 9, 3], [70, 9, 6]);
      const options = { score, useScale: true, causal: false, dropout: 0.3 };
      const { executable, work } = compiled({ inputs, options });
      const targets = new Float32Array(70 * 5 * 3);
      const { losses } = await executable.run("train", {
        ...work,
        targets: [targets],
        scalars: Float32Array.of(0.1, 0),
      });
      const weights = await Promise.all(executable.weights.map((weight) => executable.getWeight(weight)));
      executable.dispose();
      return [losses, ...weights];
    };
    const [one, three] = [await trained(1), await trained(3)];
    one.forEach((numbers, i) => {
      expect(sameBits(numbers, three[i])).toBe("");
    });
  },
);

test("dropout keeps the mean", async () => {
  // All keys alike: equal shares of values that are all one.
  const ones = (...shape: number[]) => new Tensor(shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(1));
  const inputs = [ones(40, 10, 2), ones(40, 50, 1), ones(40, 50, 2)];
  const options = { score: "dot", useScale: false, causal: false, dropout: 0.5 } as const;
  const { executable, work } = compiled({ inputs, options });
  const targets = new Float32Array(400).fill(1);
  const { losses } = await executable.run("train", { ...work, targets: [targets], scalars: Float32Array.of(0, 0) });
  // Of fifty shares each is kept or not: the variance of their mean is 1/50.
  expect(losses[0]).toBeGreaterThan(0.015);
  expect(losses[0]).toBeLessThan(0.025);
});

test("steps that are all masked share equally, and nothing becomes infinite", async () => {
  const inputs = tensors([2, 2, 3], [2, 3, 3]);
  const mask = new Tensor([2, 3], Int32Array.of(0, 0, 0, 1, 1, 0));
  const options = { score: "dot", useScale: false, causal: false } as const;
  const { executable, work } = compiled({ inputs, masks: [null, mask], options });
  const [outputs] = (await executable.run("predict", work)).outputs!;
  expect(closeBy(outputs.subarray(0, 6), new Float32Array(6).fill(0.5), 1e-6)).toBe("");
  const { losses } = await executable.run("train", {
    ...work,
    targets: [new Float32Array(12)],
    scalars: Float32Array.of(1, 0),
  });
  expect(losses.every(Number.isFinite)).toBe(true);
});

test("a query may attend to itself", async () => {
  const input = new InputOp(0, "sequence", 3, new TimeAxis(0)).output as Value;
  const op = new AttentionOp([input, input, input], {
    path: "attention",
    score: "dot",
    useScale: false,
    causal: true,
    dropout: 0,
    seed: 0,
  });
  const executable = new Executable({ outputs: [{ value: op.output }] });
  const x = uniform(1, 12);
  const [outputs] = (await executable.run("predict", { rows: 1, batchSize: 1, steps: [4], inputs: [x] })).outputs!;
  // The first step sees itself alone.
  expect(closeBy(outputs.subarray(0, 3), x.subarray(0, 3), 1e-6)).toBe("");
});
