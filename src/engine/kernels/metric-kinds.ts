import { type LossKernel, takesClassNumbers } from "./loss-kinds.ts";

/** A metric as the program sees it: it adds to float64 cells, from which its value is read afterwards. */
export type MetricKernel =
  | {
      readonly kind:
        | "squaredError"
        | "absoluteError"
        | "symmetricPercentageError"
        | "categoricalAccuracy"
        | "sparseCategoricalAccuracy"
        | "r2";
    }
  | { readonly kind: "topKCategoricalAccuracy" | "sparseTopKCategoricalAccuracy"; readonly k: number }
  | { readonly kind: "binaryAccuracy" | "confusion"; readonly threshold: number }
  | { readonly kind: "thresholds"; readonly count: number }
  /** `threshold` null: the largest of a row is the one predicted. */
  | { readonly kind: "classCounts"; readonly threshold: number | null }
  | { readonly kind: "loss" | "perplexity"; readonly loss: LossKernel };

/**
 * How many cells a metric has. Errors, accuracies, losses and perplexity: sum and number of elements or rows. `confusion`: true
 * positives, false positives, false negatives. `thresholds`: for each threshold the positives, then the negatives, whose
 * prediction lies above it and not above the next. `classCounts`: for each feature true positives, false positives,
 * false negatives and positives. `r2`: for each feature the sum of targets, of their squares, of squared errors, and
 * the number of rows. All are sums of the rows' weights.
 */
export function metricCells(metric: MetricKernel, features: number): number {
  if (metric.kind === "confusion") return 3;
  if (metric.kind === "classCounts" || metric.kind === "r2") return 4 * features;
  return metric.kind === "thresholds" ? 2 * metric.count : 2;
}

/** Whether targets must be class numbers (true), rows (false), or either will do. */
export function takesClasses(metric: MetricKernel): boolean | undefined {
  if ("loss" in metric) return takesClassNumbers(metric.loss);
  if (metric.kind === "classCounts" && metric.threshold === null) return undefined;
  return metric.kind === "sparseCategoricalAccuracy" || metric.kind === "sparseTopKCategoricalAccuracy";
}
