import { describe, expect, it } from "vitest";
import { random, stream } from "../../base/index.ts";
import { accuracy, predictedClasses } from "../metrics.ts";
import { fitLogistic, logisticProbabilities } from "./logistic.ts";
import { naiveBayesLogistic } from "./naive-bayes-logistic.ts";
import type { SparseRows } from "./word-pairs.ts";

/** Texts of common words among which a class's own words are more frequent. */
function texts(rows: number, classes: number, seed: number) {
  const source = random(seed, stream.data);
  const labels = Int32Array.from({ length: rows }, (_, row) => source.below(row, classes));
  const x = Array.from(labels, (label, row) =>
    Array.from({ length: 20 }, (_, i) => {
      const place = 1000 + 50 * row + i;
      return source.uniform(place) < 0.15 ? `own${label}${source.below(place, 3)}` : `word${source.below(place, 40)}`;
    }).join(" "),
  );
  return { x, labels };
}

describe("fitLogistic", () => {
  it("stands where the gradient is zero, from a cold and a warm start", () => {
    const source = random(0, stream.data);
    const rows = 60;
    const starts = new Uint32Array(rows + 1);
    const features: number[] = [];
    const positive = new Uint8Array(rows);
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < 8; j++) if (source.uniform(row * 8 + j) < 0.4) features.push(j);
      starts[row + 1] = features.length;
      positive[row] = source.uniform(10_000 + row) < 0.4 ? 1 : 0;
    }
    const x: SparseRows = { starts, features: Uint32Array.from(features) };
    const scale = Float64Array.from({ length: 8 }, (_, j) => 0.5 + 0.2 * j);
    const used = Uint32Array.from({ length: 50 }, (_, row) => row);
    const first = fitLogistic(x, used, positive, scale, 30);
    for (const { model, start } of [
      fitLogistic(x, used, positive, scale, 2),
      fitLogistic(x, used, positive, scale, 2, first.start),
    ]) {
      const probabilities = logisticProbabilities(x, model);
      const gradient = start.inner.map((weight) => 2 * weight);
      let bias = 0;
      for (const row of used) {
        const miss = probabilities[row] - positive[row];
        bias += miss;
        for (let k = starts[row]; k < starts[row + 1]; k++) gradient[features[k]] += miss * scale[features[k]];
      }
      for (const value of [...gradient, bias]) expect(Math.abs(value)).toBeLessThan(0.05);
      model.weights.forEach((weight, j) => {
        expect(weight).toBeCloseTo(start.inner[j] * scale[j], 12);
      });
    }
  });
});

describe("naiveBayesLogistic", () => {
  it("tells two classes by their words, and returns what it said of the validation part", () => {
    const [train, validation, test] = [texts(400, 2, 1), texts(100, 2, 2), texts(200, 2, 3)];
    const baseline = naiveBayesLogistic({ classes: 2 });
    const held = baseline.fit(train.x, train.labels, validation);
    if (!held) throw new Error("expected probabilities of the validation part");
    expect(held.shape).toEqual([100, 2]);
    expect(accuracy(predictedClasses(held), validation.labels)).toBeGreaterThan(0.9);
    const probabilities = baseline.probabilities(test.x);
    expect(accuracy(predictedClasses(probabilities), test.labels)).toBeGreaterThan(0.9);
    expect(probabilities.at(0, 0) + probabilities.at(0, 1)).toBe(1);
    expect(baseline.parameters).toBeGreaterThan(46);
  });

  it("tells four classes, one against the rest", () => {
    const [train, test] = [texts(800, 4, 4), texts(200, 4, 5)];
    const baseline = naiveBayesLogistic({ classes: 4 });
    expect(baseline.fit(train.x, train.labels)).toBeUndefined();
    const probabilities = baseline.probabilities(test.x);
    expect(accuracy(predictedClasses(probabilities), test.labels)).toBeGreaterThan(0.85);
    for (let row = 0; row < 200; row++) {
      let sum = 0;
      for (let label = 0; label < 4; label++) sum += probabilities.at(row, label);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it("reads pairs: what single words cannot tell", () => {
    const x: string[] = [];
    const labels: number[] = [];
    for (const filler of ["one", "two", "three", "four", "five", "six"]) {
      x.push(`not good ${filler} bad`, `not bad ${filler} good`);
      labels.push(0, 1);
    }
    const baseline = naiveBayesLogistic({ classes: 2, minCount: 1 });
    baseline.fit(x, labels);
    expect([...predictedClasses(baseline.probabilities(["seven not good", "seven not bad"]))]).toEqual([0, 1]);
  });

  it("has learnt from the validation part too, once the strength is chosen", () => {
    const baseline = naiveBayesLogistic({ classes: 2, minCount: 1 });
    baseline.fit(["fine", "dull", "fine", "dull"], [1, 0, 1, 0], {
      x: ["fresh", "stale", "fresh", "stale"],
      labels: [1, 0, 1, 0],
    });
    expect([...predictedClasses(baseline.probabilities(["fresh", "stale"]))]).toEqual([1, 0]);
  });

  it("takes another tokeniser, texts without a known word, and one class only", () => {
    const letters = naiveBayesLogistic({ classes: 2, minCount: 1, tokenize: (text) => [...text] });
    letters.fit(["xy", "xz", "ab", "ac"], [1, 1, 0, 0]);
    expect([...predictedClasses(letters.probabilities(["x", "a"]))]).toEqual([1, 0]);
    expect(letters.probabilities([""]).toArray()).toEqual([[expect.closeTo(0.5, 1), expect.closeTo(0.5, 1)]]);
    const alone = naiveBayesLogistic({ classes: 2, minCount: 1 });
    alone.fit(["a", "b"], [1, 1]);
    expect(alone.probabilities(["a"]).at(0, 1)).toBeGreaterThan(0.5);
  });

  it("gives the same bits twice", () => {
    const train = texts(200, 3, 6);
    const run = () => {
      const baseline = naiveBayesLogistic({ classes: 3 });
      baseline.fit(train.x, train.labels);
      return baseline.probabilities(train.x).data;
    };
    expect(run()).toEqual(run());
  });

  it("says what is wrong with labels, and when it is not fitted", () => {
    const baseline = naiveBayesLogistic({ classes: 2 });
    expect(() => baseline.probabilities(["a"])).toThrow(expect.objectContaining({ code: "usage/not-fitted" }));
    expect(() => baseline.fit(["a"], [2])).toThrow(expect.objectContaining({ code: "data/labels" }));
    expect(() => baseline.fit([], [])).toThrow(expect.objectContaining({ code: "data/labels" }));
  });
});
