// Runs a stack of layers on one batch in float64: outputs, loss and every gradient.

import { type ActivationTable, defined } from "../kernels/activation.twin.ts";
import type { LossKernel } from "../kernels/index.ts";
import { lossTwin } from "../kernels/loss.twin.ts";
import { attentionTwin } from "./attention.twin.ts";
import { recurrentTwin } from "./cells.twin.ts";
import { drawnFactors, type Factors, keepFactors, stepFactors } from "./factors.twin.ts";
import { testCell, testRows } from "./formula/cells.twin.ts";
import { evaluateTerms } from "./formula/evaluate.twin.ts";
import {
  type FormulaLayer,
  halves,
  isSequence,
  isTokens,
  type Layer,
  type MergeKind,
  otherWay,
  type RecurrentLayer,
  type Stack,
} from "./stack.twin.ts";
import { type Node, Tape } from "./tape.twin.ts";
import { convolutionTwin, poolTwin, regroupTwin } from "./windows.twin.ts";

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

interface Options {
  readonly loss?: LossKernel;
  /** What training drops; without it nothing is dropped. */
  readonly iteration?: number;
  /** Instead of masks from the counter. */
  readonly factors?: Factors;
  /** Instead of a mask from tokens: which steps of each row count. */
  readonly mask?: (row: number, step: number) => boolean;
  /** Instead of the activations' definitions. */
  readonly functions?: ActivationTable;
  /** What becomes of every number computed. */
  readonly round?: (x: number) => number;
  /** Gradient of the output, [row][step][feature], instead of a loss. */
  readonly cotangent?: ArrayLike<number>;
}

export type TwinWeights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>;

export function interpret(stack: Stack, weights: TwinWeights, batch: Batch, options: Options = {}): Interpretation {
  const tape = new Tape(options.round);
  const { functions = defined } = options;
  const { rows } = batch;
  const steps = isSequence(stack.input) ? stack.steps : 1;
  const leaves = new Map<string, Node>();
  for (const [path, { shape, data }] of weights) {
    const columns = shape.at(-1) ?? 1;
    leaves.set(path, tape.node(data.length / columns, columns, data));
  }
  const each = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
  let values = inputNodes(tape, stack, leaves, batch, steps);
  let mask: boolean[][] | undefined;
  const { input } = stack;
  if (options.mask) mask = each(steps, (t) => each(rows, (row) => options.mask!(row, t)));
  else if (isTokens(input) && input.maskZero)
    mask = each(steps, (t) => each(rows, (row) => batch.x[row * steps + t] !== 0));
  let sequence = isSequence(input);
  let before = values;
  const moved = new Map<string, Float64Array>();

  const apply = (layer: Layer, index: number) => {
    const leaf = (name: string) => leaves.get(`${index}/${name}`)!;
    const bias = leaves.get(`${index}/bias`);
    switch (layer.layer) {
      case "affine":
        values = values.map((x) => {
          const product = tape.multiply(x, leaf("kernel"));
          return bias ? tape.add(product, bias) : product;
        });
        return;
      case "activation":
        values = values.map((x) =>
          layer.function === "softmax"
            ? tape.softmax(x)
            : tape.map(x, functions.value[layer.function], functions.slope[layer.function]),
        );
        return;
      case "dropout":
        if (options.iteration !== undefined)
          values = values.map((x, t) => dropped(tape, x, layer, options.iteration!, t));
        return;
      case "flatten":
        values = [tape.beside(values)];
        [sequence, mask] = [false, undefined];
        return;
      case "convolution":
        values = convolutionTwin(tape, values, layer, leaf("kernel"), bias);
        mask = undefined;
        return;
      case "poolWindows":
        values = poolTwin(tape, values, layer, layer.kind);
        mask = undefined;
        return;
      case "repeat": {
        const row = tape.beside(values);
        values = each(layer.count, () => row);
        mask = undefined;
        return;
      }
      case "regroup":
        values = regroupTwin(tape, values, (layer.way === "split" ? 0.5 : 2) * values[0].columns);
        mask = undefined;
        return;
      case "layerNorm":
        values = values.map((x) =>
          layerNormTwin(tape, x, layer.epsilon, leaves.get(`${index}/gamma`), leaves.get(`${index}/beta`)),
        );
        return;
      case "bidirectional": {
        const there = recurrent(layer.around, `${index}/forward`).outputs;
        const back = recurrent(otherWay(layer.around), `${index}/backward`).outputs.reverse();
        values = there.map((a, t) => mergedTwin(tape, [a, back[t]], layer.merge));
        if (!layer.around.returnSequences) [sequence, mask] = [false, undefined];
        else if (mask) {
          const alive = layer.around.goBackwards ? [...mask].reverse() : mask;
          values = values.map((y, t) => tape.select(alive[t], y, tape.node(y.rows, y.columns)));
        }
        return;
      }
      case "attention": {
        const value = layer.itself ? values : poolTwin(tape, values, halves, "mean");
        const key = value.map((x) => tape.multiply(x, leaf("key/kernel")));
        const masks = { query: mask, value: layer.itself ? mask : undefined };
        const weights = { scale: leaves.get(`${index}/scale`), concat: leaves.get(`${index}/concat_score_weight`) };
        values = attentionTwin(tape, { query: values, value, key }, masks, layer, weights, functions);
        return;
      }
      case "batchNorm": {
        const of = (name: string) => leaves.get(`${index}/${name}`);
        const training = options.iteration !== undefined;
        const moving = { mean: of("moving_mean")!, variance: of("moving_variance")! };
        const { normal, mean, variance } = batchNormTwin(
          tape,
          values,
          training ? undefined : moving,
          layer.epsilon,
          mask,
        );
        values = normal.map((x) => scaledTwin(tape, x, of("gamma"), of("beta")));
        if (!training) return;
        for (const [name, old, batch] of [
          ["moving_mean", moving.mean, mean],
          ["moving_variance", moving.variance, variance],
        ] as const) {
          const share = layer.momentum;
          moved.set(
            `${index}/${name}`,
            old.value.map((value, i) => share * value + (1 - share) * batch.value[i]),
          );
        }
        return;
      }
      case "handedOn": {
        const one = recurrent(layer.first, `${index}/first`);
        const two = recurrent(layer.second, `${index}/second`, one.states);
        values = layer.added ? two.outputs.map((y, t) => tape.add(y, one.outputs[t])) : two.outputs;
        if (!layer.second.returnSequences) [sequence, mask] = [false, undefined];
        return;
      }
      case "branches":
        values = values.map((x) => {
          const branch = (_: unknown, i: number) => tape.add(tape.multiply(x, leaf(`${i}/kernel`)), leaf(`${i}/bias`));
          return mergedTwin(tape, [x, ...Array.from({ length: layer.count }, branch)], layer.merge);
        });
        return;
      case "formulaRows": {
        const { result } = testRows(layer.number, values[0].columns, layer.units, `${index}`);
        const weight = (path: string) => leaves.get(path)!;
        values = values.map((x) => {
          const given = { rows: x.rows, inputs: [x], states: [], weight, functions };
          return evaluateTerms(tape, [result], given)[0];
        });
        return;
      }
      case "formula": {
        const one = formulas(layer, `${index}`);
        values = layer.twice ? formulas(layer, `${index}/again`).map((y, t) => tape.add(y, one[t])) : one;
        if (!layer.returnSequences) [sequence, mask] = [false, undefined];
        return;
      }
      default:
        values = recurrent(layer, `${index}`).outputs;
        if (!layer.returnSequences) [sequence, mask] = [false, undefined];
    }
  };
  /** The outputs of a layer whose cell is a formula, or the last one. */
  const formulas = (layer: FormulaLayer, path: string): Node[] => {
    const { units, seed } = layer;
    const cell = testCell(layer.cell, values[0].columns, units, path);
    const drawn = (seed: number, rate: number, width: number) =>
      options.iteration === undefined || rate === 0
        ? undefined
        : keepFactors({ seed, iteration: options.iteration, rate, rows, width });
    const keptInput = drawn(seed, layer.dropout, values[0].columns);
    const keptStates = cell.states.map(({ features }, i) => drawn(seed + 0x5eed + i, layer.recurrentDropout, features));
    let states = cell.states.map(({ features }) => tape.node(rows, features));
    const outputs: Node[] = [];
    for (const t of values.map((_, t) => (layer.goBackwards ? values.length - 1 - t : t))) {
      const next = evaluateTerms(tape, cell.results, {
        rows,
        inputs: [values[t]],
        states,
        keptInput,
        keptStates: keptStates[0] && (keptStates as Float32Array[]),
        weight: (path) => leaves.get(path)!,
        functions,
      });
      states = mask ? next.map((node, i) => tape.select(mask![t], node, states[i])) : next;
      outputs.push(states[0]);
    }
    return layer.returnSequences ? outputs : outputs.slice(-1);
  };
  /** The outputs of a recurrent layer in the order in which it makes them, or the last one; and its last states. */
  const recurrent = (layer: RecurrentLayer, path: string, initial?: readonly Node[]) => {
    const leaf = (name: string) => leaves.get(`${path}/${name}`)!;
    const factors =
      options.factors ??
      (options.iteration === undefined ? {} : drawnFactors(layer, values[0].columns, rows, options.iteration));
    const own = { kernel: leaf("kernel"), recurrentKernel: leaf("recurrent_kernel"), bias: leaves.get(`${path}/bias`) };
    const all = recurrentTwin(tape, layer, values, own, { mask, factors, functions, initial });
    return layer.returnSequences ? all : { ...all, outputs: all.outputs.slice(-1) };
  };
  stack.layers.forEach((layer, index) => {
    before = values;
    apply(layer, index);
  });

  const width = values[0].columns;
  const output = new Float64Array(rows * values.length * width);
  const place = (row: number, t: number, j = 0) => (row * values.length + t) * width + j;
  values.forEach((value, t) => {
    for (let row = 0; row < rows; row++) {
      output.set(value.value.subarray(row * width, (row + 1) * width), place(row, t));
    }
  });
  const alive = (row: number, t: number) => !(sequence && mask) || mask[t][row];
  let loss = 0;
  const { cotangent } = options;
  if (options.loss) {
    const { kernel, scored } = scoredValues(options.loss, stack.layers.at(-1), values, before);
    let counted = 0;
    const parts: (() => void)[] = [];
    for (let row = 0; row < rows; row++) {
      for (let t = 0; t < values.length; t++) {
        if (!alive(row, t)) continue;
        counted++;
        const p = [...scored[t].value.subarray(row * width, (row + 1) * width)];
        const target =
          kernel.kind === "sparseCategoricalCrossentropy"
            ? batch.y[row * values.length + t]
            : p.map((_, j) => batch.y[place(row, t, j)]);
        loss += lossTwin(kernel, p, target);
        parts.push(() => {
          const slopes = lossSlopes(kernel, p, target);
          slopes.forEach((slope, j) => {
            scored[t].gradient[row * width + j] = slope / counted;
          });
        });
      }
    }
    loss /= Math.max(1, counted);
    for (const part of parts) part();
  } else if (cotangent) {
    for (let i = 0; i < output.length; i++) {
      const [place, j] = [Math.floor(i / width), i % width];
      values[place % values.length].gradient[Math.floor(place / values.length) * width + j] = cotangent[i];
      loss += output[i] * cotangent[i];
    }
  }
  tape.back();
  const gradients = new Map([...leaves].map(([path, node]) => [path, node.gradient]));
  return { output, loss, gradients, moved };
}

function inputNodes(tape: Tape, { input }: Stack, leaves: Map<string, Node>, batch: Batch, steps: number): Node[] {
  const { rows, x } = batch;
  return Array.from({ length: steps }, (_, t) => {
    if (isTokens(input)) {
      const numbers = Array.from({ length: rows }, (_, row) => x[row * steps + t]);
      return tape.rowsOf(leaves.get("table/embeddings")!, numbers);
    }
    const { features } = input;
    const at = (i: number) => x[(Math.floor(i / features) * steps + t) * features + (i % features)];
    return tape.node(
      rows,
      features,
      Float64Array.from({ length: rows * features }, (_, i) => at(i)),
    );
  });
}

/** Rows brought to mean 0 and variance 1, scaled and shifted. */
function layerNormTwin(tape: Tape, x: Node, epsilon: number, gamma: Node | undefined, beta: Node | undefined): Node {
  return scaledTwin(tape, tape.normalized(x, epsilon), gamma, beta);
}

/** A gain and a shift for each feature, where there are some. */
function scaledTwin(tape: Tape, x: Node, gamma: Node | undefined, beta: Node | undefined): Node {
  const ones = tape.node(x.rows, 1, new Float64Array(x.rows).fill(1));
  const scaled = gamma ? tape.times(x, tape.multiply(ones, gamma)) : x;
  return beta ? tape.add(scaled, beta) : scaled;
}

/** From means over the rows and steps that count, each a product with a row of equal shares; or from given moments. */
function batchNormTwin(
  tape: Tape,
  values: readonly Node[],
  given: { readonly mean: Node; readonly variance: Node } | undefined,
  epsilon: number,
  mask: readonly (readonly boolean[])[] | undefined,
): { normal: Node[]; mean: Node; variance: Node } {
  const { rows } = values[0];
  const alive = (t: number, row: number) => mask?.[t][row] ?? true;
  const count = values.reduce(
    (sum, _, t) => sum + Array.from({ length: rows }, (_, row) => +alive(t, row)).reduce((a, b) => a + b),
    0,
  );
  const meanOf = (list: readonly Node[]) =>
    list
      .map((x, t) => {
        const shares = Float64Array.from({ length: rows }, (_, row) => (alive(t, row) ? 1 / count : 0));
        return tape.multiply(tape.node(1, rows, shares), x);
      })
      .reduce((a, b) => tape.add(a, b));
  const spread = (row: Node) => tape.multiply(tape.node(rows, 1, new Float64Array(rows).fill(1)), row);
  const centeredBy = (mean: Node) =>
    values.map((x) =>
      tape.add(
        x,
        tape.map(
          spread(mean),
          (v) => -v,
          () => -1,
        ),
      ),
    );
  const mean = given?.mean ?? meanOf(values);
  const centered = centeredBy(mean);
  const variance = given?.variance ?? meanOf(centered.map((d) => tape.times(d, d)));
  const inverse = tape.map(
    variance,
    (v) => 1 / Math.sqrt(v + epsilon),
    (v) => -0.5 * (v + epsilon) ** -1.5,
  );
  return { normal: centered.map((d) => tape.times(d, spread(inverse))), mean, variance };
}

/** Values merged element by element, or laid side by side. */
function mergedTwin(tape: Tape, values: readonly Node[], kind: MergeKind): Node {
  if (kind === "concatenate") return tape.beside(values);
  const all = values.slice(1).reduce((a, b) => (kind === "multiply" ? tape.times(a, b) : tape.add(a, b)), values[0]);
  if (kind !== "average") return all;
  const share = 1 / values.length;
  return tape.map(
    all,
    (x) => share * x,
    () => share,
  );
}

function dropped(tape: Tape, x: Node, layer: { rate: number; seed: number }, iteration: number, t: number): Node {
  const { rate, seed } = layer;
  const keep = stepFactors({ seed, iteration, rate, rows: x.rows, width: x.columns }, t);
  return tape.times(x, tape.node(x.rows, x.columns, keep));
}

/** A crossentropy straight behind its sigmoid or softmax is taken on the logits, as Keras on TensorFlow does. */
function scoredValues(loss: LossKernel, last: Layer | undefined, values: Node[], before: Node[]) {
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
