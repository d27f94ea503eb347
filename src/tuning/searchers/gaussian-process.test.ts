import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { fitProcess, gaussianProcess } from "./gaussian-process.ts";

const source = random(5, 1);
const COUNT = 37;
const x = Array.from({ length: COUNT }, (_, i) => Float64Array.of(source.uniform(2 * i), source.uniform(2 * i + 1)));
const wave = (at: Float64Array): number => Math.sin(6 * at[0]) + 0.5 * Math.cos(3 * at[1]);
const y = Float64Array.from(x, wave);

/** Covariances by the formula, and a solution by elimination. */
function direct(at: Float64Array, point: Float64Array): { mean: number; variance: number } {
  const [size, noise] = [Math.exp(point[2]), Math.exp(point[3])];
  const like = (a: Float64Array, b: Float64Array): number => {
    const r = Math.sqrt(5) * Math.hypot((a[0] - b[0]) / Math.exp(point[0]), (a[1] - b[1]) / Math.exp(point[1]));
    return size * (1 + r + (r * r) / 3) * Math.exp(-r);
  };
  const row = x.map((one) => like(at, one));
  const system = x.map((a, i) => [...x.map((b, j) => like(a, b) + (i === j ? noise + 1e-10 : 0)), y[i], row[i]]);
  for (let i = 0; i < COUNT; i++) {
    for (let k = 0; k < COUNT; k++) {
      if (k === i) continue;
      const factor = system[k][i] / system[i][i];
      for (let j = i; j < COUNT + 2; j++) system[k][j] -= factor * system[i][j];
    }
  }
  const weighed = (column: number) =>
    row.reduce((sum, value, i) => sum + (value * system[i][column]) / system[i][i], 0);
  return { mean: weighed(COUNT), variance: size - weighed(COUNT + 1) };
}

describe("a Gaussian process", () => {
  it("expects what the formulas say", () => {
    const point = Float64Array.of(Math.log(0.3), Math.log(0.7), Math.log(1.3), Math.log(1e-3));
    const process = gaussianProcess(x, y, point);
    for (const at of [Float64Array.of(0.1, 0.9), Float64Array.of(0.5, 0.5), x[3], Float64Array.of(40, -40)]) {
      const { mean, variance } = direct(at, point);
      expect(process.mean(at)).toBeCloseTo(mean, 9);
      expect(process.variance()).toBeCloseTo(variance, 9);
    }
  });

  it("finds the variance as a bound that only falls, and ends where it is told to", () => {
    const process = gaussianProcess(x, y, Float64Array.of(-1, -1, 0, -7));
    process.mean(Float64Array.of(0.4, 0.6));
    const bounds: number[] = [];
    const last = process.variance((most) => bounds.push(most) === 0);
    expect(bounds.length).toBe(5);
    expect([...bounds, last]).toEqual([...bounds, last].sort((a, b) => b - a));
    expect(process.variance((most) => most < 1)).toBe(bounds[1]);
  });

  it("expects the same whatever place was asked for before", () => {
    const wide = Array.from({ length: COUNT }, (_, i) =>
      Float64Array.from({ length: 5 }, (_, d) => source.uniform(5 * i + d)),
    );
    const point = Float64Array.of(-1, -2, -0.5, -3, 0, 0, -9);
    const process = gaussianProcess(wide, y, point);
    const at = Float64Array.from(wide[7]);
    for (let i = 0; i < 200; i++) {
      at[i % 5] = i % 3 === 0 ? wide[7][i % 5] : source.uniform(1000 + i); // one coordinate or none moves
      const found = [process.mean(at), process.variance()];
      const anew = gaussianProcess(wide, y, point);
      expect(found[0]).toBeCloseTo(anew.mean(at), 9);
      expect(found[1]).toBeCloseTo(anew.variance(), 9);
    }
  });

  it("finds the axis along which more happens, and that there is no noise", () => {
    const point = fitProcess(x, y);
    expect(point[0]).toBeLessThan(point[1]);
    expect(point[3]).toBeLessThan(Math.log(1e-5));
    const process = gaussianProcess(x, y, point);
    for (const at of [Float64Array.of(0.35, 0.4), Float64Array.of(0.7, 0.6)]) {
      expect(Math.abs(process.mean(at) - wave(at))).toBeLessThan(0.02);
    }
  });
});
