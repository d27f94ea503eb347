import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Tensor, tensor } from "../../src/base/index.ts";
import {
  type Callback,
  checkFit,
  csvLogger,
  earlyStopping,
  lambdaCallback,
  learningRateScheduler,
  reduceLrOnPlateau,
} from "../../src/model/index.ts";
import { modelCheckpoint } from "../../src/node.ts";
import { memoryStore } from "../../src/storage/index.ts";
import { counted, expectSameWeights, small, still, x, y } from "./small.ts";

class Spelt {
  on_train_begin() {}
}

describe("callbacks", () => {
  test("are called in order, and waited for", async () => {
    const events: string[] = [];
    const named = (name: string): Callback => ({
      onTrainBegin: () => void events.push(`${name} train`),
      onEpochBegin: async (epoch) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        events.push(`${name} epoch ${epoch}`);
      },
      onBatchEnd: (batch) => void events.push(`${name} batch ${batch}`),
      onEpochEnd: (epoch, logs) => void events.push(`${name} end ${epoch} ${Object.keys(logs)}`),
      onTrainEnd: () => void events.push(`${name} done`),
    });
    const model = still();
    const { x, y } = counted(3);
    const first: Callback = { ...named("a"), onBatchEnd: undefined };
    await model.fit(x, y, { epochs: 2, batchSize: 2, validationSplit: 0.1, callbacks: [first, named("b")] });
    const epoch = (i: number) => [
      `a epoch ${i}`,
      `b epoch ${i}`,
      "b batch 0",
      `a end ${i} loss,valLoss,learningRate`,
      `b end ${i} loss,valLoss,learningRate`,
    ];
    expect(events).toEqual(["a train", "b train", ...epoch(0), ...epoch(1), "a done", "b done"]);
    model.dispose();
  });

  test("may stop the training, after a batch or an epoch, and say why", async () => {
    const model = still();
    const { x, y } = counted(8);
    const batches: number[] = [];
    const stopping: Callback = {
      onBatchEnd: (batch, _, trainer) => {
        batches.push(batch);
        if (batch === 2) trainer.stop("enough");
      },
    };
    const history = await model.fit(x, y, { epochs: 5, batchSize: 2, callbacks: [stopping] });
    expect(batches).toEqual([0, 1, 2]);
    expect(history).toMatchObject({ epoch: [0], stopped: "enough" });
    const later = await model.fit(x, y, {
      epochs: 5,
      callbacks: [{ onEpochEnd: (epoch, _, t) => epoch === 1 && t.stop() } as Callback],
    });
    expect(later).toMatchObject({ epoch: [0, 1], stopped: "a callback" });
    const never = await model.fit(x, y, { epochs: 5, callbacks: [{ onEpochBegin: (_, trainer) => trainer.stop() }] });
    expect(never.epoch).toEqual([]);
    expect((await model.fit(x, y)).stopped).toBeUndefined();
    model.dispose();
  });

  test("hear of progress", async () => {
    const model = still();
    const { x, y } = counted(9);
    const seen: string[] = [];
    const watch: Callback = {
      onProgress: ({ epoch, epochs, batch, batches }) => void seen.push(`${epoch}/${epochs} ${batch}/${batches}`),
    };
    await model.fit(x, y, { epochs: 2, batchSize: 2, callbacks: [watch] });
    expect(seen).toContain("0/2 5/5");
    expect(seen.at(-1)).toBe("1/2 5/5");
    seen.length = 0;
    await model.fit(
      [
        { x, y },
        { x, y },
      ].values(),
      { callbacks: [watch] },
    );
    expect(seen).toEqual(["0/1 1/undefined", "0/1 2/undefined"]);
    model.dispose();
  });

  test("that fail end the training with their error, after onTrainEnd", async () => {
    const model = still();
    const { x, y } = counted(3);
    let ended = 0;
    const failing: Callback = {
      onEpochEnd: () => {
        throw new Error("disk full");
      },
      onTrainEnd: () => void ended++,
    };
    await expect(model.fit(x, y, { callbacks: [failing] })).rejects.toThrow("disk full");
    expect(ended).toBe(1);
    expect((await model.fit(x, y)).epoch).toEqual([0]);
    model.dispose();
  });

  test("earlyStopping goes back to the weights of the best epoch", async () => {
    const model = small();
    const seen: (readonly Tensor[])[] = [];
    const keep: Callback = { onEpochEnd: async () => void seen.push(await model.getWeights()) };
    const stopping = earlyStopping({ patience: 2 });
    const history = await model.fit(x, y, {
      epochs: 60,
      batchSize: 4,
      validationSplit: 0.4,
      callbacks: [keep, stopping],
    });
    const { valLoss } = history.history;
    const best = valLoss.indexOf(Math.min(...valLoss));
    expect(history.stopped).toContain("no improvement for 2 epochs");
    expect(stopping.bestEpoch).toBe(best);
    expect(valLoss.length).toBe(best + 3);
    await expectSameWeights(model, seen[best]);
    model.dispose();
  });

  test("reduceLrOnPlateau lowers the rate of the epochs that follow", async () => {
    const { x, y } = counted(4);
    const model = still();
    model.learningRate = 1e-20; // too small to change anything
    const plateau = reduceLrOnPlateau({ monitor: "loss", factor: 0.5, patience: 2 });
    const { history } = await model.fit(x, y, { epochs: 6, callbacks: [plateau] });
    expect(history.learningRate.map((rate) => rate / 1e-20)).toEqual([1, 1, 1, 0.5, 0.5, 0.25]);
    model.dispose();
  });

  test("csvLogger writes what the history says, and goes on with a file", async () => {
    const store = memoryStore();
    const model = small();
    const read = async () => new TextDecoder().decode(await store.read("log.csv")).split("\n");
    const first = await model.fit(x, y, { epochs: 2, validationSplit: 0.2, callbacks: [csvLogger(store, "log.csv")] });
    const line = ({ epoch, history }: typeof first, i: number) =>
      [epoch[i], history.loss[i], history.valLoss[i], history.learningRate[i]].join();
    expect(await read()).toEqual(["epoch,loss,valLoss,learningRate", line(first, 0), line(first, 1), ""]);
    const append = csvLogger(store, "log.csv", { append: true });
    const more = await model.fit(x, y, { epochs: 3, initialEpoch: 2, validationSplit: 0.2, callbacks: [append] });
    expect((await read()).slice(3)).toEqual([line(more, 0), ""]);
    const anew = await model.fit(x, y, { validationSplit: 0.2, callbacks: [csvLogger(store, "log.csv")] });
    expect(await read()).toEqual(["epoch,loss,valLoss,learningRate", line(anew, 0), ""]);
    model.dispose();
  });

  test("learningRateScheduler sets the rate of each epoch, after what others have set", async () => {
    const { x, y } = counted(4);
    const model = still();
    model.learningRate = 1e-20;
    const asked: [number, number][] = [];
    const schedule = learningRateScheduler((epoch, rate) => {
      asked.push([epoch, rate / 1e-20]);
      return epoch < 2 ? rate : rate / 2;
    });
    const doubling: Callback = {
      onEpochEnd(epoch, _, trainer) {
        if (epoch === 0) trainer.learningRate *= 2;
      },
    };
    const { history } = await model.fit(x, y, { epochs: 4, callbacks: [schedule, doubling] });
    expect(asked).toEqual([
      [0, 1],
      [1, 2],
      [2, 2],
      [3, 1],
    ]);
    expect(history.learningRate.map((rate) => rate / 1e-20)).toEqual([1, 2, 1, 0.5]);
    const bad = learningRateScheduler(() => Number.NaN);
    await expect(model.fit(x, y, { callbacks: [bad] })).rejects.toThrow("learningRateScheduler for epoch 0");
    expect(() => learningRateScheduler(0.1 as never)).toThrow(expect.objectContaining({ code: "usage/option" }));
    model.dispose();
  });

  test.each<[string, unknown, RegExp]>([
    [
      "a hook of Keras",
      { on_epoch_end() {} },
      /^callbacks\[1\] has a method "on_epoch_end".* It is called onEpochEnd here/,
    ],
    ["another case", { onEpochend() {} }, /It is called onEpochEnd here/],
    ["a hook of a class", new (class Mine extends Spelt {})(), /"on_train_begin".* It is called onTrainBegin here/],
    ["a hook that there is not", { on_batch_begin() {} }, /"on_batch_begin".* Hooks are onTrainBegin, .*onBatchEnd/],
    ["a function", earlyStopping, /callbacks\[1\] to be an object .* as in earlyStopping\(\)/],
    ["nothing", undefined, /callbacks\[1\] to be an object .* found undefined/],
    ["half a batch", { everyBatches: 0.5 }, /everyBatches of callbacks\[1\]/],
  ])("%s is refused, for it would be passed over", async (_, callback, message) => {
    const options = { callbacks: [{ onEpochEnd() {} }, callback as Callback] };
    const refusal = { code: "usage/option", message: expect.stringMatching(message) };
    const model = small();
    await expect(model.fit(x, y, options)).rejects.toMatchObject(refusal);
    await expect(checkFit(model, { x: tensor(x), y: tensor(y) }, options)).rejects.toMatchObject(refusal);
    model.dispose();
  });

  test("methods of one's own are left alone, and a hook may have a second spelling", async () => {
    let calls = 0;
    const both = { onEpochEnd: () => void calls++, on_epoch_end() {}, onMessage() {}, reset() {} };
    await small().fit(x, y, { callbacks: [both] });
    expect(calls).toBe(1);
  });

  test("lambdaCallback calls what it was given, and refuses what is no hook", async () => {
    const { x, y } = counted(3);
    const model = still();
    const events: string[] = [];
    const lambda = lambdaCallback({
      onTrainBegin: () => void events.push("begin"),
      onBatchEnd: (batch) => void events.push(`batch ${batch}`),
      onEpochEnd: (epoch) => void events.push(`end ${epoch}`),
    });
    await model.fit(x, y, { batchSize: 2, callbacks: [lambda] });
    expect(events).toEqual(["begin", "batch 0", "batch 1", "end 0"]);
    expect(() => lambdaCallback({ on_epoch_end: () => {} } as never)).toThrow("It is called onEpochEnd here");
    expect(() => lambdaCallback({ onEpochEnd: 5 } as never)).toThrow(expect.objectContaining({ code: "usage/option" }));
    model.dispose();
  });
});

test("modelCheckpoint clears away what killed trainings have left where it saves", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gruvy-models-"));
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const left = `.gruvy-${pid}-0123456789abcdef.tmp`;
  writeFileSync(join(folder, left), "half");
  utimesSync(join(folder, left), 1e9, 1e9);
  const model = small();
  await model.fit(x, y, { callbacks: [modelCheckpoint({ filepath: join(folder, "m.gruvy") })] });
  expect(readdirSync(folder)).toEqual(["m.gruvy"]);
  model.dispose();
  rmSync(folder, { recursive: true });
});
