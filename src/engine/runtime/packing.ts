// Weights between the user's order and that of memory.

import { product } from "../../base/index.ts";
import type { Weight } from "../graph/index.ts";
import { PANEL, panelIndex } from "../kernels/index.ts";
import type { Memory } from "./memory.ts";

/** A weight's numbers as they lie in memory. */
export function pack(weight: Weight, data: ArrayLike<number>): Float32Array {
  const packed = new Float32Array(weight.size);
  weight.stretches((from, place, count) => move(packed, place, data, from, count));
  return packed;
}

/** The numbers in the user's order, from the bytes of memory. */
function unpack(weight: Weight, bytes: Uint8Array): Float32Array {
  const packed = new Float32Array(bytes.buffer, bytes.byteOffset, weight.size);
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

/** Bytes of a copy that stay for the next one. */
const MOST_KEPT = 2 ** 22;

/** Copies weights, one after another, by way of one place: arrays that are made anew are collected late, by the dozen. */
export class Reader {
  #kept = new Uint8Array(0);

  /** In the user's order. */
  async read(memory: Pick<Memory, "readState">, weight: Weight, address: number): Promise<Float32Array> {
    const length = 4 * weight.size;
    if (this.#kept.length < length && length <= MOST_KEPT) this.#kept = new Uint8Array(length);
    return unpack(weight, await memory.readState(address, length, this.#kept.subarray(0, length)));
  }
}
