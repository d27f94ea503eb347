import * as control from "./control.ts";
import type { Weight } from "./weight.ts";

/**
 * Where weights lie. Those that are trained come first, in one run that gradients and the optimizer's arrays repeat;
 * within it those whose gradients are added up by slice come first.
 */
export interface WeightLayout {
  readonly weights: readonly Weight[];
  /** Bytes of the trained run, and of its part with gradients by slice. */
  readonly trainedBytes: number;
  readonly slicedBytes: number;
  readonly gradients: number;
  readonly slots: number;
  readonly slotsEnd: number;
  /** The first byte behind all this. */
  readonly end: number;
  address(weight: Weight): number;
  /** Into the run, the gradients or a slot. */
  offset(weight: Weight): number;
  transposed(weight: Weight): number;
}

export function layoutWeights(weights: readonly Weight[], slotCount: number): WeightLayout {
  const start = control.end;
  const offsets = new Map<Weight, number>();
  let at = 0;
  const place = (list: readonly Weight[]) => {
    for (const weight of list) {
      offsets.set(weight, at);
      at += 4 * weight.size;
    }
  };
  place(weights.filter((weight) => weight.trainable && weight.gradient === "slices"));
  const slicedBytes = at;
  place(weights.filter((weight) => weight.trainable && weight.gradient === "batch"));
  const trainedBytes = at;
  const gradients = start + trainedBytes;
  const slots = gradients + trainedBytes;
  const slotsEnd = slots + slotCount * trainedBytes;
  at = slotsEnd - start;
  place(weights.filter((weight) => !weight.trainable));
  const transposes = new Map<Weight, number>();
  for (const weight of weights) {
    if (!weight.transposed) continue;
    transposes.set(weight, start + at);
    at += 4 * weight.transposed.size;
  }
  return {
    weights,
    trainedBytes,
    slicedBytes,
    gradients,
    slots,
    slotsEnd,
    end: start + at,
    address: (weight) => start + offsets.get(weight)!,
    offset: (weight) => offsets.get(weight)!,
    transposed: (weight) => transposes.get(weight)!,
  };
}
