import { expect, it } from "vitest";
import { improvementBound, logImprovement } from "./bayesian.ts";

const places = Array.from({ length: 6001 }, (_, i) => -40 + i / 100);

/** phi(z) + z Phi(z), summed from the tail; far out each part of the sum is as small as the whole. */
function direct(z: number): number {
  let sum = 0;
  const step = 1e-3;
  for (let t = 0; t < 12; t += step)
    sum += (t + step / 2) * Math.exp(z * (t + step / 2) - (t + step / 2) ** 2 / 2) * step;
  return Math.log(sum) - 0.5 * z * z - 0.5 * Math.log(2 * Math.PI);
}

it("the logarithm of the expected improvement is right and grows, also far out and where its formula changes", () => {
  for (const z of [-30, -12, -8, -5.001, -4.999, -2, 0, 1.5, 4]) expect(logImprovement(z)).toBeCloseTo(direct(z), 4);
  const values = places.map(logImprovement);
  for (let i = 1; i < values.length; i++) expect(values[i]).toBeGreaterThan(values[i - 1]);
});

it("its bound lies above, and near", () => {
  for (const z of places) {
    const over = improvementBound(z) - logImprovement(z);
    expect(over).toBeGreaterThan(-1e-9);
    expect(over).toBeLessThan(z < -5 ? 0.12 : 1e-3);
  }
});
