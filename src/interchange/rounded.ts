import { Tensor } from "../base/index.ts";
import { type StoredTensor, toTensor } from "../storage/index.ts";

/** Weights, and what an optimizer keeps of them, are float32, whatever the file has: doubles are rounded, as in Keras. */
export function rounded(stored: StoredTensor, name: string): Tensor {
  const { shape, data } = toTensor(stored, name);
  return new Tensor(shape, data instanceof Float32Array ? data : Float32Array.from(data));
}
