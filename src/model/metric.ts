import type { LossKernel, MetricKernel } from "../engine/index.ts";

/** What a metric may depend on: the model's loss, and the features of a target. */
export interface MetricContext {
  readonly loss: LossKernel;
  readonly features: number;
}

/**
 * A metric: counted by the program while it trains or evaluates, read at the end of an epoch. Predictions and targets
 * are [rows, features], or [rows, steps, features], whose masked steps do not count; class numbers have no features.
 * `compile` throws `model/metric` for one that takes others than the loss does.
 */
export interface Metric {
  /** The key in histories and results. */
  readonly name: string;
  readonly config: { readonly name: string; readonly [option: string]: unknown };
  readonly kernel: MetricKernel;
  /** The kernel for a loss and an output, where it depends on them. */
  resolve?(context: MetricContext): MetricKernel;
  /** From the cells that the program counted in. */
  result(cells: Float64Array): number;
}

export const mean = (cells: Float64Array): number => (cells[1] > 0 ? cells[0] / cells[1] : 0);

export const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);

export const metric = (
  name: string,
  kernel: MetricKernel,
  result = mean,
  options: Record<string, unknown> = {},
): Metric => ({ name, config: { name, ...options }, kernel, result });
