import { fork } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { dense, embedding, gru, input, lambdaCallback, lstm, type Sequential, sequential } from "../../src/index.ts";
import { numbers } from "./data.ts";
import { expectSameWeights } from "./small.ts";

const MB = 2 ** 20;
const x = numbers(5, 48, 400, 2);
const y = numbers(6, 48, 1);

function deep(memoryBudget?: number): Sequential {
  const model = sequential([
    input({ shape: [null, 2] }),
    lstm({ units: 24, returnSequences: true, dropout: 0.1 }),
    gru({ units: 40 }),
    dense({ units: 1 }),
  ]);
  model.compile({ optimizer: "adam", loss: "meanSquaredError", memoryBudget });
  return model;
}

describe("memory", () => {
  test("says the need before the run: with all kept, within a budget, and where it does not fit", async () => {
    const rich = await deep(4096 * MB).memory({ batchSize: 48, timeSteps: 400 });
    expect(rich).toMatchObject({ recomputes: false, fits: true, budget: 4096 * MB, weights: 4 * deep().countParams() });
    const poor = await deep(rich.bytes - 1).memory({ batchSize: 48, timeSteps: 400 });
    expect(poor).toMatchObject({ recomputes: true, fits: true });
    expect(poor.bytes).toBeLessThan(rich.bytes / 2);
    expect(await deep(MB).memory({ batchSize: 48, timeSteps: 400 })).toMatchObject({ fits: false });
    const predicting = await deep(4096 * MB).memory({ batchSize: 48, timeSteps: 400, purpose: "predict" });
    expect(predicting.bytes).toBeLessThan(poor.bytes);
  });

  test("what was said is what is taken, and the weights are the same with little memory", async () => {
    const rich = deep(4096 * MB);
    const { bytes } = await rich.memory({ batchSize: 48, timeSteps: 400 });
    const poor = deep(Math.ceil(bytes / 2));
    for (const model of [rich, poor]) await model.fit(x, y, { batchSize: 48, epochs: 3 });
    await expectSameWeights(poor, rich);
    const engine = await rich.engine();
    // Beside the memory: a state that was good, one that may be, and the rows as they are gathered.
    const state = (await engine.snapshot()).reduce((sum, { bytes }) => sum + bytes.length, 0);
    const taken = engine.memory.size + 2 * state + 4 * (x.data.length + y.data.length);
    expect(taken).toBeGreaterThanOrEqual(bytes);
    expect(taken).toBeLessThan(bytes + 65536);
  });

  test("a training keeps as many states aside as are counted", async () => {
    const model = deep();
    const engine = await model.engine("train");
    const kept = new Set<Uint8Array>();
    const { snapshot } = engine;
    let aside = 0;
    engine.snapshot = async (into) => {
      const state = await snapshot.call(engine, into);
      aside++;
      for (const { bytes } of into ?? []) kept.delete(bytes);
      for (const { bytes } of state) kept.add(bytes);
      return state;
    };
    const everything = lambdaCallback({
      onEpochEnd(_epoch, _logs, trainer) {
        if (aside > 4) trainer.stop();
      },
    });
    await model.fit(x, y, { batchSize: 48, epochs: 10_000, callbacks: [everything] });
    engine.snapshot = snapshot;
    const state = (await engine.snapshot()).reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect([...kept].reduce((sum, bytes) => sum + bytes.length, 0)).toBe(2 * state);
  });

  test("a process that trains a large embedding grows by what was said", async () => {
    const model = { words: 60_000, width: 128, units: 16, steps: 40 };
    const child = fork(new URL("growth.js", import.meta.url), [JSON.stringify(model)], { execArgv: ["--expose-gc"] });
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the process ended with ${code} before it said anything`);
    });
    const heard = await Promise.race([once(child, "message"), ended]);
    ended.catch(() => {});
    const [{ said, grown }] = heard as [{ said: number; grown: number }];
    // A state put aside may just have been given back; and beside the model V8's own heap and code grow.
    expect(grown).toBeGreaterThan(0.6 * said);
    expect(grown).toBeLessThan(1.15 * said + 64 * MB);
  });

  test("a run that does not fit is refused and leaves the model usable", async () => {
    const model = deep(2 * MB);
    await expect(model.fit(x, y, { batchSize: 48 })).rejects.toMatchObject({
      code: "engine/memory",
      message: expect.stringMatching(/48 rows of 400 steps needs [\d.]+ MB of memory, and its memoryBudget is 2 MB/),
    });
    await model.fit(x, y, { batchSize: 4 });
    expect((await model.predict(x, { batchSize: 4 })).shape).toEqual([48, 1]);
  });

  test("counts tokens, and asks for the steps where it must", async () => {
    const model = sequential([embedding({ inputDim: 50, outputDim: 8 }), gru({ units: 8 }), dense({ units: 1 })]);
    expect(await model.memory({ batchSize: 2, timeSteps: 3, purpose: "predict" })).toMatchObject({ fits: true });
    await expect(model.memory()).rejects.toMatchObject({ code: "usage/option", message: /timeSteps/ });
    await expect(model.memory({ timeSteps: 0 })).rejects.toMatchObject({ code: "usage/option" });
    await expect(model.memory({ timesteps: 3 } as object)).rejects.toMatchObject({ code: "usage/option" });
    expect(() => model.compile({ loss: "meanSquaredError", memoryBudget: -1 })).toThrow(/memoryBudget/);
  });
});
