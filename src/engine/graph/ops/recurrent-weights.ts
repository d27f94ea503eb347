import type { Value } from "../value.ts";
import { biasWeight, matrixWeight, type Weight } from "../weight.ts";
import type { Cell } from "./cell.ts";
import type { RecurrentOptions } from "./recurrent-options.ts";

/** Keras's weights of a recurrent layer. `gradient`: how that of the kernel is gathered. */
export function recurrentWeights(
  x: Value,
  cell: Cell,
  { path, units, useBias }: RecurrentOptions,
  gradient: "batch" | "slices",
): { readonly kernel: Weight; readonly recurrentKernel: Weight; readonly bias: Weight | undefined } {
  return {
    kernel: matrixWeight({
      path: `${path}/kernel`,
      rows: x.features,
      units,
      order: cell.kernelOrder,
      transposed: x.differentiable,
      gradient,
    }),
    recurrentKernel: matrixWeight({
      path: `${path}/recurrent_kernel`,
      rows: units,
      units,
      order: cell.recurrentOrder,
    }),
    bias: useBias
      ? biasWeight({ path: `${path}/bias`, shape: cell.biasShape(units), units, order: cell.biasOrder })
      : undefined,
  };
}
