import type { F32, F32x4, Fn, I32 } from "../wasm/index.ts";

/** A loss as the program sees it: what it compares, and with what constants. */
export type LossKernel =
  | {
      readonly kind:
        | "meanSquaredError"
        | "meanAbsoluteError"
        | "meanAbsolutePercentageError"
        | "meanSquaredLogarithmicError"
        | "logCosh"
        | "hinge"
        | "squaredHinge"
        | "categoricalHinge"
        | "poisson"
        | "klDivergence";
    }
  | { readonly kind: "huber"; readonly delta: number }
  | {
      readonly kind: "binaryCrossentropy";
      readonly fromLogits: boolean;
      /** Targets are moved this far towards their middle. Default 0. */
      readonly labelSmoothing?: number;
    }
  | { readonly kind: "categoricalCrossentropy"; readonly fromLogits: boolean; readonly labelSmoothing?: number }
  | { readonly kind: "sparseCategoricalCrossentropy"; readonly fromLogits: boolean }
  | {
      readonly kind: "binaryFocalCrossentropy";
      readonly fromLogits: boolean;
      readonly gamma: number;
      readonly alpha: number;
      readonly applyClassBalancing: boolean;
    }
  | {
      readonly kind: "categoricalFocalCrossentropy";
      readonly fromLogits: boolean;
      readonly gamma: number;
      readonly alpha: number;
    }
  | { readonly kind: "quantile"; readonly quantiles: readonly number[] }
  | { readonly kind: "gaussianNll"; readonly variance: "log" | "softplus"; readonly full: boolean }
  /** One that a user has written: `formula` says all that the code of `each` depends on. */
  | { readonly kind: "formula"; readonly formula: string; readonly each: Elementwise };

/** The loss of each element, and its derivative by the prediction. */
export type Elementwise = (fn: Fn, p: F32x4, y: F32x4) => { value: F32x4; slope: F32x4 };

/** Where the gradient of a row goes: four features from a byte on, with pads to be left out, or one number. */
export interface GradientSink {
  vector(byte: I32, value: F32x4): void;
  number(byte: I32, value: F32): void;
}

/** Keras's epsilon: probabilities are kept this far from 0 and 1. */
export const EPSILON = 1e-7;

/** What is added to a variance behind a softplus, so that it is never zero. */
export const LEAST_VARIANCE = 1e-6;

/** Targets are class numbers rather than rows of features. */
export const takesClassNumbers = (loss: LossKernel): boolean => loss.kind === "sparseCategoricalCrossentropy";

/** How many numbers of the output stand for one of the target: each in a block of its own. */
export function outputBlocks(loss: LossKernel): number {
  if (loss.kind === "quantile") return loss.quantiles.length;
  return loss.kind === "gaussianNll" ? 2 : 1;
}

/**
 * Which of these blocks a metric compares with the target: the mean, or of several quantiles the one nearest to the
 * median.
 */
export function metricBlock(loss: LossKernel): number {
  if (loss.kind !== "quantile") return 0;
  const distances = loss.quantiles.map((quantile) => Math.abs(quantile - 0.5));
  return distances.indexOf(Math.min(...distances));
}
