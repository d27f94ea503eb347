import { GruvyError, type Tensor, type TensorLike, tensor } from "../base/index.ts";
import type { Weight } from "../engine/index.ts";

/** Numbers for a weight, in its shape. */
export function checkedWeight(weight: Weight, value: TensorLike): Tensor {
  const given = tensor(value);
  if (given.shape.join() === weight.shape.join()) return given;
  throw new GruvyError(
    "model/weights",
    `Expected shape [${weight.shape.join(", ")}] for "${weight.path}", found [${given.shape.join(", ")}]`,
  );
}

/** Numbers for all weights, in their order. */
export function checkedWeights(weights: readonly Weight[], values: readonly TensorLike[]): Tensor[] {
  if (values.length !== weights.length) {
    throw new GruvyError("model/weights", `Expected ${weights.length} weights, found ${values.length}`);
  }
  return values.map((value, i) => checkedWeight(weights[i], value));
}
