import { afterEach, describe, expect, test, vi } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import { closeTeam, setThreads } from "../../src/engine/index.ts";
import {
  adam,
  averagePooling1d,
  bidirectional,
  conv1d,
  dense,
  embedding,
  flatten,
  globalMaxPooling1d,
  gru,
  input,
  masking,
  maxPooling1d,
  repeatVector,
  reshape,
  sequential,
  sequentialFromConfig,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers, tokens } from "./data.ts";

afterEach(() => {
  vi.restoreAllMocks();
  setThreads(undefined);
  closeTeam();
});

const layers = () => [
  conv1d({ filters: 9, kernelSize: 3, padding: "causal", activation: "gelu" }),
  conv1d({ filters: 5, kernelSize: 2, dilationRate: 2 }),
  maxPooling1d({ padding: "same" }),
  bidirectional(gru({ units: 4, returnSequences: true })),
  averagePooling1d({ poolSize: 3, strides: 1 }),
  reshape({ targetShape: [-1, 4] }),
  gru({ units: 3 }),
  repeatVector(4),
  conv1d({ filters: 2, kernelSize: 3, strides: 2, padding: "same" }),
];

test("convolution, pooling and reshaping train to the same bits on one thread and three, and after a restart", async () => {
  const trained = async (threads: number) => {
    setThreads(threads);
    const model = sequential(layers());
    model.compile({ optimizer: adam(), loss: "mse", metrics: ["mae"] });
    const [x, y] = [numbers(3, 50, 11, 3), numbers(4, 50, 2, 2)];
    await model.fit(x, y, { epochs: 2, batchSize: 40 });
    const again = sequentialFromConfig(model.toConfig());
    await again.setWeights(await model.getWeights());
    const [one, two] = [await model.predict(x), await again.predict(x)];
    expect(one.shape).toEqual([50, 2, 2]);
    expect(sameBits(one.data, two.data)).toBe("");
    const scores = await model.evaluate(x, y);
    model.dispose();
    return [one.data, Object.values(scores)];
  };
  const [one, three] = [await trained(1), await trained(3)];
  one.forEach((found, i) => {
    expect(sameBits(found, three[i])).toBe("");
  });
});

test("one model takes sequences of many lengths", async () => {
  const model = sequential([input({ shape: [null, 2] }), conv1d({ filters: 3, kernelSize: 3, strides: 2 })]);
  expect(model.outputShape).toEqual([null, 3]);
  for (const [steps, windows] of [
    [3, 1],
    [4, 1],
    [5, 2],
    [50, 24],
  ]) {
    const x = numbers(1, 2, steps, 2);
    expect((await model.predict(x)).shape).toEqual([2, windows, 3]);
  }
});

test("a causal convolution sees no step behind its own", async () => {
  const model = sequential([
    input({ shape: [9, 2] }),
    conv1d({ filters: 3, kernelSize: 4, dilationRate: 2, padding: "causal" }),
  ]);
  const x = numbers(1, 1, 9, 2);
  const before = await model.predict(x);
  x.data.fill(7, 2 * 6);
  const after = await model.predict(x);
  expect(sameBits(after.data.subarray(0, 3 * 6), before.data.subarray(0, 3 * 6))).toBe("");
  expect(sameBits(after.data.subarray(3 * 6), before.data.subarray(3 * 6))).not.toBe("");
});

test("a row predicted alone is what it is in a batch", async () => {
  const model = sequential([input({ shape: [11, 3] }), ...layers()]);
  const x = numbers(5, 33, 11, 3);
  const together = await model.predict(x);
  for (const row of [0, 1, 16, 32]) {
    const alone = await model.predict(new Tensor([1, 11, 3], x.data.slice(33 * row, 33 * (row + 1))));
    expect(sameBits(alone.data, together.data.subarray(4 * row, 4 * (row + 1)))).toBe("");
  }
});

describe("masks", () => {
  test("a layer that ends a mask says so: in model.warnings, and on the console once", () => {
    const said = vi.spyOn(console, "warn").mockImplementation(() => {});
    const build = () =>
      sequential([
        embedding({ inputDim: 9, outputDim: 2, maskZero: true }),
        conv1d({ filters: 2, kernelSize: 1, name: "blind" }),
        gru({ units: 2 }),
      ]);
    const first = build();
    expect(first.warnings).toEqual([expect.stringContaining('Layer "blind" does not look at masks')]);
    expect(build().warnings).toEqual(first.warnings);
    expect(said.mock.calls.flat()).toEqual(first.warnings);
  });

  test.each([
    ["maxPooling1d", () => maxPooling1d()],
    ["averagePooling1d", () => averagePooling1d()],
    ["reshape", () => reshape({ targetShape: [-1, 1] })],
    ["globalMaxPooling1d", () => globalMaxPooling1d()],
  ])("%s does", (_, make) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(sequential([input({ shape: [4, 2] }), masking(), make()]).warnings).toHaveLength(1);
    expect(sequential([input({ shape: [4, 2] }), make()]).warnings).toEqual([]);
  });

  test("flatten does; recurrent layers and pooling that looks at the mask say nothing", () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(sequential([input({ shape: [4, 2] }), masking(), flatten(), dense({ units: 1 })]).warnings).toHaveLength(1);
    expect(sequential([input({ shape: [4, 2] }), masking(), gru({ units: 1 })]).warnings).toEqual([]);
  });
});

test("sequences too short for a window are refused when they arrive", async () => {
  const model = sequential([input({ shape: [null, 2] }), conv1d({ filters: 2, kernelSize: 5 }), gru({ units: 1 })]);
  model.compile({ loss: "mse" });
  const short = expect.objectContaining({
    code: "data/shape",
    message: expect.stringContaining("at least 5 steps where a layer takes windows of 5, found 4"),
  });
  await expect(model.predict(numbers(1, 2, 4, 2))).rejects.toThrow(short);
  await expect(model.fit(numbers(1, 2, 4, 2), numbers(1, 2, 1))).rejects.toThrow(short);
  expect((await model.predict(numbers(1, 2, 5, 2))).shape).toEqual([2, 1]);
  const dealt = sequential([input({ shape: [null, 2] }), reshape({ targetShape: [-1, 4] })]);
  await expect(dealt.predict(numbers(1, 1, 3, 2))).rejects.toThrow(
    expect.objectContaining({ code: "data/shape", message: expect.stringContaining("steps of 4 numbers") }),
  );
});

test("targets have the steps of the output", async () => {
  const model = sequential([input({ shape: [6, 1] }), conv1d({ filters: 3, kernelSize: 4, activation: "softmax" })]);
  model.compile({ loss: "sparseCategoricalCrossentropy" });
  const x = numbers(1, 5, 6, 1);
  await expect(model.fit(x, tokens(1, 3, 5, 6))).rejects.toThrow(/Expected y of shape \[5, 3\]/);
  expect((await model.fit(x, tokens(1, 3, 5, 3))).history.loss.every(Number.isFinite)).toBe(true);
});

test.each<[string, () => unknown, string, string]>([
  [
    "an unknown padding",
    () => conv1d({ filters: 1, kernelSize: 1, padding: "full" as never }),
    "model/option",
    "one of valid, same, causal",
  ],
  ["causal pooling", () => maxPooling1d({ padding: "causal" as never }), "model/option", "one of valid, same, found"],
  ["a window of nothing", () => conv1d({ filters: 1, kernelSize: 0 }), "model/option", "kernelSize of conv1d"],
  ["no window", () => conv1d({ filters: 1 } as never), "model/option", "kernelSize of conv1d"],
  ["no filters", () => conv1d({ filters: 0, kernelSize: 1 }), "model/option", "filters of conv1d"],
  ["strides of a half", () => averagePooling1d({ strides: 0.5 }), "model/option", "strides of averagePooling1d"],
  [
    "strides and dilation",
    () => conv1d({ filters: 1, kernelSize: 2, strides: 2, dilationRate: 2 }),
    "model/option",
    "found 2 and 2",
  ],
  [
    "Keras's spelling",
    () => conv1d({ filters: 1, kernel_size: 2, kernelSize: 2 } as never),
    "model/option",
    "It is called kernelSize here",
  ],
  ["no repetition", () => repeatVector(0), "model/option", "n of repeatVector"],
  ["three axes", () => reshape({ targetShape: [2, 2, 2] }), "model/option", "targetShape of reshape"],
  ["two unknowns", () => reshape({ targetShape: [-1, -1] }), "model/option", "targetShape of reshape"],
  [
    "a fixed sequence too short",
    () => sequential([input({ shape: [2, 1] }), maxPooling1d({ poolSize: 3 })]),
    "model/shape",
    'Layer "max_pooling1d" takes windows of 3 steps, found sequences of 2',
  ],
  [
    "convolution of rows",
    () => sequential([input({ shape: [2] }), conv1d({ filters: 1, kernelSize: 1 })]),
    "model/shape",
    "expects sequences",
  ],
  [
    "repeated sequences",
    () => sequential([input({ shape: [2, 1] }), repeatVector(2)]),
    "model/shape",
    "expects [rows, features]",
  ],
  [
    "numbers that do not fit",
    () => sequential([input({ shape: [3, 2] }), reshape({ targetShape: [4, 2] })]),
    "model/shape",
    "rows of 6 numbers",
  ],
  [
    "numbers that cannot be dealt",
    () => sequential([input({ shape: [3, 2] }), reshape({ targetShape: [-1, 4] })]),
    "model/shape",
    "rows of 6 numbers",
  ],
])("refused: %s", (_, make, code, text) => {
  expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
});
