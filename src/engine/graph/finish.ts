// What follows the slices of a batch: the loss and metrics of all of them, and while training the weights' step.

import type { Late } from "../../base/index.ts";
import { reduceSlices, ruleNeeds } from "../kernels/index.ts";
import { F64, type Fn, I32, type Module } from "../wasm/index.ts";
import * as control from "./control.ts";
import type { Tallies } from "./emit.ts";
import { rareOps } from "./late.ts";
import type { WeightLayout } from "./layout.ts";
import type { BatchBuild, Stage } from "./op.ts";
import { cellCount, type Output, type SliceCells, scoredOutputs, sliceCells, sumOfCell } from "./score.ts";
import * as status from "./status.ts";
import type { Phases } from "./team.ts";
import { type Training, transposeWeight, updateWeights } from "./update.ts";

/** Gradients of one unit of the reduction. */
const REDUCE_BYTES = 16384;

/** Where the program is within a call. */
export interface StepState {
  readonly phases: Phases;
  readonly thread: I32;
  readonly step: I32;
  readonly batchRows: I32;
  readonly slices: I32;
  readonly tallies: Tallies;
}

/** Whether weights cost something by their size, or are brought back to it. */
const hasRules = ({ weights }: WeightLayout): boolean =>
  weights.some(({ trainable, penalty, constraint }) => trainable && (penalty ?? constraint) !== undefined);

const normed = ({ clipping }: Training) => (clipping && clipping.kind !== "value" ? clipping : undefined);

/** What must be loaded before the end of a batch is written. */
export function finishNeeds({ layout, training }: { layout: WeightLayout; training?: Training }): Late<unknown>[] {
  const rare = training && (normed(training) || training.accumulates || training.averages);
  return [...(rare || hasRules(layout) ? [rareOps] : []), ...(training ? ruleNeeds(training.rule) : [])];
}

/** Runs the stages of all ops: the first of each together, then the second... `once`: what runs a unit of one. */
export function runStages(
  fn: Fn,
  phases: Pick<Phases, "run">,
  build: BatchBuild,
  lists: readonly (readonly Stage[])[],
  once: (stage: Stage, build: BatchBuild, unit: I32) => void,
): void {
  const most = Math.max(0, ...lists.map((list) => list.length));
  for (let round = 0; round < most; round++) {
    const stages = lists.flatMap((list) => list.slice(round, round + 1));
    phases.run(
      stages.map((stage) => fn.let(stage.units(build))),
      ...stages.map((stage) => (unit: I32) => once(stage, build, unit)),
    );
  }
}

interface Judged {
  readonly layout: WeightLayout;
  readonly outputs: readonly Output[];
}

/**
 * Adds up the losses and metrics of the slices, and what the weights' sizes add to the loss; where that is not finite
 * all threads leave.
 */
export function judge(module: Module, fn: Fn, judged: Judged, build: BatchBuild, state: StepState): void {
  const { outputs, layout } = judged;
  const { phases, thread, step, batchRows, slices } = state;
  const scored = scoredOutputs(outputs);
  const cells = sliceCells(fn, slices);
  const means = scored.map(({ cell }) => {
    const counted = sumOfCell(fn, cells, cell + 1);
    return fn.let(sumOfCell(fn, cells, cell).div(counted.max(F64.of(1e-300))));
  });
  const weighed = means.map((mean, i) => (scored[i].weight === 1 ? mean : mean.mul(F64.of(scored[i].weight))));
  const penalties = hasRules(layout) && rareOps.loaded.sumPenalties(module, fn, layout, build, phases);
  const parts = penalties ? [...weighed, penalties] : weighed;
  const loss = fn.let(parts.slice(1).reduce((sum, part) => sum.add(part), parts[0]));
  // Every thread comes to the same verdict by itself.
  const bounded = loss.sub(loss).less(1);
  const losses = () => I32.load(I32.of(control.stepLosses)).add(step.mul(8));
  fn.if(bounded.isZero(), () => {
    fn.if(thread.isZero(), () => {
      fn.store(losses(), loss);
      fn.store(I32.of(control.stepsDone), step);
      fn.store(I32.of(control.status), I32.of(status.notFinite));
    });
    fn.return();
  });
  fn.if(thread.isZero(), () => {
    fn.store(losses(), loss);
    const totals = fn.let(I32.load(I32.of(control.totals)));
    const add = (index: number, value: F64) => fn.store(totals, F64.load(totals, 8 * index).add(value), 8 * index);
    const addMean = (cell: number, mean: F64) => {
      add(cell, mean.mul(batchRows.toF64()));
      add(cell + 1, batchRows.toF64());
    };
    addMean(0, loss);
    if (scored.length > 1) for (const [i, { cell }] of scored.entries()) addMean(cell, means[i]);
    for (const [i, { cell }] of scored.entries()) {
      addCells(fn, cells, cell + 2, scored[i + 1]?.cell ?? cellCount(outputs));
    }
  });
}

/** Adds up what the ops have counted in the slices, once these have been there and back. */
export function addTallies(fn: Fn, outputs: readonly Output[], { thread, slices, tallies }: StepState): void {
  const first = cellCount(outputs);
  if (tallies.slices.length === 0) return;
  const cells = sliceCells(fn, slices);
  fn.if(thread.isZero(), () => addCells(fn, cells, first, first + tallies.slices.length));
}

/** Adds the sums of some cells over the slices to the totals. */
function addCells(fn: Fn, cells: SliceCells, from: number, to: number): void {
  const totals = fn.let(I32.load(I32.of(control.totals)));
  fn.loop(from, to, 1, (cell) => {
    const total = fn.variable(F64, F64.of(0));
    const at = fn.let(cells.at.add(cell.mul(8)));
    fn.loop(0, cells.slices, 1, (s) => total.set(total.get.add(F64.load(at.add(s.mul(cells.bytes))))));
    const place = fn.let(totals.add(cell.mul(8)));
    fn.store(place, F64.load(place).add(total.get));
  });
}

/** Gradients of the whole batch, the optimizer, and the transposes for the next step. */
export function learn(
  module: Module,
  fn: Fn,
  trained: { readonly layout: WeightLayout; readonly training?: Training; readonly outputs: readonly Output[] },
  step: {
    readonly build: BatchBuild;
    readonly state: StepState;
    readonly lists: readonly (readonly Stage[])[];
    readonly apart: (stage: Stage, build: BatchBuild, unit: I32) => void;
    /** The gradients of the slices are divided by what was counted. */
    readonly scaled: boolean;
  },
): void {
  const { build, state, lists, apart, scaled } = step;
  const { layout } = trained;
  const { phases, slices } = state;
  const counted = scaled ? undefined : sumOfCell(fn, sliceCells(fn, slices), 1);
  const scale =
    counted &&
    F64.of(1)
      .div(counted.max(F64.of(1e-300)))
      .min(F64.of(1));
  const whole = scale ? { ...build, scale: fn.let(scale.toF32()) } : build;
  const reduce = layout.slicedBytes > 0 ? [[reduction(layout)]] : [];
  runStages(fn, phases, whole, [...reduce, ...lists], apart);
  const rules = hasRules(layout) ? rareOps.loaded : undefined;
  rules?.addPenalties(module, fn, layout, phases);
  const training = trained.training!;
  const clipping = normed(training);
  const move = () => {
    if (clipping) rareOps.loaded.clipFactors(module, fn, trained, clipping, state);
    updateWeights(module, fn, trained, state);
  };
  if (training.accumulates) fn.if(rareOps.loaded.gatherGradients(module, fn, trained, state), move);
  else move();
  if (training.averages) rareOps.loaded.averageWeights(module, fn, trained, state);
  rules?.constrainWeights(module, fn, layout, phases);
  const turned = layout.weights.filter((weight) => weight.transposed && weight.trainable);
  phases.run(
    turned.map(() => I32.of(1)),
    ...turned.map((weight) => () => transposeWeight(module, fn, layout, weight)),
  );
}

/** The sums over the slices' gradients. */
function reduction(layout: WeightLayout): Stage {
  return {
    units: () => I32.of(Math.ceil(layout.slicedBytes / REDUCE_BYTES)),
    run: ({ module, fn, slices, scale }, unit) => {
      const offset = fn.let(unit.mul(REDUCE_BYTES));
      const from = I32.load(I32.of(control.sliceGradients)).add(offset);
      const distance = I32.load(I32.of(control.sliceGradientBytes));
      const bytes = I32.of(layout.slicedBytes).sub(offset).min(REDUCE_BYTES);
      fn.call(reduceSlices(module), offset.add(layout.gradients), from, distance, slices, scale, bytes);
    },
  };
}
