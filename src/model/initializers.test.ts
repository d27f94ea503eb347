import { describe, expect, test } from "vitest";
import { GruvyError, random, stream } from "../base/index.ts";
import {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  initializer,
  ones,
  orthogonal,
  randomNormal,
  randomUniform,
  zeros,
} from "./initializers.ts";

const values = async (made: Initializer, seed = 0, shape = [12, 20]) =>
  made.values(shape, random(seed, stream.initial));

function moments(numbers: Float32Array): { mean: number; variance: number; most: number } {
  let sum = 0;
  for (const value of numbers) sum += value;
  const mean = sum / numbers.length;
  let squares = 0;
  let most = 0;
  for (const value of numbers) {
    squares += (value - mean) ** 2;
    most = Math.max(most, Math.abs(value));
  }
  return { mean, variance: squares / numbers.length, most };
}

// With 60,000 numbers a mean strays by 0.004 deviations, a variance by 0.6 % (normal) at one standard error.
const cases: [name: string, made: Initializer, mean: number, variance: number, most: number][] = [
  ["glorotUniform", glorotUniform(), 0, 2 / 500, Math.sqrt(6 / 500)],
  ["glorotNormal", glorotNormal(), 0, 2 / 500, (2 * Math.sqrt(2 / 500)) / 0.8796],
  ["heUniform", heUniform(), 0, 2 / 300, Math.sqrt(6 / 300)],
  ["heNormal", heNormal(), 0, 2 / 300, (2 * Math.sqrt(2 / 300)) / 0.8796],
  ["randomUniform", randomUniform(), 0, 0.1 ** 2 / 12, 0.05],
  ["randomUniform with bounds", randomUniform({ min: 1, max: 3 }), 2, 4 / 12, 3],
  ["randomNormal", randomNormal(), 0, 0.05 ** 2, 0.05 * 6],
  ["randomNormal with options", randomNormal({ mean: -1, stddev: 2 }), -1, 4, 13],
];

describe("initializers", () => {
  test.each(cases)("%s has its mean, variance and bounds", async (_, made, mean, variance, most) => {
    const found = moments(await values(made, 0, [300, 200]));
    expect(Math.abs(found.mean - mean)).toBeLessThan(0.02 * Math.sqrt(variance));
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.03);
    expect(found.most).toBeLessThanOrEqual(most * (1 + 1e-6));
    expect(found.most).toBeGreaterThan(Math.abs(mean) + 1.7 * Math.sqrt(variance) - 1e-6);
  });

  test("fixed ones", async () => {
    expect(new Set(await values(zeros()))).toEqual(new Set([0]));
    expect(new Set(await values(ones()))).toEqual(new Set([1]));
    expect(new Set(await values(constant(-0.5)))).toEqual(new Set([-0.5]));
  });

  test.each([
    [5, 5],
    [4, 12],
    [12, 4],
    [1, 7],
    [7, 1],
    [33, 17],
  ])("orthogonal [%i, %i] has orthonormal rows or columns, times the gain", async (rows, columns) => {
    const data = await orthogonal({ gain: 2 }).values([rows, columns], random(3, stream.initial));
    const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
    const at = (a: number, i: number) => (rows <= columns ? data[a * columns + i] : data[i * columns + a]);
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        let dot = 0;
        for (let i = 0; i < length; i++) dot += at(a, i) * at(b, i);
        expect(Math.abs(dot - (a === b ? 4 : 0))).toBeLessThan(2e-6);
      }
    }
  });

  test("an orthogonal matrix points anywhere: its elements have mean 0 and variance 1/n", async () => {
    const found = moments(await orthogonal().values([128, 128], random(1, stream.initial)));
    expect(Math.abs(found.mean)).toBeLessThan(0.003);
    expect(found.variance).toBeCloseTo(1 / 128, 4);
  });

  test.each(cases)("%s follows the seed", async (_, made) => {
    expect(await values(made, 7)).toEqual(await values(made, 7));
    expect(await values(made, 7)).not.toEqual(await values(made, 8));
  });

  test("come back from their config", async () => {
    const all = [...cases.map(([, made]) => made), zeros(), ones(), constant(2), orthogonal({ gain: 0.5 })];
    for (const made of all) {
      const again = initializer(JSON.parse(JSON.stringify(made.config)), "kernelInitializer");
      expect(again.config).toEqual(made.config);
      expect(await values(again)).toEqual(await values(made));
    }
  });

  test("a custom one is taken as it is", () => {
    const own: Initializer = { config: { name: "ones" }, values: () => Float32Array.of(1, 2) };
    expect(initializer(own, "kernelInitializer")).toBe(own);
  });

  test.each([
    "glorot",
    "toString",
    "__proto__",
    { name: "constructor" },
    { name: "constant" },
    { name: "constant", value: "1" },
    { name: "randomNormal", stddev: -1 },
    { name: "randomNormal", std: 1 },
    { name: "randomUniform", min: 1, max: 0 },
    { name: "orthogonal", gain: null },
    {},
    null,
    5,
  ])("refuses %o", (value) => {
    expect(() => initializer(value as never, "kernelInitializer")).toThrow(GruvyError);
  });
});
