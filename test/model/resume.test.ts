import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/base/index.ts";
import {
  adam,
  type Callback,
  csvLogger,
  dense,
  dropout,
  earlyStopping,
  embedding,
  exponentialDecay,
  type FitOptions,
  gru,
  type History,
  input,
  learningRateScheduler,
  lstm,
  reduceLrOnPlateau,
  rmsprop,
  type Sequential,
  sequential,
  sgd,
  type TrainingState,
} from "../../src/model/index.ts";
import { memoryStore } from "../../src/storage/index.ts";
import { numbers, paddedTokens, tokens } from "./data.ts";
import { expectSameWeights, small, x, y } from "./small.ts";

interface Subject {
  readonly make: () => Sequential;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly options: FitOptions;
  /** Made anew for each training. */
  readonly callbacks?: () => Callback[];
}

const subjects: Record<string, Subject> = {
  "gru with dropouts, adam, metrics, plateau and early stopping": {
    make: () => {
      const model = sequential(
        [
          embedding({ inputDim: 20, outputDim: 5, maskZero: true }),
          gru({ units: 6, dropout: 0.3, recurrentDropout: 0.2 }),
          dense({ units: 1, activation: "sigmoid" }),
        ],
        { seed: 3 },
      );
      model.compile({
        optimizer: adam({ learningRate: 0.02, amsgrad: true, globalClipnorm: 1 }),
        loss: "binaryCrossentropy",
        metrics: ["accuracy", "auc"],
      });
      return model;
    },
    x: paddedTokens(1, 20, 77, 11),
    y: tokens(2, 2, 77, 1),
    options: { epochs: 5, batchSize: 16, validationSplit: 0.2 },
    callbacks: () => [
      reduceLrOnPlateau({ factor: 0.5, patience: 1, cooldown: 1, minDelta: 0.05 }),
      earlyStopping({ patience: 2, minDelta: 0.01 }),
    ],
  },
  "lstm, dropout, rmsprop with a schedule, in order": {
    make: () => {
      const model = sequential([lstm({ units: 7 }), dropout({ rate: 0.25 }), dense({ units: 2 })]);
      const learningRate = exponentialDecay({ initialLearningRate: 0.01, decaySteps: 5, decayRate: 0.9 });
      model.compile({
        optimizer: rmsprop({ learningRate, momentum: 0.9 }),
        loss: "meanSquaredError",
        metrics: ["mae"],
      });
      return model;
    },
    x: numbers(3, 29, 6, 3),
    y: numbers(4, 29, 2),
    options: { epochs: 3, batchSize: 7, shuffle: false },
  },
  "stateful layers, in order": {
    make: () => {
      const model = sequential([
        input({ shape: [3, 2], batchSize: 5 }),
        gru({ units: 4, stateful: true, returnSequences: true }),
        lstm({ units: 3, stateful: true }),
        dense({ units: 1 }),
      ]);
      model.compile({ optimizer: adam({ learningRate: 0.02 }), loss: "meanSquaredError" });
      return model;
    },
    x: numbers(7, 25, 3, 2),
    y: numbers(8, 25, 1),
    options: { epochs: 3, shuffle: false, validationSplit: 0.2 },
  },
  "a rate that each epoch takes from the last": {
    make: () => {
      const model = sequential([gru({ units: 4 }), dense({ units: 1 })]);
      model.compile({ optimizer: sgd({ learningRate: 0.02, momentum: 0.5 }), loss: "meanSquaredError" });
      return model;
    },
    x: numbers(5, 21, 3, 2),
    y: numbers(6, 21, 1),
    options: { epochs: 4, batchSize: 6 },
    callbacks: () => [learningRateScheduler((epoch, rate) => (epoch === 1 ? 0.05 : rate * 0.9))],
  },
};

/** The state at every standing of a training, and what it ends with. */
async function recorded({ make, x, y, options, callbacks }: Subject) {
  const model = make();
  const states: TrainingState[] = [];
  const keep: Callback = {
    everyBatches: 1,
    onStanding: async (_, trainer) => void states.push(await trainer.getState()),
  };
  const history = await model.fit(x, y, { ...options, callbacks: [...(callbacks?.() ?? []), keep] });
  return { model, states, history };
}

/** A state as it comes back from a file. */
const throughJson = (state: TrainingState): TrainingState => ({ ...state, run: JSON.parse(JSON.stringify(state.run)) });

async function expectSameEnd(a: Sequential, b: Sequential, first: History, second: History): Promise<void> {
  expect(second).toEqual(first);
  await expectSameWeights(b, a);
  const [one, other] = [await a.getOptimizerState(), await b.getOptimizerState()];
  expect(other.iterations).toBe(one.iterations);
  expect(other.tensors).toEqual(one.tensors);
}

describe.each(Object.entries(subjects))("resumed from any batch to the same bits: %s", (_, subject) => {
  test("from every state there was", async () => {
    const { model, states, history } = await recorded(subject);
    expect(states.length).toBeGreaterThan(12);
    for (const state of states) {
      const again = subject.make();
      const resumed = await again.fit(subject.x, subject.y, {
        ...subject.options,
        callbacks: subject.callbacks?.(),
        resumeFrom: throughJson(state),
      });
      await expectSameEnd(model, again, history, resumed);
      again.dispose();
    }
    model.dispose();
  });
});

describe("a resumed training", () => {
  const options = { epochs: 4, batchSize: 4, validationSplit: 0.2 };
  const stateAt = async (epoch: number, batch: number, more: FitOptions = {}): Promise<TrainingState> => {
    let found: TrainingState | undefined;
    const model = small();
    const keep: Callback = {
      everyBatches: 1,
      async onStanding(standing, trainer) {
        if (standing.epoch !== epoch || standing.batch !== batch) return;
        found = await trainer.getState();
        trainer.stop();
      },
    };
    await model.fit(x, y, { ...options, ...more, callbacks: [...(more.callbacks ?? []), keep] });
    model.dispose();
    return throughJson(found!);
  };

  test("may go on for more epochs than it was begun with", async () => {
    const [short, long] = [small(), small()];
    const whole = await long.fit(x, y, { ...options, epochs: 6 });
    const state = await stateAt(2, 0);
    const resumed = await short.fit(x, y, { ...options, epochs: 6, resumeFrom: state });
    await expectSameEnd(long, short, whole, resumed);
    short.dispose();
    long.dispose();
  });

  test("goes on from a state of the time before losses were kept in it", async () => {
    const [earlier, whole] = [small(), small()];
    const { arrays, ...state } = await stateAt(1, 2);
    const without = new Map([...arrays].filter(([name]) => name !== "losses"));
    await whole.fit(x, y, options);
    await earlier.fit(x, y, { ...options, resumeFrom: { ...state, arrays: without } });
    await expectSameWeights(whole, earlier);
    earlier.dispose();
    whole.dispose();
  });

  test("goes on behind what csvLogger had written, and not behind less", async () => {
    const store = memoryStore();
    const whole = small();
    await whole.fit(x, y, { ...options, callbacks: [csvLogger(store, "whole.csv")] });
    const log = () => csvLogger(store, "log.csv");
    const state = await stateAt(2, 2, { callbacks: [log()] });
    await store.append("log.csv", new TextEncoder().encode("2,0.5,0.5"));
    const again = small();
    await again.fit(x, y, { ...options, callbacks: [log()], resumeFrom: state });
    expect(await store.read("log.csv")).toEqual(await store.read("whole.csv"));
    await store.write("log.csv", new Uint8Array(3));
    const other = small();
    await expect(other.fit(x, y, { ...options, callbacks: [log()], resumeFrom: state })).rejects.toThrow(
      /Expected \d+ bytes in "log.csv".* found 3/,
    );
    for (const model of [whole, again, other]) model.dispose();
  });

  test("streams pass over the batches that were done, and notice that they are others", async () => {
    const batches = (shift = 0) =>
      Array.from({ length: 5 }, (_, i) => ({
        x: numbers(30 + i + shift, 3 + (i % 2), 4, 2),
        y: numbers(40 + i, 3 + (i % 2), 1),
      }));
    const stream = (shift?: number) => ({ [Symbol.iterator]: () => batches(shift)[Symbol.iterator]() });
    const [model, again, other, meant] = [small(), small(), small(), small()];
    const states: TrainingState[] = [];
    const keep: Callback = { onStanding: async (_, trainer) => void states.push(await trainer.getState()) };
    const history = await model.fit(stream(), { epochs: 2, callbacks: [keep] });
    expect(states.length).toBe(12);
    for (const state of [states[3], states[5], states[8], states[11]]) {
      const fresh = small();
      const resumed = await fresh.fit(stream(), { epochs: 2, resumeFrom: throughJson(state) });
      await expectSameEnd(model, fresh, history, resumed);
      fresh.dispose();
    }
    await expect(other.fit(stream(9), { epochs: 2, resumeFrom: states[2] })).rejects.toMatchObject({
      code: "usage/resume",
      message: expect.stringContaining("first 3 batches"),
    });
    await expect(other.fit(batches().slice(0, 2), { epochs: 2, resumeFrom: states[2] })).rejects.toMatchObject({
      code: "usage/resume",
    });
    const changed = await meant.fit(stream(9), { epochs: 2, resumeFrom: states[2], resumeChanges: ["data"] });
    expect(changed.epoch).toEqual([0, 1]);
    expect(meant.iterations).toBe(13);
    for (const one of [model, again, other, meant]) one.dispose();
  });

  test("calls setState in place of onTrainBegin, and onEpochBegin not again in the middle", async () => {
    const calls: string[] = [];
    const callback = (seen = 0): Callback => ({
      name: "counter",
      onTrainBegin: ({ resumed }) => void calls.push(`begin ${resumed}`),
      onEpochBegin: (epoch) => void calls.push(`epoch ${epoch}`),
      onEpochEnd: () => void seen++,
      getState: () => ({ values: { seen } }),
      setState: ({ values }, { resumed, history }) =>
        void calls.push(`set ${values?.seen} ${resumed} ${history.epoch}`),
    });
    const plain: Callback = { onTrainBegin: ({ resumed }) => void calls.push(`plain ${resumed}`) };
    const state = await stateAt(1, 2, { callbacks: [callback()] });
    expect(calls.splice(0)).toEqual(["begin false", "epoch 0", "epoch 1"]);
    const model = small();
    await model.fit(x, y, { ...options, callbacks: [plain, callback()], resumeFrom: state });
    expect(calls).toEqual(["plain true", "set 1 true 0", "epoch 2", "epoch 3"]);
    model.dispose();
  });

  const changes: [string, FitOptions, (model?: Sequential) => Sequential, RegExp][] = [
    ["batchSize", { batchSize: 5 }, () => small(), /batchSize was 4 and is 5/],
    ["shuffle", { shuffle: false }, () => small(), /shuffle was true and is false/],
    ["seed", {}, () => small(1), /seed was 0 and is 1/],
    ["validationSplit", { validationSplit: 0.4 }, () => small(), /validationSplit was 0.2 and is 0.4/],
    ["callbacks", { callbacks: [earlyStopping()] }, () => small(), /callbacks: 0 before, 1 now/],
    [
      "optimizer",
      {},
      () => {
        const model = small();
        model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: "meanSquaredError" });
        return model;
      },
      /optimizer\.name was "adam" and is "sgd"/,
    ],
    [
      "layers",
      {},
      () => {
        const model = sequential([gru({ units: 5, dropout: 0.4 }), dropout({ rate: 0.1 }), dense({ units: 1 })]);
        model.compile({ optimizer: adam({ learningRate: 0.05 }), loss: "meanSquaredError" });
        return model;
      },
      /layers\[0\]\.dropout was 0.2 and is 0.4/,
    ],
  ];
  test.each(changes)(
    "names a changed %s, refuses it, and takes it where it is meant",
    async (name, more, make, text) => {
      const state = await stateAt(1, 2);
      const model = make();
      const asked = model.fit(x, y, { ...options, ...more, resumeFrom: state });
      await expect(asked).rejects.toMatchObject({ code: "usage/resume" });
      const error = await asked.catch((caught: Error) => caught);
      expect((error as Error).message).toMatch(text);
      // What the error says to write is enough.
      const names = JSON.parse(/resumeChanges: (\[.*\])\./.exec((error as Error).message)?.[1] ?? "[]");
      expect(names).toContain(name);
      expect(model.iterations).toBe(0);
      const done = await model.fit(x, y, { ...options, ...more, resumeFrom: state, resumeChanges: names });
      expect(done.epoch).toEqual(name === "callbacks" && done.stopped ? [0, 1] : [0, 1, 2, 3]);
      model.dispose();
    },
  );

  test("names what callbacks were told otherwise, and one that is left out", async () => {
    const told = (patience: number) => [
      learningRateScheduler((_, rate) => rate),
      earlyStopping({ monitor: "loss", patience }),
    ];
    const state = await stateAt(1, 2, { callbacks: told(3) });
    const model = small();
    const resumed = (callbacks: Callback[]) => model.fit(x, y, { ...options, callbacks, resumeFrom: state });
    await expect(resumed(told(5))).rejects.toThrow("callbacks[1].patience was 3 and is 5.");
    await expect(resumed(told(3).slice(1))).rejects.toThrow("callbacks: 2 before, 1 now.");
    expect((await resumed(told(3))).epoch).toEqual([0, 1, 2, 3]);
    model.dispose();
  });

  test("tells other weights of rows or classes from other data", async () => {
    const state = await stateAt(1, 2, { sampleWeight: x.data.slice(0, 22).map(Math.abs) });
    const model = small();
    const resumed = (sampleWeight: Float32Array) => model.fit(x, y, { ...options, sampleWeight, resumeFrom: state });
    await expect(resumed(new Float32Array(22).fill(2))).rejects.toThrow(
      /data was "17 rows of 4 x 2 with 1 targets, ([0-9a-f]{8}), weighed [0-9a-f]{8}" and is "17 rows of 4 x 2 with 1 targets, \1, weighed /,
    );
    model.dispose();
  });

  test("names data that differ in one bit", async () => {
    const state = await stateAt(1, 0);
    const model = small();
    const other = new Tensor(x.shape, Float32Array.from(x.data));
    new Int32Array(other.data.buffer)[17] ^= 1;
    await expect(model.fit(other, y, { ...options, resumeFrom: state })).rejects.toThrow(
      /data was "17 rows of 4 x 2 with 1 targets, [0-9a-f]{8}" and is/,
    );
    new Int32Array(other.data.buffer)[17] ^= 1;
    expect((await model.fit(other, y, { ...options, resumeFrom: state })).epoch).toEqual([0, 1, 2, 3]);
    model.dispose();
  });

  test.each([
    ["run", null],
    ["run", {}],
    ["run", { position: {}, settings: {} }],
    ["arrays", new Map()],
    ["weights", new Map()],
  ])("refuses a state with a broken %s", async (part, value) => {
    const state = { ...(await stateAt(1, 2)), [part]: value };
    const model = small();
    await expect(model.fit(x, y, { ...options, resumeFrom: state as TrainingState })).rejects.toMatchObject({
      code: part === "weights" ? "model/weights" : "training/state",
    });
    model.dispose();
  });

  test("a state is whole in onStanding alone", async () => {
    const model = small();
    const early: Callback = {
      onStanding: () => {},
      onEpochEnd: async (_, __, trainer) => void (await trainer.getState()),
    };
    await expect(model.fit(x, y, { callbacks: [early] })).rejects.toMatchObject({ code: "usage/state" });
    model.dispose();
  });
});

test("the history does not depend on how batches are dealt to calls", async () => {
  const stepwise = small();
  const first = await stepwise.fit(x, y, { epochs: 3, batchSize: 2, callbacks: [{ onBatchEnd: () => {} }] });
  const model = small();
  const second = await model.fit(x, y, { epochs: 3, batchSize: 2, callbacks: [{ everyBatches: 3 }] });
  expect(second).toEqual(first);
  stepwise.dispose();
  model.dispose();
});
