import { describe, expect, it } from "vitest";
import { seasonalNaiveScale } from "../../src/evaluation/index.ts";
import {
  adam,
  dense,
  f1Score,
  gaussianNll,
  input,
  type Metric,
  mase,
  quantile,
  sequential,
  sequentialFromConfig,
  smape,
} from "../../src/model/index.ts";

/** A model whose output is its bias, whatever the row. */
function constantModel(units: number) {
  return sequential([input({ shape: [1] }), dense({ units, kernelInitializer: "zeros" })]);
}

const values = Array.from({ length: 99 }, (_, i) => [i + 1]);
const x = values.map(() => [0]);

describe("losses that say more than one number", () => {
  it("several quantiles end at the quantiles of the data; metrics see the median", async () => {
    const model = constantModel(3);
    model.compile({
      optimizer: adam({ learningRate: 0.5 }),
      loss: quantile({ quantiles: [0.1, 0.5, 0.9] }),
      metrics: ["mae"],
    });
    await model.fit(x, values, { epochs: 600, batchSize: 99 });
    const [low, middle, high] = (await model.predict([[0]])).data;
    for (const [found, expected] of [
      [low, 10],
      [middle, 50],
      [high, 90],
    ])
      expect(Math.abs(found - expected)).toBeLessThan(1.5);
    const { mae } = await model.evaluate(x, values);
    const expected = values.reduce((sum, [value]) => sum + Math.abs(value - middle), 0) / values.length;
    expect(mae).toBeCloseTo(expected, 4);
  });

  it.each(["log", "softplus"] as const)(
    "a normal distribution ends with mean and variance, as %s",
    async (variance) => {
      const model = constantModel(2);
      const y = values.map(([value]) => [(value - 50) / 20 + 3]);
      model.compile({ optimizer: adam({ learningRate: 0.05 }), loss: gaussianNll({ variance, full: true }) });
      const { history } = await model.fit(x, y, { epochs: 700, batchSize: 99 });
      const [mean, raw] = (await model.predict([[0]])).data;
      const found = variance === "log" ? Math.exp(raw) : Math.log1p(Math.exp(raw)) + 1e-6;
      const wanted = y.reduce((sum, [value]) => sum + (value - 3) ** 2, 0) / y.length;
      expect(mean).toBeCloseTo(3, 3);
      expect(found).toBeCloseTo(wanted, 2);
      // The entropy of a normal distribution of that variance.
      expect(history.loss[699]).toBeCloseTo(0.5 * Math.log(2 * Math.PI * Math.E * wanted), 4);
    },
  );

  it("outputs that cannot be divided are refused, and configs come back", () => {
    const model = constantModel(4);
    expect(() => model.compile({ loss: quantile({ quantiles: [0.1, 0.5, 0.9] }) })).toThrow(
      expect.objectContaining({ code: "model/loss" }),
    );
    model.compile({ loss: gaussianNll({ variance: "softplus" }), metrics: ["rmse"] });
    expect(model.targets[0]).toMatchObject({ features: 2, sequence: false, classes: false });
    expect(sequentialFromConfig(JSON.parse(JSON.stringify(model.toConfig()))).toConfig()).toEqual(model.toConfig());
  });

  it.each([[[]], [[0.5, 0.1]], [[0, 1]], [1], [Number.NaN], ["0.5"], [[0.1, 0.1]]])(
    "quantiles %o are refused",
    (quantiles) => {
      expect(() => quantile({ quantiles: quantiles as number[] })).toThrow(
        expect.objectContaining({ code: "model/option" }),
      );
    },
  );
});

describe("metrics that Keras has not", () => {
  const y = [[1], [-2], [0], [4]];
  const measured = async (metric: Metric, bias: number) => {
    const model = constantModel(1);
    model.compile({ loss: "mse", metrics: [metric] });
    await model.setWeights([[[0]], [bias]]);
    return (await model.evaluate([[0], [0], [0], [0]], y))[metric.name];
  };

  it("smape and mase", async () => {
    const errors = [1, 1, 1, 1].map((p, i) => (200 * Math.abs(p - y[i][0])) / (p + Math.abs(y[i][0])));
    expect(await measured(smape(), 1)).toBeCloseTo(errors.reduce((a, b) => a + b) / 4, 5);
    expect(await measured(smape(), 0)).toBeCloseTo((200 + 200 + 0 + 200) / 4, 9);
    const scale = seasonalNaiveScale([1, 2, 4, 1], { season: 1 });
    expect(scale).toBeCloseTo(2, 12);
    expect(await measured(mase({ scale }), 1)).toBeCloseTo((0 + 3 + 1 + 3) / 4 / 2, 9);
    expect(() => seasonalNaiveScale([3, 3, 3])).toThrow();
  });

  it("f1 of a single output goes by 0.5; perplexity of guessing is the number of classes", async () => {
    const binary = constantModel(1);
    binary.compile({ loss: "binaryCrossentropy", metrics: [f1Score()] });
    await binary.setWeights([[[0]], [0.25]]);
    expect((await binary.evaluate([[0], [0]], [[1], [0]])).f1Score).toBe(0);
    await binary.setWeights([[[0]], [0.75]]);
    expect((await binary.evaluate([[0], [0]], [[1], [0]])).f1Score).toBeCloseTo(2 / 3, 6);
    for (const loss of ["sparseCategoricalCrossentropy", "categoricalCrossentropy"] as const) {
      const model = sequential([
        input({ shape: [1] }),
        dense({ units: 7, activation: "softmax", kernelInitializer: "zeros" }),
      ]);
      model.compile({ loss, metrics: ["perplexity", "f1Score"] });
      const labels = loss === "categoricalCrossentropy" ? [[0, 0, 1, 0, 0, 0, 0]] : [2];
      const found = await model.evaluate([[0]], labels);
      expect(found.perplexity).toBeCloseTo(7, 5);
      // All are the largest, so each of the seven is predicted.
      expect(found.f1Score).toBeCloseTo(1 / 7, 6);
    }
  });
});
