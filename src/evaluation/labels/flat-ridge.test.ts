import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normal, random, stream, Tensor, tensor } from "../../base/index.ts";
import { applyLinear, moments, ridge } from "../ridge.ts";
import { applyFlat, flatRidge, flatRows } from "./flat-ridge.ts";

describe("flatRidge", () => {
  it("ends where the closed form does", () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 3, max: 40 }),
      columns: fc.integer({ min: 1, max: 12 }),
      strength: fc.constantFrom(1e-3, 0.1, 10),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(sizes, ({ rows, columns, strength, seed }) => {
        const noise = random(seed, stream.data);
        const x = Float64Array.from({ length: rows * columns }, (_, i) => 2 + normal(noise, i));
        const y = Float64Array.from({ length: rows }, (_, row) => normal(noise, 100_000 + row) + x[row * columns]);
        // The closed form counts in sums over the rows, and so does this one.
        const closed = ridge(moments(x, y, rows), strength);
        const found = flatRidge(flatRows(new Tensor([rows, columns], x)), y, strength);
        const expected = applyLinear(closed, x, rows);
        applyFlat(flatRows(new Tensor([rows, columns], x)), found).forEach((value, row) => {
          expect(value).toBeCloseTo(expected[row], 6);
        });
      }),
    );
  });

  it("goes on from where another strength ended to the same place", () => {
    const noise = random(9, stream.data);
    const x = flatRows(
      new Tensor(
        [30, 5],
        Float64Array.from({ length: 150 }, (_, i) => normal(noise, i)),
      ),
    );
    const y = Float64Array.from({ length: 30 }, (_, i) => normal(noise, 1000 + i));
    const cold = flatRidge(x, y, 0.1);
    const warm = flatRidge(x, y, 0.1, flatRidge(x, y, 10));
    warm.weights.forEach((weight, c) => {
      expect(weight).toBeCloseTo(cold.weights[c], 8);
    });
  });
});

describe("flatRows", () => {
  it("gives each token of each step a column of its own", () => {
    const { columns, at, values } = flatRows(new Tensor([2, 2], Int32Array.of(0, 2, 1, 0)), 3);
    expect(columns).toBe(6);
    expect([...at]).toEqual([0, 5, 1, 3]);
    expect([...values]).toEqual([1, 1, 1, 1]);
  });

  it("names the place of what it cannot use", () => {
    expect(() => flatRows(new Tensor([1, 2], Int32Array.of(0, 3)), 3)).toThrow("found 3 at row index 0, step index 1");
    expect(() => flatRows(tensor([[1], [Number.NaN]]))).toThrow("NaN at row index 1");
  });
});
