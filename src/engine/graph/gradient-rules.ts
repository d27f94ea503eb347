// What few optimizers do: bound gradients by their norms, gather those of several steps, keep averages.

import { followWeights, meanGradients, putGradientsBy, sumOfSquares } from "../kernels/index.ts";
import { F32, F64, type Fn, type FunctionRef, I32, type Module } from "../wasm/index.ts";
import * as control from "./control.ts";
import { arrayNames, BLOCK_ENTRY, eachBlock, type Moment, scalarsOf, type Trained } from "./update.ts";

/** The factor of each weight's gradient that brings its norm, or the norm of all, to the limit. */
export function clipFactors(
  module: Module,
  fn: Fn,
  trained: Trained,
  clipping: { kind: "norm" | "globalNorm"; limit: number },
  { phases, thread }: Pick<Moment, "phases" | "thread">,
): void {
  const squares = fn.let(I32.load(I32.of(control.squares)));
  eachBlock(fn, phases, ({ offset, bytes, index }) => {
    const sum = fn.callFor(F64, sumOfSquares(module), offset.add(trained.layout.gradients), bytes);
    fn.store(squares.add(index.mul(8)), sum);
  });
  fn.if(thread.isZero(), () => {
    const table = fn.let(I32.load(I32.of(control.blocks)));
    const factors = fn.let(I32.load(I32.of(control.factors)));
    const norms = trained.layout.weights.filter((weight) => weight.trainable).length;
    fn.loop(0, norms, 1, (weight) => {
      const total = fn.variable(F64, F64.of(0));
      fn.loop(0, I32.load(I32.of(control.blockCount)), 1, (block) => {
        const own = I32.load(table.add(block.mul(BLOCK_ENTRY)), 8).equals(weight);
        const square = F64.load(squares.add(block.mul(8)));
        if (clipping.kind === "globalNorm") total.set(total.get.add(square));
        else fn.if(own, () => total.set(total.get.add(square)));
      });
      const norm = total.get.sqrt().max(F64.of(clipping.limit));
      fn.store(factors.add(weight.mul(4)), F64.of(clipping.limit).div(norm).toF32());
    });
  });
  phases.meet();
}

/** Where an array of the optimizer lies. */
function arrayAt({ layout, training }: Trained, name: string): number {
  return layout.slots + arrayNames(training!).indexOf(name) * layout.trainedBytes;
}

/** Whether this step moves the weights; if so, with the mean of all gradients since the last that did. */
export function gatherGradients(
  module: Module,
  fn: Fn,
  trained: Trained,
  moment: Pick<Moment, "phases" | "step">,
): I32 {
  const moves = fn.let(F32.load(scalarsOf(fn, moment.step), 16).greater(0));
  const kept = arrayAt(trained, "gradientAccumulator");
  eachBlock(fn, moment.phases, ({ offset, bytes }) => {
    const call = (kernel: FunctionRef) =>
      fn.call(kernel, offset.add(kept), offset.add(trained.layout.gradients), bytes);
    fn.if(
      moves,
      () => call(meanGradients(module, trained.training!.accumulates!)),
      () => call(putGradientsBy(module)),
    );
  });
  return moves;
}

/** Moves the average after the weights. */
export function averageWeights(
  module: Module,
  fn: Fn,
  trained: Trained,
  moment: Pick<Moment, "phases" | "step">,
): void {
  const scalars = scalarsOf(fn, moment.step);
  const average = arrayAt(trained, "average");
  eachBlock(fn, moment.phases, ({ offset, bytes }) => {
    fn.call(followWeights(module), offset.add(control.end), offset.add(average), scalars, bytes);
  });
}
