import {
  gatherRows,
  gatherTokens,
  type LossKernel,
  lossRows,
  type MetricKernel,
  metricBlock,
  metricCells,
  metricRows,
  outputBlocks,
  scatterRows,
  stride,
  takesClassNumbers,
} from "../kernels/index.ts";
import { I32 } from "../wasm/index.ts";
import { control } from "./control.ts";
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

/** Float64 cells of a slice: the loss's two, then each metric's. */
export const cellCount = (objective: Objective, output: Value): number =>
  2 + objective.metrics.reduce((sum, metric) => sum + metricCells(metric, targetFeatures(objective, output)), 0);

/**
 * Where the loss is taken: on logits when the output is a sigmoid or softmax of them and the loss its crossentropy,
 * as Keras on TensorFlow does; it neither overflows nor loses digits.
 */
function lossInput(output: Value, loss: LossKernel): { value: Value; loss: LossKernel } {
  const { op } = output;
  if (!("fromLogits" in loss) || loss.fromLogits || !(op instanceof ActivationOp)) return { value: output, loss };
  // Keras computes the focal loss over classes from the probabilities, clipped.
  if (loss.kind === "categoricalFocalCrossentropy") return { value: output, loss };
  const binary = loss.kind === "binaryCrossentropy" || loss.kind === "binaryFocalCrossentropy";
  if (op.function !== (binary ? "sigmoid" : "softmax")) return { value: output, loss };
  return { value: op.inputs[0], loss: { ...loss, fromLogits: true } };
}

/**
 * Adds the loss and metrics of a slice to its cells; while training, writes the gradient of the output. `weighted`: each
 * row, or step, has a weight by which its loss is multiplied.
 */
export function score(build: Build, output: Value, objective: Objective, cells: I32, weighted: boolean): void {
  const { module, fn, rows, firstRow, order } = build;
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
  const from = I32.load(I32.of(control.targets)).add(firstRow.mul(steps).mul(4 * width));
  fn.call((sparse ? gatherTokens(module) : gatherRows(module, width)).index, from, targets, order, rows, steps);
  const weights = weighted ? build.buffer(objective, "weights", placeSize(output, 4)) : I32.of(0);
  if (weighted) {
    const staged = I32.load(I32.of(control.rowWeights)).add(firstRow.mul(steps).mul(4));
    fn.call(gatherTokens(module).index, staged, weights, order, rows, steps);
  }
  const gradient = build.keep ? build.target(value) : undefined;
  const kernel = lossRows(module, loss, output.features, { masked, gradient: gradient !== undefined, weighted });
  fn.call(kernel.index, build.address(value), targets, gradient?.address ?? I32.of(0), mask, weights, cells, count);
  const block = 4 * features * metricBlock(loss);
  const predictions = objective.metrics.length > 0 ? build.address(output).add(block) : I32.of(0);
  const options = { masked, sparseTargets: sparse, distance: stride(output.features) };
  const { firstWeighted = objective.metrics.length } = objective;
  let cell = 2;
  for (const [index, metric] of objective.metrics.entries()) {
    const counts = { ...options, weighted: weighted && index >= firstWeighted };
    const counter = metricRows(module, metric, features, counts);
    fn.call(counter.index, predictions, targets, mask, weights, cells.add(8 * cell), count);
    cell += metricCells(metric, features);
  }
}

/** Bytes for each row, or step, of an output. */
const placeSize = ({ axis }: Value, bytes: number): Size => (axis ? { rowStep: bytes, axis } : { row: bytes });

/** Copies a slice's outputs to where they are read from, in the user's order. */
export function deliver(build: Build, output: Value): void {
  const { module, fn, rows, firstRow, order } = build;
  const steps = output.axis ? build.steps(output.axis) : I32.of(1);
  const to = I32.load(I32.of(control.outputs)).add(firstRow.mul(steps).mul(4 * output.features));
  fn.call(scatterRows(module, output.features).index, build.address(output), to, order, rows, steps);
}
