import { describe, expect, it } from "vitest";
import { tensor } from "../base/index.ts";
import { accuracy, chooseBest, logLoss, mae, predictedClasses, rmse } from "./metrics.ts";

describe("metrics", () => {
  it("measures errors in the units of the values", () => {
    expect(rmse([1, 2, 3], [1, 2, 5])).toBeCloseTo(Math.sqrt(4 / 3), 15);
    expect(mae([1, 2, 3], [1, 2, 6])).toBe(1);
    expect(accuracy([0, 1, 1, 2], [0, 1, 2, 2])).toBe(0.75);
  });

  it("measures errors whose squares or sums leave the range of numbers", () => {
    expect(rmse([1e300, 3e300], [2e300, 3e300]) / 1e300).toBeCloseTo(Math.SQRT1_2, 12);
    expect(rmse([1e-300, 3e-300], [2e-300, 3e-300]) / 1e-300).toBeCloseTo(Math.SQRT1_2, 12);
    expect(mae([1e308, -1e308, 0], [0, 0, 1e308]) / 1e308).toBeCloseTo(1, 12);
    expect(rmse([1, 2], [1, 2])).toBe(0);
  });

  it("means the negative logarithm of the true class's probability, and survives a certain mistake", () => {
    const probabilities = tensor([
      [0.5, 0.5],
      [0.25, 0.75],
    ]);
    expect(logLoss(probabilities, [0, 1])).toBeCloseTo(-(Math.log(0.5) + Math.log(0.75)) / 2, 12);
    expect(logLoss(tensor([[1, 0]]), [1])).toBeCloseTo(-Math.log(1e-7), 6);
  });

  it("takes the largest probability, and the first of equals", () => {
    const probabilities = tensor([
      [0.2, 0.5, 0.3],
      [0.4, 0.2, 0.4],
    ]);
    expect([...predictedClasses(probabilities)]).toEqual([1, 0]);
  });

  it("refuses lengths that differ, and nothing at all", () => {
    for (const [predicted, truth] of [
      [[1], [1, 2]],
      [[], []],
    ]) {
      for (const metric of [rmse, mae, accuracy]) {
        expect(() => metric(predicted, truth)).toThrow(expect.objectContaining({ code: "usage/score" }));
      }
    }
  });

  it("chooses on validation: least error, highest accuracy, the first of equals, never a NaN", () => {
    const errors = [
      { name: "broken", validation: { rmse: Number.NaN } },
      { name: "first", validation: { rmse: 2 } },
      { name: "second", validation: { rmse: 2 } },
    ];
    expect(chooseBest(errors, "rmse").name).toBe("first");
    const accuracies = [
      { name: "low", validation: { accuracy: 0.2 } },
      { name: "high", validation: { accuracy: 0.8 } },
    ];
    expect(chooseBest(accuracies, "accuracy").name).toBe("high");
    expect(() => chooseBest([], "rmse")).toThrow(expect.objectContaining({ code: "usage/score" }));
  });
});
