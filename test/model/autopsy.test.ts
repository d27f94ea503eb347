import { describe, expect, it, vi } from "vitest";
import { type GruvyError, Tensor } from "../../src/base/index.ts";
import {
  activation,
  adam,
  binaryCrossentropy,
  concatenate,
  constant,
  conv1d,
  dense,
  diagnose,
  globalMaxPooling1d,
  gru,
  identity,
  input,
  lstm,
  masking,
  model,
  type Sequential,
  sequential,
  sgd,
  simpleRnn,
  type Trainer,
  timeDistributed,
} from "../../src/model/index.ts";
import { numbers } from "./data.ts";

const failureOf = async (
  model: Sequential,
  x: number[][][],
  y: number[][],
  options: object = {},
): Promise<GruvyError> =>
  model.fit(x, y, options).then(
    () => {
      throw new Error("expected the loss not to be finite");
    },
    (error: GruvyError) => error,
  );

describe("the autopsy of a loss that is not finite", () => {
  /** A state that grows by 10^6 a step for a row of ones, and stays 0 for rows of zeros. */
  const growing = (x: readonly number[]) => {
    const model = sequential([
      input({ shape: [x.length, 1] }),
      simpleRnn({
        units: 2,
        activation: "relu",
        kernelInitializer: "ones",
        recurrentInitializer: identity({ gain: 1e6 }),
        returnSequences: true,
      }),
      gru({ units: 3 }),
      dense({ units: 1 }),
    ]);
    model.compile({ optimizer: sgd({ learningRate: 0 }), loss: "mse" });
    return model;
  };

  it.each([false, true])(
    "names the row of the data, the step, the gate and the layer (shuffled: %s)",
    async (shuffle) => {
      const x = Array.from({ length: 12 }, (_, row) => Array.from({ length: 9 }, () => [row === 7 ? 1 : 0]));
      const y = x.map(() => [0]);
      const error = await failureOf(growing(new Array(9)), x, y, { batchSize: 4, shuffle });
      expect(error.code).toBe("training/not-finite");
      // 1 + 10^6 + ... + 10^36 at step 6 still fits into float32, 10^42 does not.
      expect(error.message).toContain("It began at row index 7 and at step index 7, in the state of layer simple_rnn");
      expect(error.details).toMatchObject({ epoch: 1, row: 7, layer: "simple_rnn", gate: "h", step: 7 });
      const rows = error.details?.rows as number[];
      expect(rows).toHaveLength(4);
      expect(rows).toContain(7);
      if (!shuffle) expect(error.details).toMatchObject({ batch: 2, rows: [4, 5, 6, 7] });
    },
  );

  it("names an output that overflowed, and weights that a step has spoilt", async () => {
    const output = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: constant(3e38) })]);
    output.compile({ optimizer: sgd({ learningRate: 0 }), loss: "mae" });
    const x = [[1], [1], [9]] as unknown as number[][][];
    const overflow = await failureOf(output, x, [[0], [0], [0]], { shuffle: false });
    expect(overflow.message).toContain("It began at row index 2 in the output of layer dense");
    expect(overflow.details).toMatchObject({ layer: "dense", row: 2 });

    const spread = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]);
    spread.compile({ optimizer: sgd({ learningRate: 0 }), loss: "mse" });
    const far = await failureOf(spread, x, [[0], [3e38], [-1]], { shuffle: false });
    expect(far.message).toContain("It began at row index 1 in the loss itself: the outputs are finite, and too far");
    expect(far.details).toMatchObject({ row: 1 });

    const model = sequential([gru({ units: 4 }), dense({ units: 1 })]);
    model.compile({ optimizer: sgd({ learningRate: 1e38 }), loss: "mse" });
    const [a, b] = [numbers(1, 8, 3, 1), numbers(2, 8, 1)].map((tensor) => tensor.toArray());
    const spoilt = await failureOf(
      model,
      a as number[][][],
      (b as number[][]).map(([value]) => [100 * value + 50]),
      { epochs: 9, batchSize: 4 },
    );
    expect(spoilt.message).toMatch(
      /row indices \d, \d, \d, \d\. It began in the step before, on row indices \d, \d, \d, \d, which left weights of gru/,
    );
    for (const weight of await model.getWeights()) expect(weight.data.every(Number.isFinite)).toBe(true);
  });
});

describe("findings", () => {
  it("a loss that does not move, and one that leaps", async () => {
    const still = sequential([input({ shape: [1] }), dense({ units: 1 })]);
    still.compile({ optimizer: sgd({ learningRate: 0 }), loss: "mse" });
    const { findings } = await still.fit([[1], [2]], [[5], [7]], { epochs: 5 });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain("has not moved in 5 epochs");

    const leaping = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]);
    leaping.compile({ optimizer: sgd({ learningRate: 3 }), loss: "mse" });
    const leapt = await leaping.fit([[1], [2]], [[1], [2]], { epochs: 4 });
    expect(leapt.findings.some((text) => text.includes("gradients explode"))).toBe(true);

    const well = sequential([input({ shape: [1] }), dense({ units: 1 })]);
    well.compile({ optimizer: sgd({ learningRate: 0.05 }), loss: "mse" });
    expect((await well.fit([[1], [2]], [[1], [2]], { epochs: 9 })).findings).toEqual([]);
  });

  it("say which gates and states stand still where the loss hardly fell, and compile nothing for that where it fell", async () => {
    const x = numbers(3, 24, 5, 2);
    const target = new Tensor(
      [24, 1],
      Float32Array.from({ length: 24 }, (_, row) => 3 + x.data[row * 10 + 9]),
    );
    const wide = ({ shape, data }: Tensor) =>
      new Tensor(
        [120, ...shape.slice(1)],
        Float32Array.from({ length: 5 * data.length }, (_, i) => data[i % data.length]),
      );
    const made = (bias: number, learningRate: number) => {
      const shut = constant(bias);
      const net = sequential([
        input({ shape: [5, 2] }),
        gru({ units: 13, biasInitializer: shut }),
        dense({ units: 1 }),
      ]);
      net.compile({ optimizer: adam({ learningRate }), loss: "mse" });
      return net;
    };
    const stuck = made(-40, 1e-3);
    const { findings } = await stuck.fit(x, target, { epochs: 4 });
    expect(findings).toEqual(await diagnose(stuck, x));
    expect(findings.join()).toMatch("The update gate of layer gru is shut in 100 % of its values");
    // A model that had been trained before may have learned all that there is.
    expect((await stuck.fit(x, target, { epochs: 4 })).findings.join()).not.toMatch("gate");
    // Many steps in few epochs are enough to tell, too; four steps in two are not.
    expect((await made(-40, 1e-6).fit(wide(x), wide(target), { epochs: 2, batchSize: 1 })).findings).not.toEqual([]);
    expect((await made(-40, 1e-3).fit(x, target, { epochs: 2, batchSize: 12 })).findings).toEqual([]);
    // Healthy though it hardly moves.
    expect((await made(0, 1e-4).fit(x, target, { epochs: 4 })).findings).toEqual([]);
    const learns = made(0, 0.03);
    await learns.fit(x, target);
    const compile = vi.spyOn(WebAssembly, "compile");
    expect((await learns.fit(x, target, { epochs: 10 })).findings).toEqual([]);
    expect(compile).not.toHaveBeenCalled();
    compile.mockRestore();
  });

  describe("a training that made the model worse", () => {
    const x = numbers(3, 48, 6, 2);
    const y = numbers(4, 48, 1);
    const labels = new Tensor(
      [48, 1],
      y.data.map((value) => Number(value > 0)),
    );
    const [exploding, calm] = [1e6, 0.01];

    it.each([
      ["adam", adam, "mse", 1],
      ["adam", adam, "mse", 4],
      ["sgd", sgd, "binaryCrossentropy", 1],
      ["sgd", sgd, "binaryCrossentropy", 4],
    ] as const)("%s: by an explosion in the first epoch, which stays finite", async (_, optimizer, loss, epochs) => {
      const made = (learningRate: number) => {
        const stack = sequential([input({ shape: [6, 2] }), gru({ units: 3 }), dense({ units: 1 })]);
        stack.compile({
          optimizer: optimizer({ learningRate }),
          loss: loss === "mse" ? loss : binaryCrossentropy({ fromLogits: true }),
        });
        return stack;
      };
      const target = loss === "mse" ? y : labels;
      const { findings, history } = await made(exploding).fit(x, target, { epochs, batchSize: 8 });
      expect(history.loss.at(-1)).toBeGreaterThan(1e4);
      expect(findings[0]).toMatch(
        /^Training has made the model worse: its loss was \S+ at first and \d{5,} in the last epoch: gradients explode\. On 48 rows it is \d{5,}, with all weights at zero \d\.\d+\. Try a learningRate ten/,
      );
      for (const text of findings.slice(1)) expect(text).toMatch(/gate of layer gru is|units of layer gru are dead/);
      expect((await made(calm).fit(x, target, { epochs, batchSize: 8 })).findings).toEqual([]);
    });

    it("and returned from the explosion is said to have leapt", async () => {
      const returning = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]);
      returning.compile({ optimizer: sgd({ learningRate: 1000 }), loss: "mse" });
      const quiet = {
        onBatchEnd: (batch: number, _: object, trainer: Trainer) => {
          trainer.learningRate = batch < 2 ? 1000 : 0.25;
        },
      };
      const rows = Array.from({ length: 40 }, () => [1]);
      const { findings, history } = await returning.fit(rows, rows, { epochs: 1, batchSize: 1, callbacks: [quiet] });
      expect(history.loss[0]).toBeGreaterThan(1e6);
      expect(findings).toEqual([
        expect.stringMatching(/^The loss leapt to \S+ at step \d, from 1 at first: gradients/),
      ]);
    });

    it("leaves weights, states and the optimizer as they were", async () => {
      const trained = async (learningRate: number) => {
        const stack = sequential(
          [input({ shape: [6, 2], batchSize: 8 }), gru({ units: 3, stateful: true }), dense({ units: 1 })],
          { seed: 5 },
        );
        stack.compile({ optimizer: adam({ learningRate }), loss: "mse" });
        let last: unknown;
        const keep = {
          onTrainEnd: async () => {
            last = [await stack.getWeights(), await stack.getOptimizerState()];
          },
        };
        const { findings } = await stack.fit(x, y, { epochs: 2, batchSize: 8, shuffle: false, callbacks: [keep] });
        expect([await stack.getWeights(), await stack.getOptimizerState()]).toEqual(last);
        const bare = await stack.predict(x, { batchSize: 8 });
        return { findings, bare };
      };
      const { findings, bare } = await trained(exploding);
      expect(findings[0]).toMatch("worse");
      expect(bare.data.some((value) => value !== 0)).toBe(true);
    });

    it("not where one row is far from all others, nor where the first batch was easy by chance", async () => {
      const far = new Tensor(
        [48, 1],
        y.data.map((value, row) => (row === 20 ? 5000 : value / 100)),
      );
      for (const optimizer of [sgd({ learningRate: 1e-6 }), adam()]) {
        for (const batchSize of [1, 8]) {
          const stack = sequential([
            input({ shape: [6, 2] }),
            gru({ units: 3 }),
            dense({ units: 1, kernelInitializer: "zeros" }),
          ]);
          stack.compile({ optimizer, loss: "mse" });
          expect((await stack.fit(x, far, { epochs: 3, batchSize, shuffle: false })).findings.join()).not.toMatch(
            /worse|leapt/,
          );
        }
      }
    });
  });

  it("gates that are shut or open, and dead units", async () => {
    const x = numbers(3, 6, 5, 2);
    const healthy = sequential([
      input({ shape: [5, 2] }),
      lstm({ units: 4, returnSequences: true }),
      gru({ units: 3 }),
    ]);
    expect(await diagnose(healthy, x)).toEqual([]);
    const open = sequential([input({ shape: [5, 2] }), gru({ units: 3, biasInitializer: constant(20) })]);
    const found = await diagnose(open, x);
    expect(found.some((text) => text.includes("update gate of layer gru is open in 100 %"))).toBe(true);
    const dead = sequential([
      input({ shape: [5, 2] }),
      simpleRnn({ units: 3, activation: "relu", biasInitializer: constant(-9) }),
    ]);
    expect((await diagnose(dead, x))[0]).toContain("3 of 3 units of layer simple_rnn are dead");

    // Steps that are masked have no gates: they are neither shut nor do they hide that others are.
    const padded = Array.from({ length: 4 }, () => Array.from({ length: 200 }, (_, t) => (t < 3 ? [1, 2] : [0, 0])));
    const masked = (bias: number) =>
      sequential([
        input({ shape: [200, 2] }),
        masking(),
        gru({ units: 3, returnSequences: true, biasInitializer: constant(bias) }),
        lstm({ units: 3 }),
      ]);
    expect(await diagnose(masked(0), padded)).toEqual([]);
    expect((await diagnose(masked(20), padded))[0]).toContain("update gate of layer gru is open in 100 %");

    const [a, b] = [input({ shape: [5, 2], name: "a" }), input({ shape: [2], name: "b" })];
    const state = gru({ units: 3, name: "shut", biasInitializer: constant(-20) }).apply(a);
    const joined = model({ inputs: [a, b], outputs: [concatenate().apply([state, b]), state] });
    const both = await diagnose(joined, { a: x, b: numbers(4, 6, 2) });
    expect(both.some((text) => text.includes("update gate of layer shut is shut in 100 %"))).toBe(true);
  });

  describe("units whose relu is closed", () => {
    const shut = { activation: "relu", biasInitializer: constant(-10) } as const;
    const fitted = async (model: Sequential, x: Tensor, options: object = {}) => {
      const y = numbers(9, x.shape[0], 1);
      model.compile({ optimizer: sgd({ learningRate: 0.01 }), loss: "mse" });
      const { findings } = await model.fit(x, y, { epochs: 2, batchSize: 8, ...options });
      const again = (await diagnose(model, x)).filter((text) => text.includes("behind their relu"));
      expect(again).toEqual(findings.map((text) => text.replace(/each of \d+ rows/, `each of ${x.shape[0]} rows`)));
      return findings;
    };

    it("of a dense layer, at the end of fit if they are many", async () => {
      const all = sequential([
        input({ shape: [3] }),
        dense({ units: 5, ...shut, name: "hidden" }),
        dense({ units: 1 }),
      ]);
      const [text, ...others] = await fitted(all, numbers(5, 300, 3));
      expect(others).toEqual([]);
      expect(text).toContain(
        "5 of 5 units of layer hidden are dead: behind their relu was 0 for each of 256 rows looked at",
      );
      expect(text).toContain("leakyRelu");

      const some = sequential([input({ shape: [3] }), dense({ units: 4 }), activation("relu"), dense({ units: 1 })]);
      some.compile({ optimizer: sgd({ learningRate: 0.01 }), loss: "mse" });
      const [x, y] = [numbers(5, 40, 3), numbers(9, 40, 1)];
      const [kernel, bias, ...rest] = await some.getWeights();
      for (const [biases, fitted] of [
        [[0, 0, -50, 0], 0],
        [[-50, 0, -50, 0], 1],
      ] as const) {
        await some.setWeights([kernel, new Tensor(bias.shape, Float32Array.from(biases)), ...rest]);
        expect((await some.fit(x, y)).findings).toHaveLength(fitted);
        expect((await diagnose(some, x))[0]).toMatch(`${fitted + 1} of 4 units of layer dense are dead`);
      }
    });

    it("of a convolution and of steps, where masked ones do not count", async () => {
      const x = numbers(6, 20, 7, 2);
      const windows = sequential([
        input({ shape: [7, 2] }),
        conv1d({ filters: 3, kernelSize: 2, ...shut }),
        globalMaxPooling1d(),
        dense({ units: 1 }),
      ]);
      expect((await fitted(windows, x)).join()).toMatch(/^3 of 3 units of layer conv1d are dead/);

      const kernel = { ...shut, kernelInitializer: constant(-1) };
      const masked = sequential([
        input({ shape: [7, 2] }),
        masking({ maskValue: -20 }),
        timeDistributed(dense({ units: 2, ...kernel })),
        gru({ units: 2 }),
        dense({ units: 1 }),
      ]);
      // Masked steps alone are far enough below zero to open the relu.
      const padded = new Tensor(
        x.shape,
        x.data.map((value, i) => (i % 14 < 4 ? -20 : value)),
      );
      expect((await fitted(masked, padded)).join()).toMatch(/^2 of 2 units of layer time_distributed\/dense are dead/);
    });

    it("not where a layer in two places is open in one, nor of a stream of healthy batches", async () => {
      const [a, b] = [input({ shape: [2], name: "a" }), input({ shape: [2], name: "b" })];
      const shared = dense({ units: 3, activation: "relu", kernelInitializer: "ones", name: "shared" });
      const both = concatenate().apply([shared.apply(a), shared.apply(b)]);
      const twice = model({ inputs: [a, b], outputs: dense({ units: 1 }).apply(both) });
      twice.compile({ optimizer: sgd({ learningRate: 0.001 }), loss: "mse" });
      const [open, closed] = [1, -1].map((sign) => new Tensor([9, 2], new Float32Array(18).fill(sign)));
      const y = numbers(9, 9, 1);
      expect((await twice.fit([open, closed], y)).findings).toEqual([]);
      expect((await twice.fit([closed, closed], y)).findings).toHaveLength(1);

      const healthy = sequential([input({ shape: [3] }), dense({ units: 8, activation: "relu" }), dense({ units: 1 })]);
      healthy.compile({ optimizer: sgd({ learningRate: 0.01 }), loss: "mse" });
      // The last batch is too small to say anything.
      const batches = [64, 64, 1].map((rows, i) => ({ x: numbers(20 + i, rows, 3), y: numbers(30 + i, rows, 1) }));
      expect((await healthy.fit(batches, { epochs: 3 })).findings).toEqual([]);
      expect(await fitted(healthy, numbers(5, 64, 3), { epochs: 200 })).toEqual([]);
    });
  });
});
