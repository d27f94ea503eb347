// Weights between the user's order and that of memory.

import { product } from "../../base/index.ts";
import type { Weight } from "../graph/index.ts";
import { PANEL, panelIndex } from "../kernels/index.ts";

/** A weight's numbers as they lie in memory. */
export function pack(weight: Weight, data: ArrayLike<number>): Float32Array {
  const packed = new Float32Array(weight.size);
  weight.stretches((from, place, count) => move(packed, place, data, from, count));
  return packed;
}

/** The numbers in the user's order. */
export function unpack(weight: Weight, packed: Float32Array): Float32Array {
  const data = new Float32Array(product(weight.shape));
  weight.stretches((from, place, count) => move(data, from, packed, place, count));
  return data;
}

/** Copies so many numbers; few of them faster than by views, which have to be made. */
export function move(
  to: Float32Array | Int32Array,
  at: number,
  data: ArrayLike<number>,
  from: number,
  count: number,
): void {
  if (count > 64 && ArrayBuffer.isView(data)) to.set((data as Float32Array).subarray(from, from + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = data[from + i];
}

/** The transpose that lies beside a weight. */
export function turn(to: NonNullable<Weight["transposed"]>, packed: Float32Array): Float32Array {
  const { parts, rows, columns, size } = to;
  const turned = new Float32Array(size);
  for (let part = 0; part < parts; part++) {
    // Columns are whole panels, so that eight numbers of a row lie together here, and a row of a panel apart there.
    for (let column = 0; column < columns; column += PANEL) {
      for (let row = 0; row < rows; row++) {
        const from = panelIndex(part * rows + row, column, parts * rows);
        const place = panelIndex(part * columns + column, row, parts * columns);
        for (let j = 0; j < PANEL; j++) turned[place + PANEL * j] = packed[from + j];
      }
    }
  }
  return turned;
}
