import { describe, expect, it } from "vitest";
import { normal, random, stream } from "../base/index.ts";
import { normalCdf, percentileInterval, studentPoint } from "./interval.ts";
import { movingBlockBootstrap } from "./moving-block-bootstrap.ts";
import { pairedBootstrap } from "./paired-bootstrap.ts";

describe("normalCdf and studentPoint", () => {
  it("agree with published tables", () => {
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(-1.959963984540054)).toBeCloseTo(0.025, 14);
    expect(normalCdf(1)).toBeCloseTo(0.841344746068543, 14);
    expect(normalCdf(-6)).toBeCloseTo(9.8658764503769e-10, 15);
    const table = new Map([
      [1, 12.706],
      [2, 4.303],
      [3, 3.182],
      [4, 2.776],
      [5, 2.571],
      [9, 2.262],
      [20, 2.086],
      [1000, 1.962],
    ]);
    for (const [freedom, point] of table) expect(Math.abs(studentPoint(freedom) - point)).toBeLessThan(0.03);
  });
});

describe("percentileInterval", () => {
  const resampled = Float64Array.from({ length: 10_001 }, (_, i) => i / 10_000);

  it("is the 2.5 % and 97.5 % of a large sample, and wider for a small one", () => {
    const large = percentileInterval(0.5, resampled, 1e6);
    expect(large.low).toBeCloseTo(0.025, 4);
    expect(large.high).toBeCloseTo(0.975, 4);
    const small = percentileInterval(0.5, resampled, 9);
    expect(small.low).toBeCloseTo(normalCdf(-Math.sqrt(9 / 8) * 2.306), 4);
    expect(percentileInterval(0.5, resampled, 1).low).toBeLessThan(1e-4);
  });
});

describe("pairedBootstrap", () => {
  it("covers the true difference about as often as it says", () => {
    // a is right with .8, b with .7, and both on the same easy rows.
    let covered = 0;
    const trials = 200;
    for (let trial = 0; trial < trials; trial++) {
      const draw = random(trial, stream.data);
      const easy = Array.from({ length: 60 }, (_, i) => draw.uniform(i));
      const a = easy.map((u) => (u < 0.8 ? 1 : 0));
      const b = easy.map((u, i) => (u < 0.6 || draw.uniform(1000 + i) < 0.25 ? 1 : 0));
      const { low, high } = pairedBootstrap(a, b, { seed: trial, resamples: 400 });
      if (low <= 0.1 + 1e-12 && high >= 0.1 - 1e-12) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.9);
    expect(covered / trials).toBeLessThan(0.99);
  });

  it("gives the same bits for the same seed, and others for another", () => {
    const a = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i));
    const b = Float64Array.from({ length: 200 }, (_, i) => Math.cos(3 * i));
    expect(pairedBootstrap(a, b, { seed: 1 })).toEqual(pairedBootstrap(a, b, { seed: 1 }));
    expect(pairedBootstrap(a, b, { seed: 1 })).not.toEqual(pairedBootstrap(a, b, { seed: 2 }));
  });

  it("has no width where the models never differ", () => {
    expect(pairedBootstrap([1, 0, 1], [1, 0, 1])).toEqual({ difference: 0, low: 0, high: 0 });
  });

  it("refuses pairs that are none", () => {
    expect(() => pairedBootstrap([1], [1, 0])).toThrow(expect.objectContaining({ code: "usage/bootstrap" }));
    expect(() => pairedBootstrap([], [])).toThrow(expect.objectContaining({ code: "usage/bootstrap" }));
  });
});

describe("movingBlockBootstrap", () => {
  /** Errors of two forecasters three rows ahead: sums of three neighbouring shocks, shared in part. */
  function errors(trial: number, length: number) {
    const draw = random(trial, stream.data);
    const shock = (stream: number) => {
      const at = (i: number) => normal(draw, stream * 10_000 + i);
      return Float64Array.from({ length }, (_, i) => at(i) + at(i + 1) + at(i + 2));
    };
    const common = shock(0);
    const own = [shock(1), shock(2)];
    return [
      common.map((value, i) => value + 0.8 * own[0][i]),
      common.map((value, i) => value + 1.2 * own[1][i]),
    ] as const;
  }
  const truth = Math.sqrt(3 * (1 + 0.64)) - Math.sqrt(3 * (1 + 1.44));

  it("covers the true difference of two RMSEs about as often as it says, dependent as the errors are", () => {
    let blocks = 0;
    let single = 0;
    const trials = 300;
    for (let trial = 0; trial < trials; trial++) {
      const [a, b] = errors(trial, 60);
      const dependent = movingBlockBootstrap(a, b, { seed: trial, resamples: 400, horizon: 3 });
      if (dependent.low <= truth && truth <= dependent.high) blocks++;
      const alone = movingBlockBootstrap(a, b, { seed: trial, resamples: 400, blockLength: 1 });
      if (alone.low <= truth && truth <= alone.high) single++;
    }
    expect(blocks / trials).toBeGreaterThan(0.89);
    expect(blocks / trials).toBeLessThan(0.99);
    // Rows taken for independent claim more than they know.
    expect(single).toBeLessThan(blocks);
  });

  it("covers with as few as 27 targets", () => {
    let covered = 0;
    const trials = 300;
    const expected = 1 - Math.sqrt(1.5);
    for (let trial = 0; trial < trials; trial++) {
      const draw = random(trial, stream.data);
      const a = Float64Array.from({ length: 27 }, (_, i) => normal(draw, i));
      const b = Float64Array.from(
        { length: 27 },
        (_, i) => Math.sqrt(0.5) * (normal(draw, i) + Math.SQRT2 * normal(draw, 100 + i)),
      );
      const { low, high } = movingBlockBootstrap(a, b, { seed: trial, resamples: 500 });
      if (low <= expected && expected <= high) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.91);
    expect(covered / trials).toBeLessThan(0.995);
  });

  it("differs as the scores do, also by the mean absolute error", () => {
    const a = [3, -4, 0];
    const b = [1, 1, -1];
    expect(movingBlockBootstrap(a, b).difference).toBeCloseTo(Math.sqrt(25 / 3) - 1, 12);
    expect(movingBlockBootstrap(a, b, { metric: "mae" }).difference).toBeCloseTo(7 / 3 - 1, 12);
  });

  it("gives the same bits for the same seed, and no width to a constant difference", () => {
    const [a, b] = errors(1, 50);
    expect(movingBlockBootstrap(a, b, { seed: 5 })).toEqual(movingBlockBootstrap(a, b, { seed: 5 }));
    expect(movingBlockBootstrap([1, -1, 1, -1], [2, -2, 2, -2])).toEqual({ difference: -1, low: -1, high: -1 });
    expect(movingBlockBootstrap([2], [1])).toEqual({ difference: 1, low: 1, high: 1 });
  });
});
