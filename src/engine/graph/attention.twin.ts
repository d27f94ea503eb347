// Attention in float64, pair by pair.

import type { ActivationTable } from "../kernels/activation.twin.ts";
import type { AttentionOptions } from "./index.ts";
import type { Node, Tape } from "./tape.twin.ts";

const LOW = -1e9;
type Mask = readonly (readonly boolean[])[] | undefined;

/** Query, value and key step by step; masks by step and row. */
export function attentionTwin(
  tape: Tape,
  { query, value, key }: { query: readonly Node[]; value: readonly Node[]; key: readonly Node[] },
  masks: { readonly query: Mask; readonly value: Mask },
  options: Pick<AttentionOptions, "score" | "causal">,
  weights: { readonly scale?: Node; readonly concat?: Node },
  { value: functions, slope: slopes }: ActivationTable,
): Node[] {
  const { score, causal } = options;
  const [{ rows, columns: features }] = query;
  const ones = (height: number, width: number) => tape.node(height, width, new Float64Array(height * width).fill(1));
  /** A number of a weight for every element. */
  const spread = (weight: Node, width: number) => {
    const row = weight.columns === width ? weight : tape.multiply(weight, ones(1, width));
    return tape.multiply(ones(rows, 1), row);
  };
  const sum = (x: Node) => tape.multiply(x, ones(x.columns, 1));
  const tanh = (x: Node) => tape.map(x, functions.tanh, slopes.tanh);
  const { scale, concat } = weights;
  const scoreOf = (q: Node, k: Node): Node => {
    if (score === "dot") {
      const product = sum(tape.times(q, k));
      return scale ? tape.times(product, spread(scale, 1)) : product;
    }
    const both = tape.add(q, k);
    if (score === "additive") {
      const part = tanh(both);
      return sum(scale ? tape.times(part, spread(scale, features)) : part);
    }
    const part = sum(tanh(scale ? tape.times(both, spread(scale, features)) : both));
    return tape.times(part, spread(concat!, 1));
  };
  return query.map((q, t) => {
    const scores = key.map((k, i) => {
      const own = scoreOf(q, k);
      const low = tape.map(
        own,
        () => LOW,
        () => 1,
      );
      const alive = Array.from({ length: rows }, (_, row) => !(causal && i > t) && (masks.value?.[i][row] ?? true));
      return tape.select(alive, own, low);
    });
    const shares = tape.softmax(tape.beside(scores));
    const out = value
      .map((v, i) => tape.times(v, tape.multiply(tape.columns(shares, i, 1), ones(1, v.columns))))
      .reduce((a, b) => tape.add(a, b));
    return masks.query ? tape.select(masks.query[t], out, tape.node(out.rows, out.columns)) : out;
  });
}
