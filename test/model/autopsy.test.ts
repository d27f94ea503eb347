import { describe, expect, it } from "vitest";
import type { GruvyError } from "../../src/base/index.ts";
import {
  concatenate,
  constant,
  dense,
  diagnose,
  gru,
  identity,
  input,
  lstm,
  model,
  type Sequential,
  sequential,
  sgd,
  simpleRnn,
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
      expect(error.message).toContain("It began in row 7 at step 7, in the state of layer simple_rnn");
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
    expect(overflow.message).toContain("It began in row 2 in the output of the last layer, dense");
    expect(overflow.details).toMatchObject({ layer: "dense", row: 2 });

    const spread = sequential([input({ shape: [1] }), dense({ units: 1, kernelInitializer: "zeros" })]);
    spread.compile({ optimizer: sgd({ learningRate: 0 }), loss: "mse" });
    const far = await failureOf(spread, x, [[0], [3e38], [-1]], { shuffle: false });
    expect(far.message).toContain("It began in row 1 in the loss itself: the outputs are finite, and too far");
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
      /rows \d, \d, \d, \d\. It began in the step before, on rows \d, \d, \d, \d, which left weights of gru/,
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

    const [a, b] = [input({ shape: [5, 2], name: "a" }), input({ shape: [2], name: "b" })];
    const state = gru({ units: 3, name: "shut", biasInitializer: constant(-20) }).apply(a);
    const joined = model({ inputs: [a, b], outputs: [concatenate().apply([state, b]), state] });
    const both = await diagnose(joined, { a: x, b: numbers(4, 6, 2) });
    expect(both.some((text) => text.includes("update gate of layer shut is shut in 100 %"))).toBe(true);
  });
});
