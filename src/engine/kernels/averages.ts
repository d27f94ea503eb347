// Gradients of several steps together, and averages of weights over steps.

import { F32, F32x4, type FunctionRef, I32, type Module } from "../wasm/index.ts";

/** Puts gradients by for a later step: `call(kept, gradients, bytes)`; they are zero afterwards. */
export function putGradientsBy(module: Module): FunctionRef {
  return module.function("putGradientsBy", [I32, I32, I32], (fn, kept, gradients, bytes) => {
    fn.loop(0, bytes, 16, (i) => {
      fn.store(kept.add(i), F32x4.load(kept.add(i)).add(F32x4.load(gradients.add(i))));
      fn.store(gradients.add(i), fn.splat(0));
    });
    return undefined;
  });
}

/** The mean of gradients and those put by, over so many steps: `call(kept, gradients, bytes)`; kept are then zero. */
export function meanGradients(module: Module, steps: number): FunctionRef {
  return module.function(`meanGradients ${steps}`, [I32, I32, I32], (fn, kept, gradients, bytes) => {
    fn.loop(0, bytes, 16, (i) => {
      const sum = F32x4.load(gradients.add(i)).add(F32x4.load(kept.add(i)));
      fn.store(gradients.add(i), sum.div(fn.splat(steps)));
      fn.store(kept.add(i), fn.splat(0));
    });
    return undefined;
  });
}

/**
 * Moves an average after the weights: `call(weights, average, scalars, bytes)`; scalars hold [.., .., momentum,
 * overwrite]: the average keeps the share momentum of itself, and where overwrite is above 0 it becomes the weights.
 */
export function followWeights(module: Module): FunctionRef {
  return module.function("followWeights", [I32, I32, I32, I32], (fn, weights, average, scalars, bytes) => {
    const momentum = fn.let(F32x4.loadSplat(scalars, 8));
    const rest = fn.let(F32x4.splat(F32.of(1).sub(F32.load(scalars, 8))));
    const overwrite = fn.let(F32x4.loadSplat(scalars, 12).greater(fn.splat(0)));
    fn.loop(0, bytes, 16, (i) => {
      const w = fn.let(F32x4.load(weights.add(i)));
      const moved = fn.let(F32x4.load(average.add(i)).mul(momentum).add(w.mul(rest)));
      fn.store(average.add(i), moved);
      fn.store(weights.add(i), overwrite.select(moved, w));
    });
    return undefined;
  });
}
