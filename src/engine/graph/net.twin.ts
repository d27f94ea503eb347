// A net of layers as plain data, with several inputs and outputs, shared layers and attention: its graph, and its float64
// interpretation.

import type { LossKernel } from "../kernels/index.ts";
import {
  AffineOp,
  AttentionOp,
  type AttentionOptions,
  EmbeddingOp,
  InputOp,
  SharedWeights,
  TimeAxis,
  type Value,
} from "./index.ts";
import { inputFlow, leavesOf, numbersOf, type Options, scoreTwin, type TwinWeights } from "./interpreter.twin.ts";
import { type Flow, LayersTwin, mergedTwin } from "./layers.twin.ts";
import { type Input, isSequence, isTokens, type Layer, type MergeKind, merged, valueBehind } from "./stack.twin.ts";
import { Tape } from "./tape.twin.ts";

/** What reads earlier nodes, by their numbers; the inputs are the first of all. */
export type NetNode =
  /** `as`: the number of the node whose weights it shares. */
  | { readonly node: "layer"; readonly of: number; readonly layer: Layer; readonly as?: number }
  | { readonly node: "merge"; readonly of: readonly number[]; readonly merge: MergeKind }
  /** The keys are an affine layer of the value. */
  | ({ readonly node: "attention"; readonly query: number; readonly value: number } & Pick<
      AttentionOptions,
      "score" | "useScale" | "causal"
    >);

export interface Net {
  /** Sequences have a time axis each; those of the same number are as long. */
  readonly inputs: readonly { readonly input: Input; readonly axis: number }[];
  /** Of each time axis. */
  readonly steps: readonly number[];
  readonly nodes: readonly NetNode[];
  readonly outputs: readonly { readonly of: number; readonly loss: LossKernel }[];
}

/** The values of the outputs; weights bear the number of their node: "4/kernel". */
export function graphOfNet({ inputs, steps, nodes, outputs }: Net): Value[] {
  const axes = steps.map((_, axis) => new TimeAxis(axis));
  const values = inputs.map(({ input, axis }, index) => {
    const own = isSequence(input) ? axes[axis] : undefined;
    if (!isTokens(input)) return new InputOp(index, input.kind as "vector" | "sequence", input.features, own).output;
    const { words, features, maskZero } = input;
    const tokens = new InputOp(index, "tokens", 1, own).output;
    return new EmbeddingOp(tokens, { path: `table${index}`, inputDim: words, outputDim: features, maskZero }).output;
  });
  const shared = new Map<number, SharedWeights>();
  for (const node of nodes)
    if (node.node === "layer" && node.as !== undefined) shared.set(node.as, new SharedWeights());
  for (const node of nodes) {
    const number = values.length;
    if (node.node === "merge") {
      values.push(
        merged(
          node.of.map((of) => values[of]),
          node.merge,
        ),
      );
    } else if (node.node === "attention") {
      const [query, value] = [values[node.query], values[node.value]];
      const path = `${number}`;
      const key = new AffineOp(value, { path: `${path}/key`, units: query.features, useBias: false }).output;
      values.push(new AttentionOp([query, value, key], { path, dropout: 0, seed: 0, ...node }).output);
    } else {
      const as = node.as ?? number;
      const make = () => valueBehind(node.layer, `${as}`, values[node.of], steps);
      values.push(shared.get(as)?.apply(make) ?? make());
    }
  }
  return outputs.map(({ of }) => values[of]);
}

export interface NetBatch {
  readonly rows: number;
  /** Of each input and output, as those of a stack. */
  readonly x: readonly ArrayLike<number>[];
  readonly y: readonly ArrayLike<number>[];
}

export interface NetInterpretation {
  readonly outputs: readonly Float64Array[];
  /** The sum over the outputs. */
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float64Array>;
  readonly moved: ReadonlyMap<string, Float64Array>;
}

export function interpretNet(
  { inputs, steps, nodes, outputs }: Net,
  weights: TwinWeights,
  { rows, x, y }: NetBatch,
  options: Pick<Options, "iteration" | "functions" | "round"> = {},
): NetInterpretation {
  const tape = new Tape(options.round);
  const leaves = leavesOf(tape, weights);
  const layers = new LayersTwin(tape, leaves, rows, options);
  const flows: Flow[] = inputs.map(({ input, axis }, index) => {
    const own = isSequence(input) ? steps[axis] : 1;
    return inputFlow(tape, input, leaves.get(`table${index}/embeddings`), { rows, x: x[index] }, own);
  });
  for (const node of nodes) {
    if (node.node === "layer") flows.push(layers.behind(node.layer, `${node.as ?? flows.length}`, flows[node.of]));
    else if (node.node === "merge") {
      const all = node.of.map((of) => flows[of]);
      const values = all[0].values.map((_, t) =>
        mergedTwin(
          tape,
          all.map(({ values }) => values[t]),
          node.merge,
        ),
      );
      flows.push({ ...all[0], values });
    } else {
      const [query, value] = [flows[node.query], flows[node.value]];
      flows.push({ ...query, values: layers.attended(node, `${flows.length}`, query, value) });
    }
  }
  let loss = 0;
  outputs.forEach(({ of, loss: kernel }, index) => {
    const last = nodes[of - inputs.length];
    const [layer, before] = last?.node === "layer" ? [last.layer, flows[last.of]] : [undefined, flows[of]];
    loss += scoreTwin(kernel, layer, { flow: flows[of], before }, { rows, y: y[index] });
  });
  const found = outputs.map(({ of }) => numbersOf(flows[of], rows));
  tape.back();
  const gradients = new Map([...leaves].map(([path, node]) => [path, node.gradient]));
  return { outputs: found, loss, gradients, moved: layers.moved };
}
