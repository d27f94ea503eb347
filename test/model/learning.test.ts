import { describe, expect, test } from "vitest";
import { adding, minMaxScaler, reber, sine, windows } from "../../src/data/index.ts";
import { adam, dense, embedding, gru, type Layer, lstm, sequential, simpleRnn } from "../../src/model/index.ts";

// Small versions of the puzzles that gates were made for. Seeds are fixed; thresholds leave room for other rounding.

describe("models learn", () => {
  test("an lstm the embedded Reber grammar: to remember one symbol across all the others", async () => {
    const { train, test } = reber({ rows: 1200, length: 4, seed: 1 });
    const model = sequential([
      embedding({ inputDim: 8, outputDim: 8, maskZero: true }),
      lstm({ units: 16 }),
      dense({ units: 1, activation: "sigmoid" }),
    ]);
    model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: "binaryCrossentropy", metrics: ["accuracy"] });
    await model.fit(train, { epochs: 6 });
    const { accuracy, loss } = await model.evaluate(test);
    expect(accuracy).toBeGreaterThan(0.98);
    expect(loss).toBeLessThan(0.1);
    model.dispose();
  });

  /** The mean squared error on new rows of the adding problem; always answering 1 has 1/6. */
  async function addingError(layer: Layer, learningRate = 0.01): Promise<number> {
    const { train, test } = adding({ rows: 1500, length: 10, seed: 1 });
    const model = sequential([layer, dense({ units: 1 })]);
    model.compile({ optimizer: adam({ learningRate }), loss: "meanSquaredError" });
    await model.fit(train, { epochs: 15 });
    const { loss } = await model.evaluate(test);
    model.dispose();
    return loss;
  }

  test.each([
    ["a gru", () => gru({ units: 16 })],
    ["a gru of the older form", () => gru({ units: 16, resetAfter: false })],
    ["an lstm", () => lstm({ units: 16 })],
  ])("%s to add two marked numbers", async (_, layer) => {
    expect(await addingError(layer(), 0.02)).toBeLessThan(0.01);
  });

  test("a simple rnn too, less well", async () => {
    const error = await addingError(simpleRnn({ units: 16 }));
    expect(error).toBeLessThan(0.08);
    expect(error).toBeGreaterThan(await addingError(gru({ units: 16 })));
  });

  test("two layers of gru to go on with a sine", async () => {
    const scaled = minMaxScaler().fit(sine().values).transform(sine().values);
    const { x, y } = windows(scaled, { window: 10 });
    const model = sequential([gru({ units: 16, returnSequences: true }), gru({ units: 16 }), dense({ units: 1 })]);
    model.compile({ optimizer: "adam", loss: "meanSquaredError", metrics: ["rmse"] });
    const { history } = await model.fit(x, y, { epochs: 8, batchSize: 4, validationSplit: 0.2 });
    expect(history.valLoss[0]).toBeGreaterThan(history.valLoss.at(-1)!);
    // The values have a standard deviation of 0.35.
    expect(history.valRmse.at(-1)).toBeLessThan(0.03);
    expect(history.valRmse.at(-1)! ** 2).toBeCloseTo(history.valLoss.at(-1)!, 8);
    model.dispose();
  });
});
