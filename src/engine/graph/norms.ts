// Norms of a weight along some of its axes, and the numbers of each brought back between two bounds.

import { boundColumns, boundRows, type Norm, PANEL } from "../kernels/index.ts";
import { type Fn, I32, type Module } from "../wasm/index.ts";
import { panelBytes, type Weight } from "./weight.ts";

const VECTOR = 16;
const ROW = panelBytes(1);

/** So many things, so many bytes apart. */
interface Run {
  readonly count: number;
  readonly bytes: number;
}

const one: Run = { count: 1, bytes: 0 };

function each(fn: Fn, run: Run, from: I32, body: (at: I32) => void): void {
  if (run.count === 1) body(from);
  else fn.loop(0, run.count * run.bytes, run.bytes, (offset) => body(fn.let(from.add(offset))));
}

/** Norms of columns, four side by side: for each of two runs, of the numbers of `along`. */
interface ColumnNorms {
  readonly from?: number;
  readonly outer: Run;
  readonly groups: Run;
  readonly along: Run;
}

/** Norms that go across the last axis: for each of `groups`, of the eights of both runs. */
interface RowNorms {
  readonly groups: Run;
  readonly outer: Run;
  readonly eights: Run;
}

/** What lies in panels: axes are taps, rows and columns. */
function ofPanels(lie: { taps: number; rows: number; panels: number }, axes: readonly number[]) {
  const panels = { count: lie.panels, bytes: panelBytes(lie.taps * lie.rows) };
  const taps = { count: lie.taps, bytes: lie.rows * ROW };
  const rows = { count: lie.rows, bytes: ROW };
  const all = { count: lie.taps * lie.rows, bytes: ROW };
  const [overTaps, overRows, overColumns] = [0, 1, 2].map((axis) => axes.includes(axis));
  const reduced = overTaps ? (overRows ? all : taps) : overRows ? rows : one;
  if (overColumns) {
    const groups = overTaps ? (overRows ? one : rows) : overRows ? taps : all;
    return { rows: { groups, outer: reduced, eights: panels } };
  }
  const side = (groups: Run, from = 0): ColumnNorms => ({ from, outer: panels, groups, along: reduced });
  const halves = { count: PANEL / 4, bytes: VECTOR };
  if (overTaps) return { columns: [side(overRows ? halves : { count: (PANEL / 4) * lie.rows, bytes: VECTOR })] };
  return { columns: Array.from({ length: lie.taps }, (_, tap) => side(halves, tap * taps.bytes)) };
}

/** What lies row by row: the user's columns are blocks, which may stand elsewhere in another row. */
function ofRows(
  { width, order }: { width: number; order?: readonly number[] },
  [count]: readonly number[],
  axes: readonly number[],
) {
  const bytes = 4 * width;
  const blocks = order ? order.length / count : 1;
  const row = { count: (blocks * width) / PANEL, bytes: ROW };
  const all = { count, bytes: blocks * bytes };
  if (axes.includes(1)) {
    return {
      rows: axes.includes(0) ? { groups: one, outer: all, eights: row } : { groups: all, outer: one, eights: row },
    };
  }
  const groups = { count: bytes / VECTOR, bytes: VECTOR };
  const columns = Array.from({ length: blocks }, (_, block): ColumnNorms => {
    const at = (row: number) => (order ? order.indexOf(row * blocks + block) : row) * bytes;
    return { from: at(0), outer: one, groups, along: { count, bytes: count > 1 ? at(1) - at(0) : bytes } };
  });
  return { columns };
}

/** Which norms there are along some axes of a weight. */
function normsOf(
  { shape, size, arrangement: lie }: Weight,
  axes: readonly number[],
): { columns?: readonly ColumnNorms[]; rows?: RowNorms } {
  if (!lie || axes.length === shape.length) {
    return { rows: { groups: one, outer: one, eights: { count: size / PANEL, bytes: ROW } } };
  }
  if (!("taps" in lie)) return ofRows(lie, shape, axes);
  return ofPanels(lie, shape.length === 3 ? axes : axes.map((axis) => axis + 1));
}

/** Brings the numbers of each norm back between its bounds. */
export function boundNorms(module: Module, fn: Fn, weight: Weight, { axes, ...norm }: Norm, address: number): void {
  const { columns = [], rows } = normsOf(weight, axes);
  for (const { from = 0, outer, groups, along } of columns) {
    each(fn, outer, I32.of(address + from), (first) =>
      each(fn, groups, first, (at) => {
        fn.call(boundColumns(module, norm), at, I32.of(along.bytes), I32.of(along.count));
      }),
    );
  }
  if (!rows) return;
  const { groups, outer, eights } = rows;
  each(fn, groups, I32.of(address), (at) => {
    const places = [outer, eights].flatMap(({ bytes, count }) => [I32.of(bytes), I32.of(count)]);
    fn.call(boundRows(module, norm), at, ...places);
  });
}
