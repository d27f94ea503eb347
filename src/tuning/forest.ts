// A random forest (Breiman 2001) of regression trees: enough to say what a hundred trials have in common.

import type { Random } from "../base/index.ts";

/** A forest that knows, for each tree, which rows it has not seen. */
export interface Forest {
  /** The mean over the trees that have not seen row `row` of what they expect of `x`; undefined when all have. */
  predictUnseen(row: number, x: Float64Array): number | undefined;
}

export interface ForestOptions {
  /** Rows of one group are seen together or not at all. */
  readonly groups: readonly number[];
  readonly trees: number;
  readonly source: (tree: number) => Random;
}

interface Leaf {
  readonly value: number;
}
interface Branch {
  readonly column: number;
  readonly below: number;
  readonly low: Node;
  readonly high: Node;
}
type Node = Leaf | Branch;

const LEAST_ROWS = 2;

/** Grows trees, each over groups drawn with repetition, each branch over some of the columns. */
export function randomForest(
  x: readonly Float64Array[],
  y: Float64Array,
  { groups, trees, source }: ForestOptions,
): Forest {
  const tried = Math.ceil(x[0].length / 2);
  const members = new Map<number, number[]>();
  groups.forEach((group, row) => {
    members.set(group, [...(members.get(group) ?? []), row]);
  });
  const all = [...members.values()];
  const grown = Array.from({ length: trees }, (_, tree) => {
    const random = source(tree);
    const rows = all.flatMap((_, i) => all[random.below(i, all.length)]);
    let element = all.length;
    const draw = (below: number): number => random.below(element++, below);
    return { seen: new Set(rows), root: grow(x, y, rows, { tried, draw }) };
  });
  return {
    predictUnseen(row, at) {
      let sum = 0;
      let count = 0;
      for (const { seen, root } of grown) {
        if (seen.has(row)) continue;
        sum += follow(root, at);
        count++;
      }
      return count === 0 ? undefined : sum / count;
    },
  };
}

function follow(node: Node, at: Float64Array): number {
  let here = node;
  while ("low" in here) here = at[here.column] < here.below ? here.low : here.high;
  return here.value;
}

function grow(
  x: readonly Float64Array[],
  y: Float64Array,
  rows: readonly number[],
  how: { tried: number; draw: (below: number) => number },
): Node {
  const mean = rows.reduce((sum, row) => sum + y[row] / rows.length, 0);
  if (rows.length < 2 * LEAST_ROWS) return { value: mean };
  const columns = Array.from(x[0], (_, column) => column);
  let best: { column: number; below: number; gain: number } | undefined;
  for (let k = 0; k < how.tried; k++) {
    const pick = k + how.draw(columns.length - k);
    [columns[k], columns[pick]] = [columns[pick], columns[k]];
    const found = split(x, y, rows, columns[k]);
    if (found !== undefined && (best === undefined || found.gain > best.gain)) best = { ...found, column: columns[k] };
  }
  if (best === undefined) return { value: mean };
  const { column, below } = best;
  const side = (low: boolean): Node =>
    grow(
      x,
      y,
      rows.filter((row) => x[row][column] < below === low),
      how,
    );
  return { column, below, low: side(true), high: side(false) };
}

/** The border in a column that leaves the least variance on both of its sides. */
function split(x: readonly Float64Array[], y: Float64Array, rows: readonly number[], column: number) {
  const sorted = [...rows].sort((a, b) => x[a][column] - x[b][column]);
  const total = sorted.reduce((sum, row) => sum + y[row], 0);
  let best: { below: number; gain: number } | undefined;
  let low = 0;
  for (let i = 1; i < sorted.length; i++) {
    low += y[sorted[i - 1]];
    const [a, b] = [x[sorted[i - 1]][column], x[sorted[i]][column]];
    if (a === b || i < LEAST_ROWS || sorted.length - i < LEAST_ROWS) continue;
    const high = total - low;
    const gain = (low * low) / i + (high * high) / (sorted.length - i) - (total * total) / sorted.length;
    if (gain > 1e-12 && (best === undefined || gain > best.gain)) best = { below: (a + b) / 2, gain };
  }
  return best;
}
