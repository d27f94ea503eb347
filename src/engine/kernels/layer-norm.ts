import { F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import { tailMask } from "./gather.ts";
import { padded, stride } from "./layout.ts";
import { eachRow } from "./rows.ts";
import { realVectors } from "./softmax.ts";

/** Floats that the forward pass leaves for the way back: each row's mean, and one over its deviation. */
export const LAYER_NORM_SAVED = 2;

/** Floats from one row to the next: of x, of y or its gradient, and of what is left for the way back. */
interface Strides {
  readonly x: number;
  readonly y: number;
  readonly saved: number;
}

const usual = (features: number) => ({
  x: stride(features),
  y: stride(features),
  saved: LAYER_NORM_SAVED,
  dx: stride(features),
});

/**
 * y = (x - mean) / sqrt(variance + epsilon) * gamma + beta over each row's features:
 * `call(x, gamma, beta, y, saved, rows)`. Pads of gamma and beta are zero, and so those of y.
 */
export function layerNorm(
  module: Module,
  features: number,
  epsilon: number,
  strides: Strides = usual(features),
): FunctionRef {
  const name = `layerNorm ${features} ${epsilon} ${JSON.stringify(strides)}`;
  return module.function(name, [I32, I32, I32, I32, I32, I32], (fn, x, gamma, beta, y, saved, rows) => {
    const pointers = [
      [x, strides.x],
      [y, strides.y],
      [saved, strides.saved],
    ] as const;
    eachRow(fn, rows, pointers, (xRow, yRow, savedRow) => {
      const sums = fn.variable(F32x4, F32x4.splat(0));
      realVectors(fn, xRow, features, F32x4.splat(0), (value) => sums.set(sums.get.add(value)));
      const mean = fn.let(sums.get.sum().mul(1 / features));
      const center = fn.let(mean.splat());
      const squares = fn.variable(F32x4, F32x4.splat(0));
      realVectors(fn, xRow, features, center, (value) => {
        const d = fn.let(value.sub(center));
        squares.set(d.mulAdd(d, squares.get));
      });
      const variance = squares.get
        .sum()
        .mul(1 / features)
        .add(epsilon);
      const inverse = fn.let(fn.splat(1).div(variance.splat().sqrt()));
      fn.store(savedRow, mean);
      fn.store(savedRow, inverse.lane(0), 4);
      fn.loop(0, 4 * padded(features), 16, (j) => {
        const normal = F32x4.load(xRow.add(j)).sub(center).mul(inverse);
        fn.store(yRow.add(j), normal.mulAdd(F32x4.load(gamma.add(j)), F32x4.load(beta.add(j))));
      });
    });
    return undefined;
  });
}

/**
 * Adds the gradients of gamma to its sums and writes dx: `call(x, gamma, dy, saved, dx, dGamma, rows)`. Either may be
 * left out; `add` adds to dx.
 */
export function layerNormBackward(
  module: Module,
  features: number,
  options: { readonly dx: boolean; readonly dGamma: boolean; readonly add: boolean },
  strides: Strides & { readonly dx: number } = usual(features),
): FunctionRef {
  const name = `layerNormBackward ${features} ${JSON.stringify(options)} ${JSON.stringify(strides)}`;
  const parameters = Array.from({ length: 7 }, () => I32);
  return module.function(name, parameters, (fn, x, gamma, dy, saved, dx, dGamma, rows) => {
    const pointers = [
      [x, strides.x],
      [dy, strides.y],
      [saved, strides.saved],
      [dx, strides.dx],
    ] as const;
    eachRow(fn, rows, pointers, (xRow, dyRow, savedRow, dxRow) => {
      const center = fn.let(F32x4.loadSplat(savedRow));
      const inverse = fn.let(F32x4.loadSplat(savedRow, 4));
      const normalAt = (j: I32) => F32x4.load(xRow.add(j)).sub(center).mul(inverse);
      const [sums, dots] = [fn.variable(F32x4, F32x4.splat(0)), fn.variable(F32x4, F32x4.splat(0))];
      // The pads of dy are zero, and so are those of all products with it.
      fn.loop(0, 4 * padded(features), 16, (j) => {
        const normal = fn.let(normalAt(j));
        const through = fn.let(F32x4.load(dyRow.add(j)));
        const scaled = fn.let(through.mul(F32x4.load(gamma.add(j))));
        sums.set(sums.get.add(scaled));
        dots.set(scaled.mulAdd(normal, dots.get));
        if (options.dGamma) fn.store(dGamma.add(j), through.mulAdd(normal, F32x4.load(dGamma.add(j))));
      });
      if (!options.dx) return;
      const mean = fn.let(
        sums.get
          .sum()
          .mul(1 / features)
          .splat(),
      );
      const dot = fn.let(
        dots.get
          .sum()
          .mul(1 / features)
          .splat(),
      );
      if (!options.add) {
        for (let v = padded(features) - 8; v < padded(features); v += 4) fn.store(dxRow, F32x4.splat(0), 4 * v);
      }
      realVectors(fn, dyRow, features, F32x4.splat(0), (through, j) => {
        const scaled = through.mul(F32x4.load(gamma.add(j)));
        const value = fn.let(scaled.sub(mean).sub(normalAt(j).mul(dot)).mul(inverse));
        const real = j.known === undefined ? value : tailMask(features, j.known / 16).keep(value);
        fn.store(dxRow.add(j), options.add ? F32x4.load(dxRow.add(j)).add(real) : real);
      });
    });
    return undefined;
  });
}
