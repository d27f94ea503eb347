import { describe, expect, test } from "vitest";
import { GruvyError } from "../../src/base/index.ts";
import {
  type Callback,
  dense,
  exponentialDecay,
  gru,
  type Sequential,
  sequential,
  sgd,
} from "../../src/model/index.ts";
import { numbers, rowsOf } from "./data.ts";
import { counted, expectSameWeights, small, still, x, y } from "./small.ts";

/** The rows of each epoch in the order in which a still model met them. */
async function ordersOf(run: (model: Sequential, callbacks: Callback[]) => Promise<unknown>): Promise<number[][]> {
  const orders: number[][] = [];
  const watch: Callback = {
    onEpochBegin: () => void orders.push([]),
    onBatchEnd: (_, logs) => void orders.at(-1)!.push(Math.round(Math.sqrt(logs.loss)) - 1),
  };
  const model = still();
  await run(model, [watch]);
  model.dispose();
  return orders;
}

describe("the order of the rows", () => {
  const data = counted(10);

  test("is new in every epoch, and each row comes once", async () => {
    const orders = await ordersOf((model, callbacks) =>
      model.fit(data.x, data.y, { epochs: 3, batchSize: 1, callbacks }),
    );
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(orders.map(String)).size).toBe(3);
    expect(orders.map(String)).not.toContain("0,1,2,3,4,5,6,7,8,9");
  });

  test("is theirs without shuffling", async () => {
    const orders = await ordersOf((model, callbacks) =>
      model.fit(data.x, data.y, { epochs: 2, batchSize: 1, shuffle: false, callbacks }),
    );
    expect(orders).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ]);
  });

  test("is a stream's own", async () => {
    const batches = data.x.map((row, i) => ({ x: [row], y: [data.y[i]] })).reverse();
    const orders = await ordersOf((model, callbacks) => model.fit(new Set(batches), { epochs: 2, callbacks }));
    expect(orders).toEqual([
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ]);
  });
});

describe("validation", () => {
  const mean = (from: number, to: number) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += (i + 1) ** 2;
    return sum / (to - from);
  };

  test("takes the last rows before shuffling", async () => {
    const { x, y } = counted(10);
    const model = still();
    const { history } = await model.fit(x, y, { epochs: 2, validationSplit: 0.25, batchSize: 4 });
    // floor(10 * 0.75) rows are trained on.
    expect(history.loss[1]).toBeCloseTo(mean(0, 7), 5);
    expect(history.valLoss).toEqual([history.valLoss[0], history.valLoss[0]]);
    expect(history.valLoss[0]).toBeCloseTo(mean(7, 10), 5);
    model.dispose();
  });

  test("data given are used instead, as a pair or a data set", async () => {
    const { x, y } = counted(10);
    const model = still();
    const held = counted(3);
    const { history } = await model.fit(x, y, { validationSplit: 0.5, validationData: [held.x, held.y] });
    expect(history.loss[0]).toBeCloseTo(mean(0, 10), 5);
    expect(history.valLoss[0]).toBeCloseTo(mean(0, 3), 5);
    model.dispose();
  });

  test("of a split that leaves nothing to train on is refused", async () => {
    const { x, y } = counted(1);
    await expect(still().fit(x, y, { validationSplit: 0.5 })).rejects.toMatchObject({ code: "data/empty" });
  });
});

describe("the learning rate", () => {
  test("follows a schedule by the steps taken, until it is set", async () => {
    const model = small();
    const schedule = exponentialDecay({ initialLearningRate: 0.1, decaySteps: 3, decayRate: 0.5 });
    model.compile({ optimizer: sgd({ learningRate: schedule }), loss: "meanSquaredError" });
    expect(model.learningRate).toBe(schedule.at(0));
    const first = await model.fit(x, y, { epochs: 2, batchSize: 8 });
    expect(first.history.learningRate).toEqual([schedule.at(0), schedule.at(3)]);
    expect(model.iterations).toBe(6);
    expect(model.learningRate).toBe(schedule.at(6));
    model.learningRate = 0.01;
    const second = await model.fit(x, y, { epochs: 1, batchSize: 8 });
    expect(second.history.learningRate).toEqual([0.01]);
    expect(model.learningRate).toBe(0.01);
    for (const bad of [Number.NaN, -1, "0.1" as unknown as number]) {
      expect(() => {
        model.learningRate = bad;
      }).toThrow(GruvyError);
    }
    model.dispose();
  });

  test("set by a callback holds from the next batch on", async () => {
    const [a, b] = [small(), small()];
    const half: Callback = {
      onBatchEnd: (batch, _, trainer) => {
        if (batch === 1) trainer.learningRate = 0;
      },
    };
    await a.fit(x, y, { batchSize: 4, shuffle: false, callbacks: [half] });
    await b.fit(rowsOf(x, 0, 8), rowsOf(y, 0, 8), { batchSize: 4, shuffle: false });
    await expectSameWeights(a, b);
    a.dispose();
    b.dispose();
  });
});

describe("training that goes on", () => {
  test("from an initial epoch ends as if it had never stopped", async () => {
    const [whole, parts] = [small(), small()];
    const all = await whole.fit(x, y, { epochs: 4, batchSize: 8 });
    const first = await parts.fit(x, y, { epochs: 2, batchSize: 8 });
    const second = await parts.fit(x, y, { epochs: 4, batchSize: 8, initialEpoch: 2 });
    expect(second.epoch).toEqual([2, 3]);
    expect([...first.history.loss, ...second.history.loss]).toEqual(all.history.loss);
    await expectSameWeights(parts, whole);
    whole.dispose();
    parts.dispose();
  });

  test("from an optimizer's state and weights, in another model", async () => {
    const [whole, begun, resumed] = [small(), small(), small()];
    await whole.fit(x, y, { epochs: 4, batchSize: 8 });
    await begun.fit(x, y, { epochs: 2, batchSize: 8 });
    await resumed.prepare(x, undefined, false);
    await resumed.setWeights(await begun.getWeights());
    await resumed.setOptimizerState(await begun.getOptimizerState());
    await resumed.fit(x, y, { epochs: 4, batchSize: 8, initialEpoch: 2 });
    await expectSameWeights(resumed, whole);
    for (const model of [whole, begun, resumed]) model.dispose();
  });

  test("does not depend on callbacks that only watch, nor on who else uses the model", async () => {
    const [alone, watched, shared] = [small(), small(), small()];
    await alone.fit(x, y, { epochs: 3, batchSize: 4 });
    await watched.fit(x, y, { epochs: 3, batchSize: 4, callbacks: [{ onBatchEnd: () => {} }] });
    await expectSameWeights(watched, alone);
    await shared.prepare(x, undefined, false);
    const running = shared.fit(x, y, {
      epochs: 3,
      batchSize: 4,
      callbacks: [{ onEpochEnd: async () => void (await shared.predict(x)) }],
    });
    const others = [shared.predict(x, { batchSize: 3 }), shared.evaluate(x, y), shared.getWeights()];
    await Promise.all([running, ...others]);
    await expectSameWeights(shared, alone);
    for (const model of [alone, watched, shared]) model.dispose();
  });
});

describe("an abort signal", () => {
  test("ends the training within an epoch, which is not recorded", async () => {
    const model = small();
    const controller = new AbortController();
    const abort: Callback = { onBatchEnd: (batch) => batch === 1 && controller.abort() } as Callback;
    const history = await model.fit(x, y, { epochs: 9, batchSize: 4, signal: controller.signal, callbacks: [abort] });
    expect(history).toMatchObject({ epoch: [], stopped: "signal" });
    expect(model.iterations).toBe(2);
    expect((await model.fit(x, y)).epoch).toEqual([0]);
    model.dispose();
  });

  test("given beforehand ends it before the first step", async () => {
    const model = small();
    const before = sequential([gru({ units: 5 }), dense({ units: 1 })]);
    const history = await model.fit(x, y, { signal: AbortSignal.abort() });
    expect(history).toMatchObject({ epoch: [], stopped: "signal" });
    expect(model.iterations).toBe(0);
    before.dispose();
    model.dispose();
  });

  test("from outside stops a long epoch at the step under way; the host stays free meanwhile", async () => {
    const model = sequential([gru({ units: 64, returnSequences: true }), gru({ units: 64 }), dense({ units: 1 })]);
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const [longX, longY] = [numbers(1, 4000, 40, 4), numbers(2, 4000, 1)];
    await model.fit(rowsOf(longX, 0, 32), rowsOf(longY, 0, 32));
    const done = model.iterations;
    // After more and more turns of the host, until a step was done by then.
    for (let least = 5; model.iterations === done; least *= 2) {
      expect(least).toBeLessThan(1e5);
      const controller = new AbortController();
      let turns = 0;
      const timer = setInterval(() => ++turns === least && controller.abort(), 5);
      const history = await model.fit(longX, longY, { epochs: 1e6, signal: controller.signal });
      clearInterval(timer);
      expect(history.stopped).toBe("signal");
      expect(turns).toBeGreaterThanOrEqual(least);
    }
    const prediction = await model.predict(rowsOf(longX, 0, 1));
    expect(Number.isFinite(prediction.data[0])).toBe(true);
    model.dispose();
  });

  test("ends evaluate and predict too, with its reason", async () => {
    const model = small();
    const signal = AbortSignal.abort(new Error("no longer wanted"));
    await expect(model.predict(x, { signal })).rejects.toThrow("no longer wanted");
    await expect(model.evaluate(x, y, { signal })).rejects.toThrow("no longer wanted");
    model.dispose();
  });
});

describe("a loss that is not finite", () => {
  const failed = async (run: Promise<unknown>): Promise<GruvyError> => {
    const error = await run.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (error instanceof GruvyError) return error;
    throw new Error(`expected a GruvyError, found ${error}`);
  };

  test("stops at its step, which is named, and the weights stay finite", async () => {
    const model = small();
    model.compile({ optimizer: sgd({ learningRate: 1e30 }), loss: "meanSquaredError" });
    let ended = 0;
    const error = await failed(
      model.fit(x, y, { epochs: 3, batchSize: 8, callbacks: [{ onTrainEnd: () => void ended++ }] }),
    );
    expect(error.code).toBe("training/not-finite");
    expect(error.message).toMatch(
      /became (NaN|infinite) in epoch 1 at batch \d, row indices [\d, ]+( and \d+ more)?\. .* (just|\d+ steps?) before this batch\. Try a smaller/,
    );
    expect(ended).toBe(1);
    for (const weight of await model.getWeights()) expect(weight.data.every(Number.isFinite)).toBe(true);
    expect((await model.predict(x)).data.every(Number.isFinite)).toBe(true);
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    expect((await model.fit(x, y)).history.loss[0]).toBeLessThan(10);
    model.dispose();
  });

  test.each([false, true])("leaves the last state that was seen to be good (batch by batch: %s)", async (stepwise) => {
    const model = small();
    await model.prepare(x, undefined, false);
    const states = new Map([[0, await model.getWeights()]]);
    const spoil: Callback = {
      onEpochEnd: async (epoch, _, trainer) => {
        states.set(model.iterations, await model.getWeights());
        if (epoch === 2) await new Promise((resolve) => setTimeout(resolve, 300));
        if (epoch === 3) trainer.learningRate = 1e30;
      },
      ...(stepwise && {
        onBatchEnd: async () => void states.set(model.iterations, await model.getWeights()),
      }),
    };
    const error = await failed(model.fit(x, y, { epochs: 9, batchSize: 4, callbacks: [spoil] }));
    const [, batch, back] = /in epoch 5 at batch (\d) ?.* weights it had (\d+|just)(?: steps?)? before this batch/.exec(
      error.message,
    )!;
    const good = 4 * 6 + Number(batch) - 1 - (back === "just" ? 0 : Number(back));
    expect(model.iterations).toBe(good);
    // A state is put aside four times a second, so that it is no older than the pause.
    expect(good).toBeGreaterThanOrEqual(18);
    await expectSameWeights(model, states.get(good)!);
    expect((await model.evaluate(x, y)).loss).toBeLessThan(10);
    model.dispose();
  });

  test("while validating is told by a number, not an error", async () => {
    const model = still();
    const { x, y } = counted(4);
    const { history } = await model.fit(x, y, { validationData: [[[3e38]], [[-3e38]]] });
    expect(history.valLoss).toEqual([Number.NaN]);
    const { loss } = await model.evaluate([[1], [1], [1]], [[1], [3e38], [1]], { batchSize: 1 });
    expect(loss).toBeNaN();
    model.dispose();
  });
});
