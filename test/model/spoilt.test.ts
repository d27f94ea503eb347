// Where numbers stop being finite: in which layer, at which step, and in weights of which no loss tells any more.
import { expect, it } from "vitest";
import { GruvyError, type Tensor } from "../../src/base/index.ts";
import {
  bidirectional,
  constant,
  conv1d,
  customLoss,
  dense,
  dropout,
  earlyStopping,
  gru,
  identity,
  input,
  ops,
  type Sequential,
  sequential,
  sgd,
  simpleRnn,
} from "../../src/model/index.ts";
import { memoryStore } from "../../src/storage/index.ts";
import { checkpointTo, decodeModel, decodeTraining, modelCheckpointTo } from "../../src/tasks/index.ts";
import { numbers } from "./data.ts";

const failure = (training: Promise<unknown>): Promise<GruvyError> =>
  training.then(
    () => {
      throw new Error("expected a loss or weights that are not finite");
    },
    (error: GruvyError) => error,
  );

const fixed = (net: Sequential, learningRate = 0): Sequential => {
  net.compile({ optimizer: sgd({ learningRate }), loss: "mse" });
  return net;
};

it("names the first of several layers, not the one that shows it", async () => {
  const huge = constant(3e38);
  const stack = fixed(
    sequential([
      input({ shape: [2] }),
      dense({ units: 2, kernelInitializer: huge, activation: "relu", name: "first" }),
      dense({ units: 2, activation: "tanh", name: "second" }),
      dense({ units: 1 }),
    ]),
  );
  const error = await failure(
    stack.fit(
      [
        [0, 0],
        [1, 1],
        [9, 9],
      ],
      [[0], [0], [0]],
      { shuffle: false },
    ),
  );
  expect(error.message).toContain("It began at row index 1 in the output of layer first.");
  expect(error.details).toMatchObject({ layer: "first", row: 1 });

  const windows = fixed(
    sequential([
      input({ shape: [6, 1] }),
      conv1d({ filters: 2, kernelSize: 2, kernelInitializer: huge }),
      gru({ units: 3 }),
      dense({ units: 1 }),
    ]),
  );
  const rows = [2, 3].map((at) => Array.from({ length: 6 }, (_, step) => [step === at ? 9 : 0]));
  const within = await failure(windows.fit(rows, [[0], [0]], { shuffle: false }));
  expect(within.message).toContain("It began at row index 0 and at step index 1, in the output of layer conv1d.");
  expect(within.details).toMatchObject({ layer: "conv1d", row: 0, step: 1 });
});

it("counts steps from the end where a layer goes backwards", async () => {
  const growing = simpleRnn({
    units: 2,
    activation: "relu",
    kernelInitializer: "ones",
    recurrentInitializer: identity({ gain: 1e6 }),
    goBackwards: true,
  });
  const stack = fixed(sequential([input({ shape: [9, 1] }), growing, dense({ units: 1 })]));
  const ones = [Array.from({ length: 9 }, () => [1])];
  // 10^42 is reached at the eighth of the steps taken.
  const error = await failure(stack.fit(ones, [[0]]));
  expect(error.details).toMatchObject({ layer: "simple_rnn", gate: "h", step: 1, row: 0 });

  const forward = simpleRnn({ units: 2, name: "forward" });
  const both = fixed(
    sequential([input({ shape: [9, 1] }), bidirectional(forward, { backwardLayer: growing }), dense({ units: 1 })]),
  );
  expect((await failure(both.fit(ones, [[0]]))).details).toMatchObject({ gate: "h", step: 1 });
});

it("does not blame the loss for what only training does", async () => {
  const net = fixed(
    sequential([
      input({ shape: [1] }),
      dense({ units: 9, kernelInitializer: constant(2e38) }),
      dropout({ rate: 0.9 }),
      dense({ units: 1, kernelInitializer: "zeros" }),
    ]),
  );
  const error = await failure(net.fit([[1], [1]], [[0], [0]]));
  expect(error.message).toContain("It began in what only training does");
});

it("says no more of a loss of one's own than that it is not finite", async () => {
  const roots = customLoss("roots", ({ yPred }) => ops.sqrt(ops.subtract(yPred, 1)));
  const net = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]);
  net.compile({ optimizer: sgd({ learningRate: 0 }), loss: roots });
  const error = await failure(net.fit([[1]], [[0]]));
  expect(error.message).toContain("It began in the loss itself: the outputs are finite. The model has");
});

it("finds weights that the last step has spoilt, though every loss was finite", async () => {
  const net = fixed(sequential([input({ shape: [3, 1] }), gru({ units: 2 }), dense({ units: 1 })]), 1e38);
  const x = numbers(1, 6, 3, 1);
  const before = (await net.getWeights()).map(({ data }: Tensor) => [...data]);
  const error = await failure(net.fit(x, [[5], [5], [5], [5], [5], [5]], { batchSize: 6, shuffle: false }));
  expect(error.code).toBe("training/not-finite");
  expect(error.message).toMatch(
    /^The step in epoch 1 at batch 1, row indices 0, 1, 2, 3, 4, 5, left weights of .*dense that are not finite, though its loss was\. The model has the weights it had just before this batch\./,
  );
  expect(error.details).toMatchObject({ epoch: 1, batch: 1, rows: [0, 1, 2, 3, 4, 5], layer: "dense" });
  expect((await net.getWeights()).map(({ data }: Tensor) => [...data])).toEqual(before);
  expect(net.iterations).toBe(0);
});

it("says that early stopping has its best weights back", async () => {
  const net = fixed(sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]), 0.1);
  const explode = {
    onEpochBegin: (epoch: number, trainer: { learningRate: number }) => {
      if (epoch === 2) trainer.learningRate = 3e38;
    },
  };
  const callbacks = [explode, earlyStopping({ monitor: "loss", patience: 9 })];
  const error = await failure(net.fit([[1]], [[2]], { epochs: 5, callbacks }));
  const kept = "The model has the weights of epoch 2, which earlyStopping keeps as the best.";
  expect(error.message).toContain(kept);

  const dies = {
    onEpochEnd: (epoch: number) => {
      if (epoch === 1) throw new GruvyError("engine/thread", "A thread has ended");
    },
  };
  const again = fixed(sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]), 0.1);
  const best = earlyStopping({ monitor: "loss", patience: 9 });
  const death = await failure(again.fit([[1]], [[2]], { epochs: 5, callbacks: [best, dies] }));
  expect(death.message).toBe(`A thread has ended. ${kept}`);
});

it("writes no checkpoint of spoilt weights over good ones", async () => {
  const store = memoryStore();
  const net = fixed(sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]), 0.1);
  const explode = {
    everyBatches: 1,
    onStanding: ({ steps }: { steps: number }, trainer: { learningRate: number }) => {
      if (steps === 1) trainer.learningRate = 3e38;
    },
  };
  const x = Array.from({ length: 9 }, () => [1]);
  const saving = checkpointTo(store, { every: { batches: 1 }, keep: 1 });
  const models = memoryStore();
  const y = x.map(() => [2]);
  const callbacks = [explode, saving, modelCheckpointTo(models, "m.gruvy", { saveFreq: 1 })];
  const error = await failure(net.fit(x, y, { batchSize: 1, callbacks }));
  for (const { data } of await (await decodeModel((await models.read("m.gruvy"))!, "m.gruvy")).getWeights())
    expect([...data].every(Number.isFinite)).toBe(true);
  expect(error.details).toMatchObject({ batch: 3 });
  const [name] = await store.list();
  const { weights, optimizer } = decodeTraining((await store.read(name))!, name);
  expect(optimizer.iterations).toBe(1);
  for (const { data } of weights.values()) expect([...data].every(Number.isFinite)).toBe(true);
});
