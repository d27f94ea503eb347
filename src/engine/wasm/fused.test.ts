import { describe, expect, it } from "vitest";
import { combinations, edges, onLanes } from "../../../test/engine/evaluate.ts";
import { sameBits, uniform } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";

const { fround } = Math;

/** a * b + c rounded once: exact in pairs of doubles, then to the nearest float32. */
function fusedOnce(a: number, b: number, c: number): number {
  const product = a * b; // exact: 24 bits times 24 bits
  const sum = product + c;
  if (!Number.isFinite(sum)) return fround(sum);
  const lost = Math.abs(product) > Math.abs(c) ? c - (sum - product) : product - (sum - c);
  // Where the sum of doubles lies on the middle between two floats, what it lost decides.
  const rounded = fround(sum);
  if (lost === 0 || rounded === sum) return rounded;
  const nudged = fround(sum + Math.sign(lost) * Math.abs(sum) * 2 ** -52);
  return nudged;
}

describe.each(targets)("%s", (_, target) => {
  const [a, b, c] = [uniform(1, 4096, 3), uniform(2, 4096, 3), uniform(3, 4096, 3)];
  const expected = (x: number, y: number, z: number, sign: 1 | -1) =>
    target.fma ? fusedOnce(sign * x, y, z) : fround(fround(sign * x * y) + z);

  it("mulAdd rounds as the target says", () => {
    const found = onLanes((_, x, y, z) => x.mulAdd(y, z), [a, b, c], target);
    expect(
      sameBits(
        found,
        a.map((x, i) => expected(x, b[i], c[i], 1)),
      ),
    ).toBe("");
  });

  it("negMulAdd takes the product away", () => {
    const found = onLanes((_, x, y, z) => x.negMulAdd(y, z), [a, b, c], target);
    expect(
      sameBits(
        found,
        a.map((x, i) => expected(x, b[i], c[i], -1)),
      ),
    ).toBe("");
  });

  it("both agree with arithmetic at the edges", () => {
    const [x, y, z] = combinations(
      edges.filter((e) => Math.abs(e) < 2 ** 20 || !Number.isFinite(e)),
      3,
    );
    const sum = onLanes((_, p, q, r) => p.mulAdd(q, r), [x, y, z], target);
    const difference = onLanes((_, p, q, r) => p.negMulAdd(q, r), [x, y, z], target);
    for (let i = 0; i < x.length; i++) {
      for (const [found, exact] of [
        [sum[i], x[i] * y[i] + z[i]],
        [difference[i], z[i] - x[i] * y[i]],
      ]) {
        if (Number.isNaN(exact)) expect(found).toBeNaN();
        else if (!Number.isFinite(exact)) expect(found).toBe(exact);
        else
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(
            2 ** -22 * (Math.abs(x[i] * y[i]) + Math.abs(z[i])) + 2 ** -149,
          );
      }
    }
  });
});
