// What each layer makes of its input, in float64.

import { type ActivationTable, defined } from "../kernels/activation.twin.ts";
import { attentionTwin } from "./attention.twin.ts";
import { recurrentTwin } from "./cells.twin.ts";
import { drawnFactors, type Factors, keepFactors, stepFactors } from "./factors.twin.ts";
import { testCell, testRows } from "./formula/cells.twin.ts";
import { evaluateTerms } from "./formula/evaluate.twin.ts";
import type { AttentionOptions } from "./index.ts";
import { type FormulaLayer, halves, type Layer, type MergeKind, otherWay, type RecurrentLayer } from "./stack.twin.ts";
import type { Node, Tape } from "./tape.twin.ts";
import { convolutionTwin, poolTwin, regroupTwin } from "./windows.twin.ts";

/** What is between two layers: rows, or those of each step, and which steps of which rows count. */
export interface Flow {
  readonly values: readonly Node[];
  readonly mask: readonly (readonly boolean[])[] | undefined;
  readonly sequence: boolean;
}

/** How layers are interpreted. */
export interface LayerOptions {
  /** What training drops; without it nothing is dropped. */
  readonly iteration?: number;
  /** Instead of masks from the counter. */
  readonly factors?: Factors;
  /** Instead of the activations' definitions. */
  readonly functions?: ActivationTable;
}

/** Layers on one tape. */
export class LayersTwin {
  /** What is not trained and yet changes at a step of training: the values after it. */
  readonly moved = new Map<string, Float64Array>();
  private readonly tape: Tape;
  private readonly leaves: ReadonlyMap<string, Node>;
  private readonly rows: number;
  private readonly options: LayerOptions;

  constructor(tape: Tape, leaves: ReadonlyMap<string, Node>, rows: number, options: LayerOptions) {
    this.tape = tape;
    this.leaves = leaves;
    this.rows = rows;
    this.options = options;
  }

  /** What a query finds in a value, whose keys are an affine layer of it. */
  attended(
    options: Pick<AttentionOptions, "score" | "causal">,
    path: string,
    query: Pick<Flow, "values" | "mask">,
    value: Pick<Flow, "values" | "mask">,
  ): Node[] {
    const { tape, leaves } = this;
    const key = value.values.map((x) => tape.multiply(x, leaves.get(`${path}/key/kernel`)!));
    const weights = { scale: leaves.get(`${path}/scale`), concat: leaves.get(`${path}/concat_score_weight`) };
    const all = { query: query.values, value: value.values, key };
    const masks = { query: query.mask, value: value.mask };
    return attentionTwin(tape, all, masks, options, weights, this.options.functions ?? defined);
  }

  /** What a layer, whose weights' paths begin so, makes of what is before it. */
  behind(layer: Layer, path: string, before: Flow): Flow {
    const { tape, leaves, rows, options, moved } = this;
    const { functions = defined } = options;
    const each = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i));
    let { values, mask, sequence } = before;
    const apply = () => {
      const leaf = (name: string) => leaves.get(`${path}/${name}`)!;
      const bias = leaves.get(`${path}/bias`);
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
            layerNormTwin(tape, x, layer.epsilon, leaves.get(`${path}/gamma`), leaves.get(`${path}/beta`)),
          );
          return;
        case "bidirectional": {
          const there = recurrent(layer.around, `${path}/forward`).outputs;
          const back = recurrent(otherWay(layer.around), `${path}/backward`).outputs.reverse();
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
          values = this.attended(layer, path, before, { values: value, mask: layer.itself ? mask : undefined });
          return;
        }
        case "batchNorm": {
          const of = (name: string) => leaves.get(`${path}/${name}`);
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
              `${path}/${name}`,
              old.value.map((value, i) => share * value + (1 - share) * batch.value[i]),
            );
          }
          return;
        }
        case "handedOn": {
          const one = recurrent(layer.first, `${path}/first`);
          const two = recurrent(layer.second, `${path}/second`, one.states);
          values = layer.added ? two.outputs.map((y, t) => tape.add(y, one.outputs[t])) : two.outputs;
          if (!layer.second.returnSequences) [sequence, mask] = [false, undefined];
          return;
        }
        case "branches":
          values = values.map((x) => {
            const branch = (_: unknown, i: number) =>
              tape.add(tape.multiply(x, leaf(`${i}/kernel`)), leaf(`${i}/bias`));
            return mergedTwin(tape, [x, ...Array.from({ length: layer.count }, branch)], layer.merge);
          });
          return;
        case "formulaRows": {
          const { result } = testRows(layer.number, values[0].columns, layer.units, `${path}`);
          const weight = (path: string) => leaves.get(path)!;
          values = values.map((x) => {
            const given = { rows: x.rows, inputs: [x], states: [], weight, functions };
            return evaluateTerms(tape, [result], given)[0];
          });
          return;
        }
        case "formula": {
          const one = formulas(layer, `${path}`);
          values = layer.twice ? formulas(layer, `${path}/again`).map((y, t) => tape.add(y, one[t])) : one;
          if (!layer.returnSequences) [sequence, mask] = [false, undefined];
          return;
        }
        default:
          values = recurrent(layer, `${path}`).outputs;
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
      const keptStates = cell.states.map(({ features }, i) =>
        drawn(seed + 0x5eed + i, layer.recurrentDropout, features),
      );
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
      const own = {
        kernel: leaf("kernel"),
        recurrentKernel: leaf("recurrent_kernel"),
        bias: leaves.get(`${path}/bias`),
      };
      const all = recurrentTwin(tape, layer, values, own, { mask, factors, functions, initial });
      return layer.returnSequences ? all : { ...all, outputs: all.outputs.slice(-1) };
    };
    apply();
    return { values, mask, sequence };
  }
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
export function mergedTwin(tape: Tape, values: readonly Node[], kind: MergeKind): Node {
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
