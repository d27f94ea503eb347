// Weights between the user's order and that of memory.

import { product } from "../../base/index.ts";
import type { Weight } from "../graph/index.ts";
import { panelIndex } from "../kernels/index.ts";

/** A weight's numbers as they lie in memory. */
export function pack(weight: Weight, data: ArrayLike<number>): Float32Array {
  const packed = new Float32Array(weight.size);
  if (weight.straight) {
    packed.set(data);
    return packed;
  }
  const { places } = weight;
  for (let i = 0; i < places.length; i++) packed[places[i]] = data[i];
  return packed;
}

/** The numbers in the user's order. */
export function unpack(weight: Weight, packed: Float32Array): Float32Array {
  if (weight.straight) return packed.slice(0, product(weight.shape));
  const { places } = weight;
  const data = new Float32Array(places.length);
  for (let i = 0; i < places.length; i++) data[i] = packed[places[i]];
  return data;
}

/** The transpose that lies beside a weight. */
export function turn(to: NonNullable<Weight["transposed"]>, packed: Float32Array): Float32Array {
  const { parts, rows, columns, size } = to;
  const turned = new Float32Array(size);
  for (let part = 0; part < parts; part++) {
    for (let column = 0; column < columns; column++) {
      for (let row = 0; row < rows; row++) {
        const place = panelIndex(part * columns + column, row, parts * columns);
        turned[place] = packed[panelIndex(part * rows + row, column, parts * rows)];
      }
    }
  }
  return turned;
}
