import { describe, expect, it } from "vitest";
import { Bench, gathered, spread } from "../../../test/engine/kernel.ts";
import { closeBy, numericGradient, ulp, uniform } from "../../../test/engine/numbers.ts";
import { targets } from "../../../test/engine/targets.ts";
import { GruvyError } from "../../base/index.ts";
import { activate, activateBackward, activationNamed, activationNames, isCurved } from "./activation.ts";
import { activationSlope, activationTwin } from "./activation.twin.ts";
import { rareKernels } from "./late.ts";
import { padded, stride } from "./layout.ts";
import { softmaxTwin } from "./softmax.twin.ts";
import { softmax, softmaxBackward } from "./softmax-rows.ts";

await rareKernels.load();

describe.each(targets)("%s", (_, target) => {
  const bench = new Bench(target);

  it.each(activationNames)("%s: value and gradient, on odd shapes", (name) => {
    for (const [rows, features] of [
      [1, 1],
      [2, 3],
      [3, 5],
      [7, 17],
      [1, 33],
      [2, 72],
    ]) {
      bench.clear();
      const shape = { rows, features, padded: padded(features), stride: stride(features) };
      const values = uniform(features, rows * features, 6);
      const slopes = uniform(features + 1, rows * features);
      const x = bench.floats(spread(values, shape));
      const y = bench.floats(rows * shape.stride);
      const dy = bench.floats(spread(slopes, shape));
      const dx = bench.floats(rows * shape.stride);
      const key = `${name} ${features}`;
      bench.call(key, (module) => activate(module, name, shape.padded, shape.stride), x, y, rows);
      const found = gathered(y.data, shape);
      const expected = Float64Array.from(values, activationTwin[name]);
      expect(closeBy(found, expected, 1e-6)).toBe("");
      const gradient = expected.map((_, i) => slopes[i] * activationSlope[name](values[i]));
      const backward = (add: boolean) =>
        bench.call(
          `${key} back ${add}`,
          (module) => activateBackward(module, name, shape.padded, shape.stride, add),
          isCurved(name) ? x : y,
          dy,
          dx,
          rows,
        );
      backward(false);
      expect(closeBy(gathered(dx.data, shape), gradient, 1e-6, 1)).toBe("");
      backward(true);
      expect(
        closeBy(
          gathered(dx.data, shape),
          gradient.map((v) => 2 * v),
          1e-6,
          2,
        ),
      ).toBe("");
    }
  });

  it("softmax: value and gradient, on odd widths", () => {
    for (const features of [1, 2, 3, 4, 5, 7, 8, 9, 17, 33]) {
      for (const rows of [1, 3]) {
        bench.clear();
        const shape = { rows, features, padded: padded(features), stride: stride(features) };
        const values = uniform(features, rows * features, 8);
        const slopes = uniform(features + 1, rows * features);
        // What stands in the pads of x must not count.
        const x = bench.floats(spread(values, { ...shape, pad: 50 }));
        const y = bench.floats(rows * shape.stride);
        const dy = bench.floats(spread(slopes, shape));
        const dx = bench.floats(rows * shape.stride);
        bench.call(`softmax ${features}`, (module) => softmax(module, features), x, y, rows);
        const expected = softmaxTwin(values, rows);
        expect(closeBy(gathered(y.data, shape), expected, 1e-6)).toBe("");
        for (let row = 0; row < rows; row++) {
          expect(
            [...y.data.subarray(row * shape.stride + features, row * shape.stride + shape.padded)].every(
              (v) => v === 0,
            ),
          ).toBe(true);
        }
        const gradient = numericGradient((v) => dot(softmaxTwin(v, rows), slopes), values);
        const backward = (add: boolean) =>
          bench.call(
            `softmaxBack ${features} ${add}`,
            (module) => softmaxBackward(module, features, add),
            y,
            dy,
            dx,
            rows,
          );
        backward(false);
        const found = gathered(dx.data, shape);
        expect(closeBy(found, gradient, 1e-6, 1)).toBe("");
        backward(true);
        expect(
          closeBy(
            gathered(dx.data, shape),
            found.map((v) => 2 * v),
            1e-6,
          ),
        ).toBe("");
      }
    }
  });

  it.each([2, 10, 100, 1000])(
    "softmax of %i features is right to seven ulp and the distance to the largest",
    (features) => {
      for (const size of [1, 5, 40]) {
        bench.clear();
        const rows = Math.ceil(4000 / features);
        const shape = { rows, features, padded: padded(features), stride: stride(features) };
        const values = Float32Array.from(uniform(features + size, rows * features, size));
        const [x, y] = [bench.floats(spread(values, shape)), bench.floats(rows * shape.stride)];
        bench.call(`softmax ${features}`, (module) => softmax(module, features), x, y, rows);
        const found = gathered(y.data, shape);
        const most = Array.from({ length: rows }, (_, row) =>
          Math.max(...values.subarray(row * features, (row + 1) * features)),
        );
        softmaxTwin(values, rows).forEach((exact, i) => {
          const distance = most[Math.floor(i / features)] - values[i];
          const error = Math.abs(found[i] - exact) / ulp(exact);
          if (error > 7 + distance) throw new Error(`${error} units at ${distance} below the largest`);
        });
      }
    },
  );

  it("softmax does not overflow, and a NaN spoils its row alone", () => {
    bench.clear();
    const shape = { rows: 4, features: 3, padded: 8, stride: 8 };
    const x = bench.floats(spread([1000, 1000, -1000, -1e30, -1e30, -1e30, 0, Number.NaN, 0, 80, 0, 160], shape));
    const y = bench.floats(32);
    bench.call("softmax 3", (module) => softmax(module, 3), x, y, 4);
    const found = gathered(y.data, shape);
    expect(closeBy(found.subarray(0, 3), [0.5, 0.5, 0], 1e-6)).toBe("");
    expect(closeBy(found.subarray(3, 6), [1 / 3, 1 / 3, 1 / 3], 1e-6)).toBe("");
    expect([...found.subarray(6, 9)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(closeBy(found.subarray(9, 12), [0, 0, 1], 1e-6)).toBe("");
  });

  it("NaN comes through every activation", () => {
    for (const name of activationNames) {
      bench.clear();
      const x = bench.floats([1, Number.NaN, 2, 3, 4, 5, 6, 7]);
      const y = bench.floats(8);
      bench.call(`${name} NaN`, (module) => activate(module, name, 8, 8), x, y, 1);
      expect([...y.data].map(Number.isNaN)).toEqual([false, true, false, false, false, false, false, false]);
    }
  });
});

it("the slopes of the twins are those of the twins' values", () => {
  for (const name of activationNames) {
    const x = Float64Array.from(uniform(3, 50, 5));
    const slopes = numericGradient((v) => v.reduce((sum, value) => sum + activationTwin[name](value), 0), x);
    expect(closeBy(x.map(activationSlope[name]), slopes, 1e-6)).toBe("");
  }
});

it("only known names are activations", () => {
  expect(activationNamed("tanh")).toBe("tanh");
  expect(activationNamed("silu")).toBe("swish");
  for (const name of ["toString", "__proto__", "", 3, null, undefined]) {
    expect(() => activationNamed(name)).toThrow(GruvyError);
    expect(() => activationNamed(name)).toThrow(/Use one of linear, tanh/);
  }
  expect(() => activationNamed("Tanh")).toThrow(/It is called tanh here/);
});

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
