// How a model was compiled, in our words and back.

import { GruvyError, shown } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { nameOf, readLoss, readMetric, type Target, writeLoss, writeMetric } from "./objectives.ts";
import { readOptimizer, writeOptimizer } from "./optimizers.ts";
import { type KerasOutputs, ofEachOutput, writtenForEach } from "./outputs.ts";
import { isObject, lacking, member } from "./values.ts";

/** What `compile` is told, as `toConfig` keeps it: of several outputs by our names. */
export interface ReadTraining {
  readonly optimizer: JsonObject;
  readonly loss: Json;
  readonly lossWeights?: Json;
  readonly metrics: Json;
  readonly weightedMetrics: Json;
}

/** The outputs of a model as Keras calls them, and as we do. */
export interface OutputNames {
  readonly keras: KerasOutputs;
  readonly own: readonly string[];
}

/** With what they are compared with, where the model is compiled. */
export interface ComparedOutputs extends OutputNames {
  readonly targets: readonly (Target | undefined)[];
}

/**
 * The `compile_config` of a new file, or the `training_config` of an old one. A metric that is not known is left out, and
 * told.
 *
 * @throws {GruvyError} `model/keras-training` for a loss or an optimizer that is not known.
 */
export function readTraining(value: Json, { keras, own }: OutputNames, warn: (text: string) => void): ReadTraining {
  const several = own.length > 1;
  const arranged = <T extends Json>(list: readonly T[]): Json =>
    several ? (Object.fromEntries(own.map((name, i) => [name, list[i]])) as JsonObject) : list[0];
  const losses = ofEachOutput(member(value, "loss") ?? null, keras, "the loss").map((loss) =>
    loss === null ? null : readLoss(loss),
  );
  if (losses.every((loss) => loss === null)) throw lacking("the loss", null);
  const weights = member(value, "loss_weights") ?? null;
  const metrics = (option: string): Json => arranged(metricsOf(member(value, option) ?? null, losses, keras, warn));
  return {
    optimizer: readOptimizer(member(value, "optimizer") ?? member(value, "optimizer_config") ?? "rmsprop"),
    loss: arranged(losses),
    ...(weights === null
      ? {}
      : { lossWeights: arranged(ofEachOutput(weights, keras, "loss_weights").map((weight) => weight ?? 1)) }),
    metrics: metrics("metrics"),
    weightedMetrics: metrics("weighted_metrics"),
  };
}

/** The metrics of each output. */
function metricsOf(
  given: Json,
  losses: readonly Json[],
  keras: KerasOutputs,
  warn: (text: string) => void,
): (readonly Json[])[] {
  const one = losses.length === 1;
  const lists = one
    ? [flat(given)]
    : ofEachOutput(Array.isArray(given) && !given.length ? null : given, keras, "metrics").map(flat);
  return lists.map((list, i) => {
    if (losses[i] === null && list.length > 0) {
      warn(
        `The metrics of the output ${shown(keras.names[i])} are left out: it has no loss, so it is compared with nothing.`,
      );
      return [];
    }
    return list.flatMap((metric): Json[] => {
      try {
        return [readMetric(metric)];
      } catch (error) {
        if (!(error instanceof GruvyError)) throw error;
        warn(`A metric is left out: ${error.message}`);
        return [];
      }
    });
  });
}

/** A metric, or all in lists and records of them. */
function flat(value: Json): readonly Json[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one: Json) => flat(one));
  return isObject(value) && !("class_name" in value)
    ? Object.values(value).flatMap((one) => flat(one as Json))
    : [value];
}

/** What `toConfig` keeps of a model's training. */
interface OwnTraining {
  readonly optimizer: JsonObject;
  readonly loss: JsonObject;
  readonly lossWeights?: Json;
  readonly metrics: Json;
  readonly weightedMetrics?: Json;
}

/**
 * What `toConfig` says of the training, as `compile_config` of Keras 3; in words what Keras lacks, where it does. Metrics
 * that it lacks are left out, and told.
 */
export function writeTraining(
  compile: JsonObject,
  { keras, own, targets }: ComparedOutputs,
  warn: (text: string) => void,
): JsonObject | string {
  const { optimizer, loss, lossWeights, metrics, weightedMetrics } = compile as unknown as OwnTraining;
  const several = own.length > 1;
  // Of several outputs all is kept by name.
  const ofEach = (value: Json | undefined): Json[] =>
    several ? own.map((name) => member(value, name) ?? null) : [value ?? null];
  const arranged = (list: readonly Json[]): Json => (several ? writtenForEach(list, keras) : list[0]);
  const losses = ofEach(loss);
  const written = losses.map((one) => (one === null ? null : writeLoss(one)));
  const unwritten = written.indexOf(undefined);
  if (unwritten >= 0) return `the loss ${shown(nameOf(losses[unwritten]))} is not written`;
  const made = writeOptimizer(optimizer);
  if (typeof made === "string") return made;
  const named = (given: Json | undefined): Json => {
    const lists = ofEach(given).map((list, i) =>
      ((list ?? []) as readonly Json[]).flatMap((metric): Json[] => {
        const one = writeMetric(metric, targets[i]);
        if (one !== undefined) return [one];
        const name = nameOf(metric);
        const why = name === "f1Score" ? "which Keras has of one-hot rows alone" : "which Keras lacks";
        warn(`The file does not have the metric ${shown(name)}, ${why}.`);
        return [];
      }),
    );
    // Keras may be given no targets of an output without a loss, and then nothing is to be compared with them.
    return lists.every(({ length }) => length === 0)
      ? null
      : arranged(lists.map((list) => (list.length ? list : null)));
  };
  return {
    optimizer: made,
    loss: arranged(written as Json[]),
    // Keras takes a whole number for the weight of a single output from a list alone.
    loss_weights: lossWeights === undefined ? null : several ? arranged(ofEach(lossWeights)) : [lossWeights],
    metrics: named(metrics),
    weighted_metrics: named(weightedMetrics),
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}
