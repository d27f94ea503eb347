import { GruvyError, shown, wholeNumber } from "../base/index.ts";
import { type Objective, outputBlocks, type Training } from "../engine/index.ts";
import { type Loss, type LossName, lossFrom } from "./losses.ts";
import type { Metric } from "./metric.ts";
import { type CountedMetric, type MetricName, metricsFrom } from "./metrics.ts";
import { type Optimizer, type OptimizerName, optimizerFrom, trainingOf } from "./optimizers.ts";
import { optionsOf, refuseUnknown } from "./options.ts";

/** What `compile` takes. */
export interface CompileOptions {
  /** A name or a description. Default `rmsprop`, as in Keras. */
  readonly optimizer?: OptimizerName | Optimizer;
  readonly loss: LossName | Loss;
  readonly metrics?: readonly (MetricName | Metric)[];
  /**
   * Metrics that count each row by its weight; `metrics` count all alike, as in Keras. One whose name is there already
   * is called `weightedMae`.
   */
  readonly weightedMetrics?: readonly (MetricName | Metric)[];
  /** `fast`: the same bits on one machine and Node for any number of threads; `exact`: everywhere. Default `fast`. */
  readonly numerics?: "fast" | "exact";
  /**
   * Bytes of memory that the model may take. Where a batch would need more, gates and states are computed again on the
   * way back instead of being kept (about a third more time, the same bits); what still does not fit is refused with
   * `engine/memory`. Default: half of the memory that is free. See `model.memory`.
   */
  readonly memoryBudget?: number;
}

/** How a model is trained and judged. */
export interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly (MetricName | Metric)[];
  readonly weightedMetrics: readonly (MetricName | Metric)[];
  readonly exact: boolean;
  /** Of this machine, and so not kept with the model. */
  readonly memoryBudget: number | undefined;
}

/** Checks what `compile` was given, as far as it can be without the model's output. */
export function compiledFrom(options: CompileOptions): Compiled {
  const given = optionsOf(options, "compile");
  const { optimizer = "rmsprop", loss, metrics = [], weightedMetrics = [], numerics = "fast", memoryBudget } = given;
  const known = ["optimizer", "loss", "metrics", "weightedMetrics", "numerics", "memoryBudget"];
  refuseUnknown(options, known, "compile");
  if (numerics !== "fast" && numerics !== "exact") {
    throw new GruvyError("model/option", `Expected numerics to be "fast" or "exact", found ${shown(numerics)}`);
  }
  for (const list of [metrics, weightedMetrics]) {
    if (!Array.isArray(list)) {
      throw new GruvyError("model/metric", `Expected metrics to be a list, found ${shown(list)}`);
    }
  }
  if (memoryBudget !== undefined) wholeNumber(memoryBudget, "memoryBudget");
  const compiled = {
    optimizer: optimizerFrom(optimizer),
    loss: lossFrom(loss),
    metrics,
    weightedMetrics,
    exact: numerics === "exact",
    memoryBudget,
  };
  metricsFrom([...metrics, ...weightedMetrics], { loss: compiled.loss.kernel, features: 2 });
  return compiled;
}

/**
 * Features of a target, for an output of so many.
 *
 * @throws {GruvyError} `model/loss` where the loss needs several blocks and they do not come out even.
 */
export function targetFeaturesOf({ loss: { kernel } }: Compiled, features: number): number {
  const blocks = outputBlocks(kernel);
  if (features % blocks === 0) return features / blocks;
  throw new GruvyError(
    "model/loss",
    `The loss ${kernel.kind} needs ${blocks} outputs for each number of a target, found ${features} in all`,
    `Give the last layer a multiple of ${blocks} units.`,
  );
}

/** Metrics in full, for an output of so many features. */
export function metricsOf(compiled: Compiled, features: number): readonly CountedMetric[] {
  const { loss, metrics, weightedMetrics } = compiled;
  const context = { loss: loss.kernel, features: targetFeaturesOf(compiled, features) };
  return metricsFrom([...metrics, ...weightedMetrics], context, metrics.length);
}

/** What the engine must know of it. */
export function programOf(
  compiled: Compiled,
  features: number,
): { objective: Objective; training: Training; exact: boolean; memoryBudget: number | undefined } {
  const { loss, optimizer, exact, memoryBudget } = compiled;
  return {
    objective: {
      loss: loss.kernel,
      metrics: metricsOf(compiled, features).map((metric) => metric.kernel),
      firstWeighted: compiled.metrics.length,
    },
    training: trainingOf(optimizer),
    exact,
    memoryBudget,
  };
}

/** As plain JSON. */
export function compiledConfig({ optimizer, loss, metrics, weightedMetrics, exact }: Compiled) {
  const described = (list: Compiled["metrics"]) =>
    list.map((metric) => (typeof metric === "string" ? metric : metric.config));
  return {
    optimizer: optimizer.config,
    loss: loss.config,
    metrics: described(metrics),
    ...(weightedMetrics.length > 0 ? { weightedMetrics: described(weightedMetrics) } : {}),
    numerics: exact ? "exact" : "fast",
  };
}
