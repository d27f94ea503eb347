// Epochs that nobody asks about in between are trained, and validated, in one call: only the time shows it.
import { afterEach, describe, expect, it, vi } from "vitest";
import { probeAgain } from "../../src/engine/index.ts";
import { Executable } from "../../src/engine/runtime/executable.ts";
import { Team } from "../../src/engine/runtime/team.ts";
import {
  adam,
  type Callback,
  closeThreads,
  dense,
  exponentialDecay,
  type FitOptions,
  gru,
  input,
  type Schedule,
  type Sequential,
  sequential,
  setThreads,
  sgd,
  Tensor,
} from "../../src/index.ts";
import { numbers } from "./data.ts";

const x = numbers(3, 40, 6, 2);
const y = numbers(4, 40, 1);
/** Asks after every batch, so that each is a call of its own. */
const asking: Callback = { onBatchEnd() {} };

afterEach(() => vi.restoreAllMocks());

function made(options: { learningRate?: number | Schedule; plain?: boolean } = {}): Sequential {
  const { learningRate = 0.01, plain = false } = options;
  const layers = [input({ shape: [6, 2] }), gru({ units: 5, dropout: plain ? 0 : 0.2 }), dense({ units: 1 })];
  const model = sequential(layers, { seed: 8 });
  const optimizer = plain ? sgd({ learningRate }) : adam({ learningRate });
  model.compile({ optimizer, loss: "mse", metrics: ["mae"] });
  return model;
}

/** What a training leaves, and how many of its calls ran more than once. */
async function trained(options: FitOptions, model = made()) {
  const all = vi.spyOn(Executable.prototype, "runAll");
  const { history, cost, findings } = await model.fit(x, y, { batchSize: 16, ...options });
  const runs = all.mock.calls.map(([{ length }]) => length);
  all.mockRestore();
  const weights = (await model.getWeights()).map(({ data }) => [...data]);
  return { runs, left: { history, cost, findings, weights, iterations: model.iterations } };
}

describe.each([
  ["with validation", { validationSplit: 0.2 }],
  ["with validation of other batches", { validationSplit: 0.3, validationBatchSize: 5 }],
  ["without", {}],
  ["in order", { shuffle: false, validationSplit: 0.2 }],
  ["with weighted rows", { sampleWeight: numbers(5, 40).data.map(Math.abs), validationSplit: 0.2 }],
])("%s", (_, options) => {
  it("leaves what single calls leave", async () => {
    const single = await trained({ ...options, epochs: 30, callbacks: [asking] });
    const together = await trained({ ...options, epochs: 30 });
    expect(together.left).toEqual(single.left);
    expect(Math.max(...together.runs)).toBeGreaterThan(4);
  });
});

it("follows a schedule of the learning rate", async () => {
  const learningRate = exponentialDecay({ initialLearningRate: 0.02, decaySteps: 10, decayRate: 0.9 });
  const single = await trained({ epochs: 20, callbacks: [asking] }, made({ learningRate }));
  const together = await trained({ epochs: 20 }, made({ learningRate }));
  expect(together.left).toEqual(single.left);
  expect(together.left.history.learningRate[19]).toBeLessThan(together.left.history.learningRate[1]);
  expect(Math.max(...together.runs)).toBeGreaterThan(2);
});

it("does so where memory cannot be shared", async () => {
  const expected = await trained({ epochs: 20, validationSplit: 0.2 });
  const page = globalThis as { crossOriginIsolated?: boolean };
  try {
    page.crossOriginIsolated = false;
    probeAgain();
    closeThreads();
    expect((await trained({ epochs: 20, validationSplit: 0.2 })).left).toEqual(expected.left);
  } finally {
    delete page.crossOriginIsolated;
    probeAgain();
    closeThreads();
  }
});

it("gives the same bits on any number of threads", async () => {
  const expected = await trained({ epochs: 20, validationSplit: 0.2 });
  for (const threads of [1, 3, 4]) {
    setThreads(threads);
    expect((await trained({ epochs: 20, validationSplit: 0.2 })).left).toEqual(expected.left);
  }
  setThreads(undefined);
});

it("validates with the training where callbacks ask after each epoch", async () => {
  const heard: string[] = [];
  const callback: Callback = {
    onEpochBegin: (epoch) => void heard.push(`begin ${epoch}`),
    onEpochEnd: (epoch, { valLoss }) => void heard.push(`end ${epoch} ${typeof valLoss}`),
  };
  const { runs, left } = await trained({ epochs: 12, validationSplit: 0.2, callbacks: [callback] });
  expect(left).toEqual((await trained({ epochs: 12, validationSplit: 0.2, callbacks: [asking] })).left);
  expect(heard).toEqual(Array.from({ length: 12 }, (_, i) => [`begin ${i}`, `end ${i} number`]).flat());
  expect(runs).toContain(2);
  expect(Math.max(...runs)).toBe(2);
});

it("a loss that is not finite ends the training where it would have", async () => {
  const message = async (callbacks: Callback[]) => {
    const model = made({ learningRate: 1e6, plain: true });
    const error: unknown = await trained({ epochs: 40, callbacks, validationSplit: 0.2 }, model).catch(
      (error) => error,
    );
    for (const { data } of await model.getWeights()) expect([...data].every(Number.isFinite)).toBe(true);
    return String(error);
  };
  const together = await message([]);
  expect(together).toMatch(/epoch/);
  expect(together).toBe(await message([{ onEpochEnd() {} }]));
});

it("goes on where the loss of the validation alone is not finite", async () => {
  const far = new Tensor([40, 1], new Float32Array(40).fill(1e30));
  const options = { epochs: 8, validationData: [x, far] } as const;
  const { left, runs } = await trained(options);
  expect(left).toEqual((await trained({ ...options, callbacks: [asking] })).left);
  expect(left.history.valLoss).toEqual(new Array(8).fill(Number.NaN));
  expect(Math.max(...runs)).toBeGreaterThan(1);
});

it("stops in the middle when told to, with the epochs that were whole", async () => {
  const controller = new AbortController();
  const model = made();
  const training = trained({ epochs: 1_000_000, validationSplit: 0.2, signal: controller.signal }, model);
  setTimeout(() => controller.abort(), 400);
  const { left } = await training;
  const { loss, valLoss } = left.history;
  expect(valLoss).toHaveLength(loss.length);
  // Of the last one perhaps the validation is missing.
  const whole = Math.floor(left.iterations / 2);
  expect([whole - 1, whole]).toContain(loss.length);
  expect(loss.length).toBeGreaterThan(10);
  const again = await trained({ epochs: loss.length, validationSplit: 0.2 });
  expect(again.left.history).toEqual(left.history);
});

it("takes so many epochs at most that the caller's thread is free again soon", async () => {
  vi.spyOn(performance, "now").mockReturnValue(0); // as if nothing took any time
  const { runs } = await trained({ epochs: 200, validationSplit: 0.2 });
  expect(Math.max(...runs)).toBe(64);
});

it("keeps to a budget that holds one call and no more", async () => {
  const { bytes } = await made().memory({ batchSize: 16, timeSteps: 6 });
  const expected = await trained({ epochs: 14, validationSplit: 0.2 });
  for (const [memoryBudget, most] of [
    [bytes, 1],
    [2 * bytes, 2],
  ]) {
    const model = made();
    model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: "mse", metrics: ["mae"], memoryBudget });
    const calls = vi.spyOn(Team.prototype, "run");
    const { left, runs } = await trained({ epochs: 14, validationSplit: 0.2 }, model);
    expect(left).toEqual(expected.left);
    // Where several epochs do not fit, their rows are not gathered again and again.
    if (most === 1) expect(Math.max(...runs.slice(-8))).toBe(2);
    const lengths = calls.mock.calls.map(([{ length }]) => length);
    if (most === 1) expect(Math.max(...lengths)).toBe(1);
    else expect(Math.max(...lengths)).toBeGreaterThan(1);
    calls.mockRestore();
  }
});
