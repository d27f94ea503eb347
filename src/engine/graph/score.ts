import type { Late } from "../../base/index.ts";
import {
  gatherRows,
  gatherTokens,
  type LossKernel,
  lossNeeds,
  lossRows,
  type MetricKernel,
  metricBlock,
  metricCells,
  metricNeeds,
  metricRows,
  outputBlocks,
  scatterRows,
  stride,
  takesClassNumbers,
} from "../kernels/index.ts";
import { F64, type Fn, I32 } from "../wasm/index.ts";
import * as control from "./control.ts";
import { valueSize } from "./emit.ts";
import { rareOps } from "./late.ts";
import type { Build, Size } from "./op.ts";
import { ActivationOp } from "./ops/activation.ts";
import type { Value } from "./value.ts";

/** What a model's output is compared with and how. */
export interface Objective {
  readonly loss: LossKernel;
  readonly metrics: readonly MetricKernel[];
  /** Metrics from this place on count each row by its weight. Default: none. */
  readonly firstWeighted?: number;
}

/** Features of a target, of which the output may have several blocks. */
export const targetFeatures = ({ loss }: Objective, output: Value): number => output.features / outputBlocks(loss);

/** A value that a program gives out. */
export interface Output {
  readonly value: Value;
  /** Without one the value is predicted and never compared. */
  readonly objective?: Objective;
  /** The share of its loss in the loss of all. Default 1. */
  readonly weight?: number;
}

/** An output that is compared, with its place among all outputs and its first cell. */
export interface Scored {
  readonly value: Value;
  readonly objective: Objective;
  readonly weight: number;
  readonly index: number;
  readonly cell: number;
}

const blockCells = (objective: Objective, value: Value): number =>
  2 + objective.metrics.reduce((sum, metric) => sum + metricCells(metric, targetFeatures(objective, value)), 0);

/**
 * The outputs that are compared. Where there are several, two cells come before those of the first: the loss of all and
 * the rows it was taken over.
 */
export function scoredOutputs(outputs: readonly Output[]): Scored[] {
  const compared = outputs.flatMap(({ value, objective, weight = 1 }, index) =>
    objective ? [{ value, objective, weight, index }] : [],
  );
  let next = compared.length > 1 ? 2 : 0;
  return compared.map((output) => {
    const cell = next;
    next += blockCells(output.objective, output.value);
    return { ...output, cell };
  });
}

/** Float64 cells of a slice: for each output its loss's two, then each metric's. */
export function cellCount(outputs: readonly Output[]): number {
  const last = scoredOutputs(outputs).at(-1);
  return last ? last.cell + blockCells(last.objective, last.value) : 0;
}

/**
 * Whether the gradients of the losses wait until all slices are counted: one loss can be divided by its count behind
 * the slices, several with counts of their own (those of their masks) cannot.
 */
export const weighsLosses = (scored: readonly Scored[]): boolean =>
  scored.length > 1 || scored.some(({ weight }) => weight !== 1);

/** What must be loaded before losses and metrics are written. */
export const scoreNeeds = (scored: readonly Scored[]): readonly Late<unknown>[] => [
  ...(weighsLosses(scored) ? [rareOps] : []),
  ...scored.flatMap(({ objective: { loss, metrics } }) => [...lossNeeds(loss), ...metrics.flatMap(metricNeeds)]),
];

/**
 * Where the loss is taken: on logits when the output is a sigmoid or softmax of them and the loss its crossentropy,
 * as Keras on TensorFlow does; it neither overflows nor loses digits.
 */
export function lossInput(output: Value, loss: LossKernel): { value: Value; loss: LossKernel } {
  const { op } = output;
  if (!("fromLogits" in loss) || loss.fromLogits || !(op instanceof ActivationOp)) return { value: output, loss };
  // Keras computes the focal loss over classes from the probabilities, clipped.
  if (loss.kind === "categoricalFocalCrossentropy") return { value: output, loss };
  const binary = loss.kind === "binaryCrossentropy" || loss.kind === "binaryFocalCrossentropy";
  if (op.function !== (binary ? "sigmoid" : "softmax")) return { value: output, loss };
  return { value: op.inputs[0], loss: { ...loss, fromLogits: true } };
}

/** Where the gradient of a loss waits for its weight. */
export const waiting = (build: Build, { objective, value }: Scored): I32 =>
  build.buffer(objective, "gradient", valueSize(value));

/**
 * Adds the loss and metrics of a slice to its cells; while training, writes the gradient of the output. `weighted`: each
 * row, or step, has a weight by which its loss is multiplied. `waits`: the gradient is not written yet, but to where
 * `weigh` finds it.
 */
export function score(
  build: Build,
  scored: Scored,
  cells: I32,
  { weighted, waits }: { readonly weighted: boolean; readonly waits: boolean },
): void {
  const { module, fn, rows, firstRow, order } = build;
  const { value: output, objective, index } = scored;
  const { value, loss } = lossInput(output, objective.loss);
  const masked = output.mask !== undefined && output.kind === "sequence";
  const mask = masked ? build.address(output.mask!) : I32.of(0);
  const count = build.places(output);
  const steps = output.axis ? build.steps(output.axis) : I32.of(1);
  const sparse = takesClassNumbers(loss);
  const features = targetFeatures(objective, output);
  const width = sparse ? 1 : features;
  const bytes = sparse ? 4 : 4 * stride(features);
  const targets = build.buffer(objective, "targets", placeSize(output, bytes));
  const from = I32.load(I32.of(control.targets + 4 * index)).add(firstRow.mul(steps).mul(4 * width));
  fn.call(sparse ? gatherTokens(module) : gatherRows(module, width), from, targets, order, rows, steps);
  const weights = weighted ? build.buffer(objective, "weights", placeSize(output, 4)) : I32.of(0);
  if (weighted) {
    const staged = I32.load(I32.of(control.rowWeights + 4 * index)).add(firstRow.mul(steps).mul(4));
    fn.call(gatherTokens(module), staged, weights, order, rows, steps);
  }
  const own = scored.cell === 0 ? cells : fn.let(cells.add(8 * scored.cell));
  const learns = build.keep && value.differentiable;
  const gradient = !learns ? undefined : waits ? waiting(build, scored) : build.target(value)?.address;
  const kernel = lossRows(module, loss, output.features, { masked, gradient: gradient !== undefined, weighted });
  fn.call(kernel, build.address(value), targets, gradient ?? I32.of(0), mask, weights, own, count);
  const block = 4 * features * metricBlock(loss);
  const predictions = objective.metrics.length > 0 ? build.address(output).add(block) : I32.of(0);
  const options = { masked, sparseTargets: sparse, distance: stride(output.features) };
  const { firstWeighted = objective.metrics.length } = objective;
  let cell = 2;
  for (const [place, metric] of objective.metrics.entries()) {
    const counts = { ...options, weighted: weighted && place >= firstWeighted };
    const counter = metricRows(module, metric, features, counts);
    fn.call(counter, predictions, targets, mask, weights, own.add(8 * cell), count);
    cell += metricCells(metric, features);
  }
}

/** Bytes for each row, or step, of an output. */
const placeSize = ({ axis }: Value, bytes: number): Size => (axis ? { rowStep: bytes, axis } : { row: bytes });

/** The cells of all slices. */
export interface SliceCells {
  readonly at: I32;
  readonly bytes: I32;
  readonly slices: I32;
}

export const sliceCells = (fn: Fn, slices: I32): SliceCells => ({
  at: fn.let(I32.load(I32.of(control.cells))),
  bytes: fn.let(I32.load(I32.of(control.cellBytes))),
  slices,
});

/** The sum of a cell over the slices. */
export function sumOfCell(fn: Fn, { at, bytes, slices }: SliceCells, cell: number): F64 {
  const total = fn.variable(F64, F64.of(0));
  fn.loop(0, slices, 1, (s) => total.set(total.get.add(F64.load(at.add(s.mul(bytes)), 8 * cell))));
  return total.get;
}

/** Copies a slice's outputs to where they are read from, in the user's order. */
export function deliver(build: Build, output: Value, index: number): void {
  const { module, fn, rows, firstRow, order } = build;
  const steps = output.axis ? build.steps(output.axis) : I32.of(1);
  const to = I32.load(I32.of(control.outputs + 4 * index)).add(firstRow.mul(steps).mul(4 * output.features));
  fn.call(scatterRows(module, output.features), build.address(output), to, order, rows, steps);
}
