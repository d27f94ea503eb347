// Runs a stack of layers on one batch in float64: outputs, loss and every gradient.

import type { LossKernel } from "../kernels/index.ts";
import { lossTwin } from "../kernels/loss.twin.ts";
import { type Flow, type LayerOptions, LayersTwin } from "./layers.twin.ts";
import { type Input, isSequence, isTokens, type Layer, type Stack } from "./stack.twin.ts";
import { type Node, Tape } from "./tape.twin.ts";

export interface Batch {
  readonly rows: number;
  /** [row][step][feature], or tokens [row][step]. */
  readonly x: ArrayLike<number>;
  /** [row][step][feature] like the output, or classes [row][step]. */
  readonly y: ArrayLike<number>;
}

export interface Interpretation {
  /** [row][step][feature]. */
  readonly output: Float64Array;
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float64Array>;
  /** What is not trained and yet changes at a step of training: the values after it. */
  readonly moved: ReadonlyMap<string, Float64Array>;
}

export interface Options extends LayerOptions {
  readonly loss?: LossKernel;
  /** Instead of a mask from tokens: which steps of each row count. */
  readonly mask?: (row: number, step: number) => boolean;
  /** What becomes of every number computed. */
  readonly round?: (x: number) => number;
  /** Gradient of the output, [row][step][feature], instead of a loss. */
  readonly cotangent?: ArrayLike<number>;
}

export type TwinWeights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>;

export function interpret(stack: Stack, weights: TwinWeights, batch: Batch, options: Options = {}): Interpretation {
  const tape = new Tape(options.round);
  const { rows } = batch;
  const leaves = leavesOf(tape, weights);
  const layers = new LayersTwin(tape, leaves, rows, options);
  const steps = isSequence(stack.input) ? stack.steps : 1;
  let flow = inputFlow(tape, stack.input, leaves.get("table/embeddings"), batch, steps);
  if (options.mask) flow = { ...flow, mask: each(steps, (t) => each(rows, (row) => options.mask!(row, t))) };
  let before = flow;
  stack.layers.forEach((layer, index) => {
    before = flow;
    flow = layers.behind(layer, `${index}`, flow);
  });
  const output = numbersOf(flow, rows);
  const { cotangent } = options;
  let loss = 0;
  if (options.loss) loss = scoreTwin(options.loss, stack.layers.at(-1), { flow, before }, batch);
  else if (cotangent) {
    const { values } = flow;
    const width = values[0].columns;
    for (let i = 0; i < output.length; i++) {
      const [place, j] = [Math.floor(i / width), i % width];
      values[place % values.length].gradient[Math.floor(place / values.length) * width + j] = cotangent[i];
      loss += output[i] * cotangent[i];
    }
  }
  tape.back();
  const gradients = new Map([...leaves].map(([path, node]) => [path, node.gradient]));
  return { output, loss, gradients, moved: layers.moved };
}

const each = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));

export function leavesOf(tape: Tape, weights: TwinWeights): Map<string, Node> {
  const leaves = new Map<string, Node>();
  for (const [path, { shape, data }] of weights) {
    const columns = shape.at(-1) ?? 1;
    leaves.set(path, tape.node(data.length / columns, columns, data));
  }
  return leaves;
}

/** What an input gives; `table`: where it takes tokens. */
export function inputFlow(
  tape: Tape,
  input: Input,
  table: Node | undefined,
  { rows, x }: Pick<Batch, "rows" | "x">,
  steps: number,
): Flow {
  const sequence = isSequence(input);
  if (isTokens(input)) {
    const token = (row: number, t: number) => x[row * steps + t];
    const values = each(steps, (t) =>
      tape.rowsOf(
        table!,
        each(rows, (row) => token(row, t)),
      ),
    );
    const mask = input.maskZero ? each(steps, (t) => each(rows, (row) => token(row, t) !== 0)) : undefined;
    return { values, mask, sequence };
  }
  const { features } = input;
  const values = each(steps, (t) => {
    const at = (i: number) => x[(Math.floor(i / features) * steps + t) * features + (i % features)];
    return tape.node(rows, features, each(rows * features, at));
  });
  return { values, mask: undefined, sequence };
}

/** [row][step][feature]. */
export function numbersOf({ values }: Flow, rows: number): Float64Array {
  const width = values[0].columns;
  const output = new Float64Array(rows * values.length * width);
  values.forEach((value, t) => {
    for (let row = 0; row < rows; row++) {
      output.set(value.value.subarray(row * width, (row + 1) * width), (row * values.length + t) * width);
    }
  });
  return output;
}

/** The loss of an output, whose slopes are added to its gradient. `last`: its last layer, `before`: what that reads. */
export function scoreTwin(
  loss: LossKernel,
  last: Layer | undefined,
  { flow, before }: { readonly flow: Flow; readonly before: Flow },
  { rows, y }: Pick<Batch, "rows" | "y">,
): number {
  const { values, mask, sequence } = flow;
  const width = values[0].columns;
  const { kernel, scored } = scoredValues(loss, last, values, before.values);
  let sum = 0;
  let counted = 0;
  const parts: (() => void)[] = [];
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < values.length; t++) {
      if (sequence && mask && !mask[t][row]) continue;
      counted++;
      const p = [...scored[t].value.subarray(row * width, (row + 1) * width)];
      const place = row * values.length + t;
      const target = kernel.kind === "sparseCategoricalCrossentropy" ? y[place] : p.map((_, j) => y[place * width + j]);
      sum += lossTwin(kernel, p, target);
      parts.push(() => {
        const slopes = lossSlopes(kernel, p, target);
        slopes.forEach((slope, j) => {
          scored[t].gradient[row * width + j] += slope / counted;
        });
      });
    }
  }
  for (const part of parts) part();
  return sum / Math.max(1, counted);
}

/** A crossentropy straight behind its sigmoid or softmax is taken on the logits, as Keras on TensorFlow does. */
function scoredValues(loss: LossKernel, last: Layer | undefined, values: readonly Node[], before: readonly Node[]) {
  const matching = loss.kind === "binaryCrossentropy" ? "sigmoid" : "softmax";
  if (!("fromLogits" in loss) || loss.fromLogits || last?.layer !== "activation" || last.function !== matching) {
    return { kernel: loss, scored: values };
  }
  return { kernel: { ...loss, fromLogits: true }, scored: before };
}

/** Slopes of a row's loss, by differences of its twin; the loss is smooth where the tests look. */
function lossSlopes(kernel: LossKernel, p: readonly number[], target: readonly number[] | number): number[] {
  return p.map((value, j) => {
    const eps = 1e-5 * Math.max(1, Math.abs(value));
    const at = (x: number) =>
      lossTwin(
        kernel,
        p.map((other, k) => (k === j ? x : other)),
        target,
      );
    return (at(value + eps) - at(value - eps)) / (2 * eps);
  });
}
