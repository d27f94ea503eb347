import {
  gatherRows,
  gatherTokens,
  type LossKernel,
  lossRows,
  type MetricKernel,
  metricCells,
  metricRows,
  scatterRows,
  stride,
} from "../kernels/index.ts";
import { I32 } from "../wasm/index.ts";
import { control } from "./control.ts";
import type { Build } from "./op.ts";
import { ActivationOp } from "./ops/activation.ts";
import type { Value } from "./value.ts";

/** What a model's output is compared with and how. */
export interface Objective {
  readonly loss: LossKernel;
  readonly metrics: readonly MetricKernel[];
}

/** Float64 cells of a slice: the loss's two, then each metric's. */
export const cellCount = (objective: Objective): number =>
  2 + objective.metrics.reduce((sum, metric) => sum + metricCells(metric), 0);

/** Targets are class numbers rather than rows like the output. */
export const classTargets = (objective: Objective): boolean => objective.loss.kind === "sparseCategoricalCrossentropy";

/**
 * Where the loss is taken: on logits when the output is a sigmoid or softmax of them and the loss its crossentropy,
 * as Keras on TensorFlow does; it neither overflows nor loses digits.
 */
function lossInput(output: Value, loss: LossKernel): { value: Value; loss: LossKernel } {
  const { op } = output;
  if (!("fromLogits" in loss) || loss.fromLogits || !(op instanceof ActivationOp)) return { value: output, loss };
  const matching = loss.kind === "binaryCrossentropy" ? "sigmoid" : "softmax";
  if (op.function !== matching) return { value: output, loss };
  return { value: op.inputs[0], loss: { ...loss, fromLogits: true } };
}

/** Adds the loss and metrics of a slice to its cells; while training, writes the gradient of the output. */
export function score(build: Build, output: Value, objective: Objective, cells: I32): void {
  const { module, fn, rows, firstRow, order } = build;
  const { value, loss } = lossInput(output, objective.loss);
  const masked = output.mask !== undefined && output.kind === "sequence";
  const mask = masked ? build.address(output.mask!) : I32.of(0);
  const count = build.places(output);
  const steps = output.axis ? build.steps(output.axis) : I32.of(1);
  const sparse = classTargets(objective);
  const width = sparse ? 1 : output.features;
  const bytes = sparse ? 4 : 4 * stride(output.features);
  const size = output.axis ? { rowStep: bytes, axis: output.axis } : { row: bytes };
  const targets = build.buffer(objective, "targets", size);
  const from = I32.load(I32.of(control.targets)).add(firstRow.mul(steps).mul(4 * width));
  fn.call((sparse ? gatherTokens(module) : gatherRows(module, width)).index, from, targets, order, rows, steps);
  const gradient = build.keep ? build.target(value) : undefined;
  const kernel = lossRows(module, loss, output.features, { masked, gradient: gradient !== undefined });
  fn.call(kernel.index, build.address(value), targets, gradient?.address ?? I32.of(0), mask, cells, count);
  const predictions = objective.metrics.length > 0 ? build.address(output) : I32.of(0);
  let cell = 2;
  for (const metric of objective.metrics) {
    const counter = metricRows(module, metric, output.features, { masked, sparseTargets: sparse });
    fn.call(counter.index, predictions, targets, mask, cells.add(8 * cell), count);
    cell += metricCells(metric);
  }
}

/** Copies a slice's outputs to where they are read from, in the user's order. */
export function deliver(build: Build, output: Value): void {
  const { module, fn, rows, firstRow, order } = build;
  const steps = output.axis ? build.steps(output.axis) : I32.of(1);
  const to = I32.load(I32.of(control.outputs)).add(firstRow.mul(steps).mul(4 * output.features));
  fn.call(scatterRows(module, output.features).index, build.address(output), to, order, rows, steps);
}
