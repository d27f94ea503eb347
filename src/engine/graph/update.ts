import { STEP_SCALARS, slots, transpose, type UpdateRule, update } from "../kernels/index.ts";
import { type Fn, I32, type Module } from "../wasm/index.ts";
import * as control from "./control.ts";
import type { WeightLayout } from "./layout.ts";
import type { Phases } from "./team.ts";
import { panelBytes, type Weight } from "./weight.ts";

/** How gradients are bounded, as in Keras: each element, each weight's norm, or the norm of all. */
export type Clipping =
  | { readonly kind: "value"; readonly limit: number }
  | { readonly kind: "norm" | "globalNorm"; readonly limit: number };

export interface Training {
  readonly rule: UpdateRule;
  readonly clipping?: Clipping;
  /** Weights lose a share of themselves at every step. */
  readonly decays: boolean;
  /** Weights are moved once in so many steps, by the mean of their gradients. Default: at every step. */
  readonly accumulates?: number;
  /** An average of the weights is kept. Default false. */
  readonly averages?: boolean;
}

/** The arrays kept for each weight, by name, in their order in memory. */
export const arrayNames = ({ rule, accumulates, averages }: Training): readonly string[] => [
  ...slots(rule),
  ...(accumulates ? ["gradientAccumulator"] : []),
  ...(averages ? ["average"] : []),
];

/** What is trained, and how. */
export interface Trained {
  readonly layout: WeightLayout;
  readonly training?: Training;
}

/** Which thread is at which step of a call. */
export interface Moment {
  readonly phases: Phases;
  readonly thread: I32;
  readonly step: I32;
}

/** Weights of one unit of the update. */
export const UPDATE_BYTES = 65536;

/** Renews the transpose that the next step's backward pass reads. */
export function transposeWeight(module: Module, fn: Fn, layout: WeightLayout, weight: Weight): void {
  const { parts, rows, columns } = weight.transposed!;
  const kernel = transpose(module, rows, columns, parts);
  const [from, to] = [layout.address(weight), layout.transposed(weight)];
  fn.loop(0, parts, 1, (part) => {
    fn.call(kernel, part.mul(panelBytes(rows)).add(from), part.mul(panelBytes(columns)).add(to));
  });
}

/** Bytes of an entry of the table of blocks: offset into the trained run, bytes, number of the weight. */
export const BLOCK_ENTRY = 12;

/** Runs the body for each block of the trained run: blocks do not cross weights where norms are taken. */
export function eachBlock(
  fn: Fn,
  phases: Phases,
  body: (block: { offset: I32; bytes: I32; weight: I32; index: I32 }) => void,
): void {
  const table = fn.let(I32.load(I32.of(control.blocks)));
  phases.run(I32.load(I32.of(control.blockCount)), (index) => {
    const entry = fn.let(table.add(index.mul(BLOCK_ENTRY)));
    const [offset, bytes, weight] = [0, 4, 8].map((word) => fn.let(I32.load(entry, word)));
    body({ offset, bytes, weight, index });
  });
}

export function updateWeights(
  module: Module,
  fn: Fn,
  trained: Trained,
  { phases, step }: Pick<Moment, "phases" | "step">,
): void {
  const { layout, training } = trained;
  const { rule, clipping, decays } = training!;
  const kernel = update(module, rule, {
    slotBytes: layout.trainedBytes,
    clip: clipping?.kind === "value" ? clipping.limit : undefined,
    scaled: clipping !== undefined && clipping.kind !== "value",
    decays,
  });
  const scalars = scalarsOf(fn, step);
  const factors = fn.let(I32.load(I32.of(control.factors)));
  eachBlock(fn, phases, ({ offset, bytes, weight }) => {
    const weights = offset.add(control.end);
    const state = offset.add(layout.slots);
    fn.call(kernel, weights, offset.add(layout.gradients), state, scalars, factors.add(weight.mul(4)), bytes);
  });
}

export const scalarsOf = (fn: Fn, step: I32): I32 =>
  fn.let(I32.load(I32.of(control.stepScalars)).add(step.mul(4 * STEP_SCALARS)));
