import { counted, finiteNumber, GruvyError, shown, wholeNumber } from "../base/index.ts";
import { type Objective, outputBlocks, type Training } from "../engine/index.ts";
import { isRecord } from "./by-name.ts";
import { type Loss, type LossName, lossFrom } from "./losses.ts";
import type { Metric } from "./metric.ts";
import { type CountedMetric, type MetricName, metricsFrom } from "./metrics.ts";
import { type Optimizer, type OptimizerName, optimizerFrom, trainingOf } from "./optimizers.ts";
import { optionsOf, refuseUnknown } from "./options.ts";

type LossLike = LossName | Loss;
type MetricLike = MetricName | Metric;
type MetricLists =
  | readonly (MetricLike | readonly MetricLike[])[]
  | { readonly [output: string]: MetricLike | readonly MetricLike[] };

/** What `compile` takes. */
export interface CompileOptions {
  /** A name or a description. Default `rmsprop`, as in Keras. */
  readonly optimizer?: OptimizerName | Optimizer;
  /**
   * What is made small. Of several outputs one for all, a list in their order, or an object by their names; null for an
   * output that is not trained.
   */
  readonly loss: LossLike | readonly (LossLike | null)[] | { readonly [output: string]: LossLike | null };
  /** What a loss counts in the sum of all: by default 1. As a list, or an object by the outputs' names. */
  readonly lossWeights?: number | readonly number[] | { readonly [output: string]: number };
  /** A list; of several outputs a list of lists, or an object by their names. */
  readonly metrics?: MetricLists;
  /**
   * Metrics that count each row by its weight; `metrics` count all alike, as in Keras. One whose name is there already
   * is called `weightedMae`.
   */
  readonly weightedMetrics?: MetricLists;
  /** `fast`: the same bits on one machine and Node for any number of threads; `exact`: everywhere. Default `fast`. */
  readonly numerics?: "fast" | "exact";
  /**
   * Bytes of memory that the model may take. Where a batch would need more, gates and states are computed again on the
   * way back instead of being kept (about a third more time, the same bits); what still does not fit is refused with
   * `engine/memory`. Default: half of the memory that is free, at most 4 GB. See `model.memory`.
   */
  readonly memoryBudget?: number;
}

/** How a model is trained and judged. */
export interface Compiled {
  readonly optimizer: Optimizer;
  readonly outputs: readonly Judged[];
  readonly exact: boolean;
  /** Of this machine, and so not kept with the model. */
  readonly memoryBudget: number | undefined;
}

/** How an output is judged. */
export interface Judged {
  readonly name: string;
  /** Without one the output is not trained and not compared. */
  readonly loss: Loss | undefined;
  readonly weight: number;
  readonly metrics: readonly MetricLike[];
  readonly weightedMetrics: readonly MetricLike[];
}

/** How an output is judged, once it is known: all metrics, from `firstWeighted` on those that weigh rows. */
export interface Measured extends Omit<Judged, "metrics" | "weightedMetrics"> {
  readonly metrics: readonly CountedMetric[];
  readonly firstWeighted: number;
}

/** Something of each output, from one for all, a list or an object by name. */
function ofEach<T>(given: unknown, names: readonly string[], what: string, single: (value: unknown) => boolean): T[] {
  if (single(given)) return names.map(() => given as T);
  if (Array.isArray(given)) {
    if (given.length === names.length) return given as T[];
    throw new GruvyError(
      "model/outputs",
      `Expected ${what} for each of ${counted(names.length, "output")} (${names.map(shown).join(", ")}), found ${given.length}`,
    );
  }
  if (!isRecord(given)) {
    throw new GruvyError(
      "model/option",
      `Expected ${what} as one for all outputs, a list or an object, found ${shown(given)}`,
    );
  }
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new GruvyError(
      "model/outputs",
      `The model has no output ${shown(unknown)}, which ${what} names`,
      `Its outputs are ${names.map(shown).join(", ")}.`,
    );
  }
  return names.map((name) => (Object.hasOwn(given, name) ? given[name] : undefined) as T);
}

const isLoss = (value: unknown): boolean =>
  typeof value === "string" || (isRecord(value) && ("kernel" in value || typeof value.name === "string"));

function lossesOf(given: CompileOptions["loss"], names: readonly string[]): (Loss | undefined)[] {
  const all = ofEach<LossLike | null | undefined>(given, names, "a loss", isLoss).map((loss, i) => {
    if (loss === null) return undefined;
    if (loss !== undefined) return lossFrom(loss);
    throw new GruvyError(
      "model/outputs",
      `Expected a loss for the output ${shown(names[i])}, found none`,
      "Say null for an output that is not trained.",
    );
  });
  if (all.some((loss) => loss !== undefined)) return all;
  throw new GruvyError("model/loss", "Expected a loss for one output at least, found none");
}

/** Of a single output the metrics themselves are listed, of several each output's. */
function metricsOfEach(given: MetricLists, names: readonly string[]): readonly MetricLike[][] {
  const lists = (value: unknown): MetricLike[] =>
    Array.isArray(value) ? value : value === undefined ? [] : [value as MetricLike];
  if (Array.isArray(given)) {
    if (names.length === 1) return [(given.length === 1 && Array.isArray(given[0]) ? given[0] : given) as MetricLike[]];
    if (given.length === 0) return names.map(() => []);
  } else if (!isRecord(given)) {
    throw new GruvyError("model/metric", `Expected metrics to be a list, found ${shown(given)}`);
  }
  return ofEach<unknown>(given, names, "metrics", () => false).map(lists);
}

function weightsOf(given: NonNullable<CompileOptions["lossWeights"]>, names: readonly string[]): number[] {
  const isNumber = (value: unknown) => typeof value === "number";
  return ofEach<number | undefined>(given, names, "lossWeights", isNumber).map((weight, i) =>
    finiteNumber(weight ?? 1, `the loss weight of ${names[i]}`, { min: 0, code: "model/option" }),
  );
}

/** Checks what `compile` was given for outputs of some names, as far as it can be before their features are known. */
export function compiledFrom(options: CompileOptions, names: readonly string[]): Compiled {
  const given = optionsOf(options, "compile");
  const { optimizer = "rmsprop", numerics = "fast", memoryBudget } = given;
  const known = ["optimizer", "loss", "lossWeights", "metrics", "weightedMetrics", "numerics", "memoryBudget"];
  refuseUnknown(options, known, "compile");
  if (numerics !== "fast" && numerics !== "exact") {
    throw new GruvyError("model/option", `Expected numerics to be "fast" or "exact", found ${shown(numerics)}`);
  }
  if (memoryBudget !== undefined) wholeNumber(memoryBudget, "memoryBudget");
  const losses = lossesOf(given.loss, names);
  const weights = weightsOf(given.lossWeights ?? 1, names);
  const metrics = metricsOfEach(given.metrics ?? [], names);
  const weightedMetrics = metricsOfEach(given.weightedMetrics ?? [], names);
  const outputs = names.map((name, i): Judged => {
    const judged = {
      name,
      loss: losses[i],
      weight: weights[i],
      metrics: metrics[i],
      weightedMetrics: weightedMetrics[i],
    };
    if (judged.loss || (judged.metrics.length === 0 && judged.weightedMetrics.length === 0)) return judged;
    throw new GruvyError(
      "model/metric",
      `The output ${shown(name)} has metrics and no loss, so that it is compared with nothing`,
      "Give it a loss, with a weight of 0 if it is not to be trained.",
    );
  });
  const compiled = { optimizer: optimizerFrom(optimizer), outputs, exact: numerics === "exact", memoryBudget };
  // As far as metrics can be judged before the outputs are known.
  measuredFor(compiled, () => 2);
  return compiled;
}

/**
 * Features of a target, for an output of so many.
 *
 * @throws {GruvyError} `model/loss` where the loss needs several blocks and they do not come out even.
 */
export function targetFeaturesOf({ kernel }: Loss, features: number): number {
  const blocks = outputBlocks(kernel);
  if (features % blocks === 0) return features / blocks;
  throw new GruvyError(
    "model/loss",
    `The loss ${kernel.kind} needs ${blocks} outputs for each number of a target, found ${features} in all`,
    `Give the last layer a multiple of ${blocks} units.`,
  );
}

/** How each output is judged, for outputs of so many features. */
export function measured(compiled: Compiled, features: readonly number[]): Measured[] {
  return measuredFor(compiled, (loss, output) => targetFeaturesOf(loss, features[output]));
}

function measuredFor({ outputs }: Compiled, featuresOf: (loss: Loss, output: number) => number): Measured[] {
  const all = outputs.map(({ metrics, weightedMetrics, ...output }, i) => {
    const context = output.loss && { loss: output.loss.kernel, features: featuresOf(output.loss, i) };
    const counted = context ? metricsFrom([...metrics, ...weightedMetrics], context, metrics.length) : [];
    return { ...output, metrics: counted, firstWeighted: metrics.length };
  });
  const keys = new Set(["loss", "valLoss", "learningRate"]);
  for (const key of ["", "val"].flatMap((prefix) =>
    logNames(all, prefix).flatMap((names) => Object.values(names).flat()),
  )) {
    if (keys.has(key)) {
      throw new GruvyError("model/name", `Two numbers of the history would be named "${key}"`, "Rename an output.");
    }
    keys.add(key);
  }
  return all;
}

/** Names in logs and histories: of a single output the metrics', of several with the output's name in front. */
export function logNames(
  outputs: readonly Measured[],
  prefix = "",
): readonly { readonly loss: readonly string[]; readonly metrics: readonly string[] }[] {
  const several = outputs.filter(({ loss }) => loss).length > 1;
  const behind = (first: string, name: string) =>
    first === "" ? name : `${first}${name[0].toUpperCase()}${name.slice(1)}`;
  return outputs.map(({ name, metrics }) => ({
    loss: several ? [behind(prefix, behind(name, "loss"))] : [],
    metrics: metrics.map((metric) => behind(prefix, outputs.length > 1 ? behind(name, metric.name) : metric.name)),
  }));
}

/** What the engine must know of it. */
export function programOf(
  compiled: Compiled,
  features: readonly number[],
): {
  objectives: readonly { readonly objective?: Objective; readonly weight: number }[];
  training: Training;
  exact: boolean;
  memoryBudget: number | undefined;
} {
  const { optimizer, exact, memoryBudget } = compiled;
  return {
    objectives: measured(compiled, features).map(({ loss, weight, metrics, firstWeighted }) => {
      if (!loss) return { weight };
      return { objective: { loss: loss.kernel, metrics: metrics.map(({ kernel }) => kernel), firstWeighted }, weight };
    }),
    training: trainingOf(optimizer),
    exact,
    memoryBudget,
  };
}

/** As plain JSON: of a single output its loss and metrics, of several by their names. */
export function compiledConfig({ optimizer, outputs, exact }: Compiled) {
  const described = (list: readonly MetricLike[]) =>
    list.map((metric) => (typeof metric === "string" ? metric : metric.config));
  const byName = <T>(of: (output: Judged) => T) =>
    Object.fromEntries(outputs.map((output) => [output.name, of(output)]));
  const [only] = outputs;
  const weighed = outputs.some(({ weight }) => weight !== 1);
  const one = outputs.length === 1;
  return {
    optimizer: optimizer.config,
    loss: one ? only.loss!.config : byName(({ loss }) => loss?.config ?? null),
    ...(weighed ? { lossWeights: one ? only.weight : byName(({ weight }) => weight) } : {}),
    metrics: one ? described(only.metrics) : byName(({ metrics }) => described(metrics)),
    ...(outputs.some(({ weightedMetrics }) => weightedMetrics.length > 0)
      ? {
          weightedMetrics: one
            ? described(only.weightedMetrics)
            : byName(({ weightedMetrics }) => described(weightedMetrics)),
        }
      : {}),
    numerics: exact ? "exact" : "fast",
  };
}
