import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normal, random, stream } from "../base/index.ts";
import { applyLinear, cholesky, moments, ridge } from "./ridge.ts";

function problem(rows: number, inputs: number, outputs: number, seed: number) {
  const noise = random(seed, stream.data);
  const x = Float64Array.from({ length: rows * inputs }, (_, i) => normal(noise, i) + (i % inputs));
  const y = Float64Array.from({ length: rows * outputs }, (_, i) => 3 + normal(noise, 1_000_000 + i));
  return { x, y };
}

describe("ridge", () => {
  it("stands where the gradient of the penalised error is zero", () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 2, max: 40 }),
      inputs: fc.integer({ min: 1, max: 7 }),
      outputs: fc.integer({ min: 1, max: 3 }),
      strength: fc.constantFrom(1e-3, 0.1, 1, 10),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(sizes, ({ rows, inputs, outputs, strength, seed }) => {
        const { x, y } = problem(rows, inputs, outputs, seed);
        const sums = moments(x, y, rows);
        const { weights, bias } = ridge(sums, strength);
        const predicted = applyLinear({ weights, bias }, x, rows);
        let trace = 0;
        for (let i = 0; i < inputs; i++) trace += sums.xx[i * inputs + i];
        for (let o = 0; o < outputs; o++) {
          let total = 0;
          for (let r = 0; r < rows; r++) total += predicted[r * outputs + o] - y[r * outputs + o];
          expect(Math.abs(total)).toBeLessThan(1e-8 * rows);
          for (let i = 0; i < inputs; i++) {
            let slope = ((strength * trace) / inputs) * weights[i * outputs + o];
            for (let r = 0; r < rows; r++) {
              slope += (predicted[r * outputs + o] - y[r * outputs + o]) * x[r * inputs + i];
            }
            expect(Math.abs(slope)).toBeLessThan(1e-7 * rows);
          }
        }
      }),
    );
  });

  it("finds an exact line, and means the same whatever the units", () => {
    const x = Float64Array.of(0, 1, 2, 3);
    const line = ridge(moments(x, Float64Array.of(1, 3, 5, 7), 4), 0);
    expect(line.weights[0]).toBeCloseTo(2, 9);
    expect(line.bias[0]).toBeCloseTo(1, 9);
    const { x: many, y } = problem(30, 3, 1, 1);
    const small = ridge(moments(many, y, 30), 0.5);
    const large = ridge(
      moments(
        many.map((value) => 1000 * value),
        y,
        30,
      ),
      0.5,
    );
    for (let i = 0; i < 3; i++) expect(1000 * large.weights[i]).toBeCloseTo(small.weights[i], 10);
  });

  it("bears copies among the inputs and inputs that never vary", () => {
    const copies = Float64Array.of(1, 1, 2, 2, 3, 3);
    const { weights } = ridge(moments(copies, Float64Array.of(2, 4, 6), 3), 0);
    expect(weights[0] + weights[1]).toBeCloseTo(2, 6);
    const constant = ridge(moments(Float64Array.of(5, 5, 5), Float64Array.of(1, 2, 3), 3), 0);
    expect([...constant.weights, ...constant.bias]).toEqual([0, 2]);
  });
});

describe("cholesky", () => {
  it("multiplies back to its matrix, and refuses one that is not positive definite", () => {
    const matrix = Float64Array.of(4, 0, 0, 2, 5, 0, -2, 1, 6);
    const l = matrix.slice();
    cholesky(l, 3);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k <= j; k++) sum += l[i * 3 + k] * l[j * 3 + k];
        expect(sum).toBeCloseTo(matrix[i * 3 + j], 12);
      }
    }
    expect(() => cholesky(Float64Array.of(1, 0, 2, 1), 2)).toThrow(expect.objectContaining({ code: "data/singular" }));
  });
});
