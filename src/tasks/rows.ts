import { Tensor } from "../base/index.ts";

/** A copy of some rows of a tensor, in the order given. */
export function rowsOf(tensor: Tensor, rows: ArrayLike<number>): Tensor {
  const size = tensor.data.length / tensor.shape[0];
  const data = tensor.data.slice(0, rows.length * size);
  for (let i = 0; i < rows.length; i++) data.set(tensor.data.subarray(rows[i] * size, (rows[i] + 1) * size), i * size);
  return new Tensor([rows.length, ...tensor.shape.slice(1)], data);
}
