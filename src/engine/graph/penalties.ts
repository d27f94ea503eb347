// What weights cost by their size, and what they are brought back to after a step.

import { type Constraint, keepPositive, penaltySlope, penaltySum } from "../kernels/index.ts";
import { F64, type Fn, I32, type Module } from "../wasm/index.ts";
import type { WeightLayout } from "./layout.ts";
import { boundNorms } from "./norms.ts";
import type { BatchBuild } from "./op.ts";
import type { Phases } from "./team.ts";
import type { Weight } from "./weight.ts";

/** Bytes of one unit of the sums. */
const PENALTY_BYTES = 65536;

/** The trained weights that cost something. */
const penalised = (layout: WeightLayout): Weight[] =>
  layout.weights.filter(({ trainable, penalty }) => trainable && penalty !== undefined);

const unitsOf = ({ size }: Weight): number => Math.ceil((4 * size) / PENALTY_BYTES);

/** Runs a body for each part of each penalised weight: its bytes from the weight's first, and its number among all. */
function eachPart(
  phases: Phases,
  weights: readonly Weight[],
  body: (weight: Weight, part: { from: I32; bytes: I32; index: I32 }) => void,
): void {
  let before = 0;
  const bodies = weights.map((weight) => {
    const first = before;
    before += unitsOf(weight);
    return (unit: I32) => {
      const from = unit.mul(PENALTY_BYTES);
      body(weight, {
        from,
        bytes: I32.of(4 * weight.size)
          .sub(from)
          .min(PENALTY_BYTES),
        index: unit.add(first),
      });
    };
  });
  phases.run(
    weights.map((weight) => I32.of(unitsOf(weight))),
    ...bodies,
  );
}

/** The sum of all penalties, the same for every thread; undefined where no weight costs anything. */
export function sumPenalties(
  module: Module,
  fn: Fn,
  layout: WeightLayout,
  build: Pick<BatchBuild, "batchBuffer">,
  phases: Phases,
): F64 | undefined {
  const weights = penalised(layout);
  if (weights.length === 0) return undefined;
  const count = weights.reduce((sum, weight) => sum + unitsOf(weight), 0);
  const sums = build.batchBuffer(layout, "penalties", { fixed: 8 * count });
  eachPart(phases, weights, (weight, { from, bytes, index }) => {
    const kernel = penaltySum(module, weight.penalty!);
    fn.store(sums.add(index.mul(8)), fn.callFor(F64, kernel, from.add(layout.address(weight)), bytes));
  });
  const total = fn.variable(F64, F64.of(0));
  fn.loop(0, 8 * count, 8, (i) => total.set(total.get.add(F64.load(sums.add(i)))));
  return total.get;
}

/** Adds the penalties' slopes to the gradients of the batch. */
export function addPenalties(module: Module, fn: Fn, layout: WeightLayout, phases: Phases): void {
  eachPart(phases, penalised(layout), (weight, { from, bytes }) => {
    const kernel = penaltySlope(module, weight.penalty!);
    const at = fn.let(from);
    const gradient = at.add(layout.gradients + layout.offset(weight));
    fn.call(kernel, at.add(layout.address(weight)), gradient, bytes);
  });
}

/** Brings the weights back to what they may be. */
export function constrainWeights(module: Module, fn: Fn, layout: WeightLayout, phases: Phases): void {
  const weights = layout.weights.filter(({ trainable, constraint }) => trainable && constraint !== undefined);
  phases.run(
    weights.map(() => I32.of(1)),
    ...weights.map((weight) => () => constrain(module, fn, weight, weight.constraint!, layout.address(weight))),
  );
}

function constrain(module: Module, fn: Fn, weight: Weight, constraint: Constraint, address: number): void {
  const bytes = I32.of(4 * weight.size);
  if (constraint.kind === "nonNeg") {
    fn.call(keepPositive(module), I32.of(address), bytes);
    return;
  }
  boundNorms(module, fn, weight, constraint, address);
}
