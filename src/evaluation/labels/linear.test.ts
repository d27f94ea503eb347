import { describe, expect, it } from "vitest";
import { normal, random, stream, Tensor, tensor } from "../../base/index.ts";
import { accuracy, predictedClasses, rmse } from "../metrics.ts";
import { linearClassifier, linearRegressor } from "./linear.ts";
import { majority } from "./majority.ts";
import { mean } from "./mean.ts";

describe("majority", () => {
  it("answers the most frequent class with the shares as probabilities", () => {
    const baseline = majority({ classes: 3 });
    const before = baseline.fit(["a", "b", "c"], [0, 1, 1], { x: ["d"], labels: [0] });
    expect(before?.toArray()).toEqual([[1 / 3, 2 / 3, 0]]);
    const after = baseline.probabilities(["x", "y"]);
    expect(after.toArray()).toEqual([
      [0.5, 0.5, 0],
      [0.5, 0.5, 0],
    ]);
    expect(baseline.parameters).toBe(3);
    expect([...predictedClasses(after)]).toEqual([0, 0]);
  });

  it("takes tensors too, and says what is wrong with labels", () => {
    const baseline = majority({ classes: 2 });
    baseline.fit(tensor([[1], [2]]), [1, 1]);
    expect(baseline.probabilities(tensor([[3]])).toArray()).toEqual([[0, 1]]);
    expect(() => baseline.fit(["a"], [2])).toThrow("found 2 at row index 0");
    expect(() => baseline.fit(["a"], [0, 1])).toThrow(expect.objectContaining({ code: "data/labels" }));
    expect(() => majority({ classes: 2 }).probabilities(["a"])).toThrow(
      expect.objectContaining({ code: "usage/not-fitted" }),
    );
  });
});

describe("mean", () => {
  it("answers the mean target, in the shape of the targets", () => {
    const baseline = mean();
    expect(baseline.fit(tensor([[0], [0]]), tensor([1, 3]), { x: tensor([[0]]), y: tensor([8]) })?.toArray()).toEqual([
      2,
    ]);
    expect(baseline.predict(tensor([[9], [9]])).toArray()).toEqual([4, 4]);
    baseline.fit(
      tensor([[0], [0]]),
      tensor([
        [1, 2],
        [3, 6],
      ]),
    );
    expect(baseline.predict(tensor([[9]])).toArray()).toEqual([[2, 4]]);
    expect(baseline.parameters).toBe(2);
  });
});

describe("linearRegressor", () => {
  it("finds a linear rule in flat sequences, chosen on validation and fitted on both parts", () => {
    const noise = random(0, stream.data);
    const make = (rows: number, from: number) => {
      const x = new Tensor(
        [rows, 3, 2],
        Float64Array.from({ length: rows * 6 }, (_, i) => normal(noise, from + i)),
      );
      const y = Float64Array.from({ length: rows }, (_, row) => 2 + 3 * x.at(row, 0, 1) - x.at(row, 2, 0));
      return { x, y: new Tensor([rows, 1], y) };
    };
    const [train, validation, test] = [make(50, 0), make(20, 1000), make(30, 2000)];
    const baseline = linearRegressor();
    const held = baseline.fit(train.x, train.y, validation);
    expect(held?.shape).toEqual([20, 1]);
    expect(rmse(held?.data ?? [], validation.y.data)).toBeLessThan(1e-2);
    const predicted = baseline.predict(test.x);
    expect(predicted.shape).toEqual([30, 1]);
    expect(rmse(predicted.data, test.y.data)).toBeLessThan(1e-2);
    expect(baseline.parameters).toBe(7);
  });

  it("does little better than the mean on the sum of two marked values, whose places move", () => {
    const noise = random(1, stream.data);
    const make = (rows: number, from: number) => {
      const x = new Float64Array(rows * 20);
      const y = new Float64Array(rows);
      for (let row = 0; row < rows; row++) {
        const source = random(from + row, stream.data);
        const marks = [source.below(100, 5), 5 + source.below(101, 5)];
        for (let step = 0; step < 10; step++) x[row * 20 + 2 * step] = source.uniform(step);
        for (const step of marks) {
          x[row * 20 + 2 * step + 1] = 1;
          y[row] += x[row * 20 + 2 * step];
        }
      }
      return { x: new Tensor([rows, 10, 2], x), y: new Tensor([rows], y) };
    };
    expect(noise.uniform(0)).toBeLessThan(1);
    const [train, validation, test] = [make(400, 0), make(100, 1000), make(200, 2000)];
    const linear = linearRegressor();
    linear.fit(train.x, train.y, validation);
    const centre = mean();
    centre.fit(train.x, train.y);
    const squared = (predicted: Tensor) => rmse(predicted.data, test.y.data) ** 2;
    // The published error of the mean is 1/6.
    expect(Math.abs(squared(centre.predict(test.x)) - 1 / 6)).toBeLessThan(0.03);
    expect(squared(linear.predict(test.x))).toBeGreaterThan(0.1);
    expect(squared(linear.predict(test.x))).toBeLessThan(0.19);
  });

  it("says when rows differ from those it was fitted on", () => {
    const baseline = linearRegressor();
    expect(() => baseline.predict(tensor([[1]]))).toThrow(expect.objectContaining({ code: "usage/not-fitted" }));
    baseline.fit(tensor([[0], [1], [2]]), tensor([1, 3, 5]));
    expect(baseline.predict(tensor([[1]])).toArray()).toEqual([expect.closeTo(3, 6)]);
    expect(() => baseline.predict(tensor([[1, 2]]))).toThrow("Expected 1 flat inputs a row, as in fit, found 2");
    expect(() => baseline.fit(tensor([[0]]), tensor([1, 2]))).toThrow(expect.objectContaining({ code: "data/shape" }));
  });
});

describe("linearClassifier", () => {
  it("tells classes by the token at one step, whichever of three it is", () => {
    const rows = 200;
    const make = (seed: number) => {
      const source = random(seed, stream.data);
      const x = Int32Array.from({ length: rows * 6 }, (_, i) => source.below(i, 5));
      const labels = Int32Array.from({ length: rows }, (_, row) => Math.min(2, x[row * 6 + 3]));
      return { x: new Tensor([rows, 6], x), labels };
    };
    const [train, validation, test] = [make(1), make(2), make(3)];
    const baseline = linearClassifier({ classes: 3, tokens: 5 });
    const held = baseline.fit(train.x, train.labels, validation);
    expect(held?.shape).toEqual([rows, 3]);
    const probabilities = baseline.probabilities(test.x);
    expect(accuracy(predictedClasses(probabilities), test.labels)).toBe(1);
    for (let row = 0; row < rows; row++) {
      expect(probabilities.at(row, 0) + probabilities.at(row, 1) + probabilities.at(row, 2)).toBeCloseTo(1, 12);
    }
    expect(baseline.parameters).toBe(3 * 31);
  });

  it("cannot tell what depends on two places together", () => {
    const source = random(4, stream.data);
    const x = Float64Array.from({ length: 2000 }, (_, i) => (source.uniform(i) < 0.5 ? -1 : 1));
    const labels = Int32Array.from({ length: 1000 }, (_, row) => (x[2 * row] === x[2 * row + 1] ? 1 : 0));
    const baseline = linearClassifier({ classes: 2 });
    baseline.fit(new Tensor([1000, 2], x), labels);
    const right = accuracy(predictedClasses(baseline.probabilities(new Tensor([1000, 2], x))), labels);
    expect(right).toBeLessThan(0.8);
  });
});
