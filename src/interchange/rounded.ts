import { Tensor } from "../base/index.ts";
import { type StoredTensor, toTensor } from "../storage/index.ts";

/**
 * Weights, and what an optimizer keeps of them, are float32, whatever the file has: doubles are rounded, as in Keras. What
 * is float32 already stays where it is, for it is copied when it is set.
 */
export function rounded(stored: StoredTensor, name: string): Tensor {
  const { dtype, shape: own, bytes } = stored;
  const aligned = dtype === "F32" && bytes.byteOffset % 4 === 0 && bytes.length % 4 === 0;
  if (aligned) return new Tensor(own, new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4));
  const { shape, data } = toTensor(stored, name);
  return new Tensor(shape, data instanceof Float32Array ? data : Float32Array.from(data));
}
