import { afterEach, describe, expect, test } from "vitest";
import type { Tensor } from "../../src/base/index.ts";
import { closeTeam, setThreads } from "../../src/engine/index.ts";
import {
  adam,
  bidirectional,
  dense,
  embedding,
  gru,
  gruCell,
  input,
  type Layer,
  lstm,
  sequential,
  simpleRnn,
} from "../../src/model/index.ts";
import { sameBits } from "../engine/numbers.ts";
import { numbers, paddedTokens, tokens } from "./data.ts";

afterEach(() => {
  setThreads(undefined);
  closeTeam();
});

describe("bidirectional", () => {
  test("trains to the same bits on one thread and two, whatever the padding", async () => {
    for (const maskZero of [false, true]) {
      const weights: Tensor[][] = [];
      for (const threads of [1, 2]) {
        setThreads(threads);
        const model = sequential([
          embedding({ inputDim: 20, outputDim: 6, maskZero }),
          bidirectional(gru({ units: 5, returnSequences: true })),
          bidirectional(lstm({ units: 3, dropout: 0.2 }), { mergeMode: "ave" }),
          dense({ units: 1, activation: "sigmoid" }),
        ]);
        model.compile({ optimizer: adam(), loss: "binaryCrossentropy" });
        await model.fit(paddedTokens(3, 20, 50, 9), tokens(4, 2, 50, 1), { epochs: 3, batchSize: 32 });
        weights.push(await model.getWeights());
        model.dispose();
      }
      weights[0].forEach((weight, i) => {
        expect(sameBits(weight.data, weights[1][i].data)).toBe("");
      });
    }
  });

  test("the ways differ in their first weights and in what they drop", async () => {
    const model = sequential([input({ shape: [4, 3] }), bidirectional(gru({ units: 2, seed: 3 }))]);
    const [there, , , back] = await model.getWeights();
    expect(there.toArray()).not.toEqual(back.toArray());
  });

  test("a masked row is judged alike however long its padding is", async () => {
    const model = sequential([
      embedding({ inputDim: 9, outputDim: 3, maskZero: true }),
      bidirectional(gru({ units: 4 })),
    ]);
    const short = await model.predict([[3, 5, 2]]);
    for (const padded of [
      [0, 0, 3, 5, 2],
      [3, 5, 2, 0],
      [0, 3, 0, 5, 0, 2, 0],
    ]) {
      const long = await model.predict([padded]);
      expect(sameBits(long.data, short.data)).toBe("");
    }
  });

  test.each<[string, () => Layer, string, string]>([
    ["not a layer", () => bidirectional(7 as never), "model/layer", "found 7"],
    ["not recurrent", () => bidirectional(dense({ units: 1 })), "model/layer", "found dense"],
    ["a cell", () => bidirectional(gruCell({ units: 1 }) as never), "model/layer", 'found "gruCell"'],
    [
      "one way stateful",
      () => bidirectional(gru({ units: 1, stateful: true }), { backwardLayer: gru({ units: 1, goBackwards: true }) }),
      "model/option",
      "stateful",
    ],
    ["a mode", () => bidirectional(gru({ units: 1 }), { mergeMode: "max" as never }), "model/option", '"max"'],
    [
      "Keras's word",
      () => bidirectional(gru({ units: 1 }), { merge_mode: "sum" } as never),
      "model/option",
      "mergeMode",
    ],
    [
      "twice the same way",
      () => bidirectional(gru({ units: 1 }), { backwardLayer: lstm({ units: 1 }) }),
      "model/option",
      "goBackwards",
    ],
    [
      "sums of unequal widths",
      () =>
        bidirectional(gru({ units: 1 }), {
          mergeMode: "sum",
          backwardLayer: simpleRnn({ units: 2, goBackwards: true }),
        }),
      "model/option",
      "found 1 and 2",
    ],
  ])("is refused: %s", (_, make, code, text) => {
    expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
  });

  test("rows without steps are refused with the inner layer's name", () => {
    expect(() => sequential([input({ shape: [3] }), bidirectional(gru({ units: 2 }))])).toThrow(
      /"bidirectional\/forward_gru" expects sequences/,
    );
  });

  test("input dropout works in both directions", async () => {
    const model = sequential([input({ shape: [4, 3] }), bidirectional(gru({ units: 2, dropout: 0.5 }))]);
    model.compile({ loss: "mse" });
    const { history } = await model.fit(numbers(1, 20, 4, 3), numbers(2, 20, 4), { epochs: 2 });
    expect(history.loss[1]).not.toBe(history.loss[0]);
  });
});
