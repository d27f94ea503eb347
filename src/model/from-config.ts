import { GruvyError, shown } from "../base/index.ts";
import type { CompileOptions } from "./compile.ts";
import { definedAs, reserve } from "./custom.ts";
import type { RecurrentCell } from "./layers/cell.ts";
import {
  activation,
  averagePooling1d,
  batchNormalization,
  bidirectional,
  conv1d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePooling1d,
  globalMaxPooling1d,
  gru,
  gruCell,
  input,
  layerNormalization,
  layerNormGruCell,
  layerNormLstmCell,
  lstm,
  lstmCell,
  masking,
  maxPooling1d,
  repeatVector,
  reshape,
  rnn,
  simpleRnn,
  simpleRnnCell,
  spatialDropout1d,
  timeDistributed,
} from "./layers/index.ts";
import type { Layer } from "./layers/layer.ts";
import { lossFrom } from "./losses.ts";
import type { Metric } from "./metric.ts";
import { type MetricName, metricFrom } from "./metrics.ts";
import { optimizerFrom } from "./optimizers.ts";
import { named } from "./options.ts";
import { type Sequential, sequential } from "./sequential.ts";

const layerKinds: Record<string, (options: never) => Layer> = {
  input,
  embedding,
  simpleRnn,
  lstm,
  gru,
  rnn: ({ cells, ...rest }: { cells: unknown }) =>
    rnn(
      list(cells, "the cells of rnn").map((cell, index) => cellFromConfig(cell, `cell ${index} of rnn`)),
      rest,
    ),
  batchNormalization,
  conv1d,
  dense,
  dropout,
  flatten,
  averagePooling1d,
  maxPooling1d,
  reshape,
  repeatVector: ({ n, ...rest }: { n: number; name?: string }) => repeatVector(n, rest),
  globalAveragePooling1d,
  globalMaxPooling1d,
  layerNormalization,
  masking,
  spatialDropout1d,
  timeDistributed: ({ layer, ...rest }: { layer: unknown; name?: string }) =>
    timeDistributed(layerFromConfig(layer, "the layer of timeDistributed"), rest),
  bidirectional: ({ layer, backwardLayer, ...rest }: { layer: unknown; backwardLayer?: unknown; name?: string }) =>
    bidirectional(layerFromConfig(layer, "the layer of bidirectional"), {
      ...rest,
      ...(backwardLayer === undefined
        ? {}
        : { backwardLayer: layerFromConfig(backwardLayer, "backwardLayer of bidirectional") }),
    }),
  activation: ({ activation: fn, ...rest }: { activation: never; name?: string }) => activation(fn, rest),
};

const cellKinds: Record<string, (options: never) => RecurrentCell> = {
  gruCell,
  lstmCell,
  simpleRnnCell,
  layerNormGruCell,
  layerNormLstmCell,
};

reserve([...Object.keys(layerKinds), ...Object.keys(cellKinds)]);

function cellFromConfig(value: unknown, where: string): RecurrentCell {
  const { kind, name, seed, config } = part(value, where);
  const own = definedAs<RecurrentCell>("cell", String(kind));
  const make = own ?? named<(options: never) => RecurrentCell>(cellKinds, String(kind), "cell");
  return make({ ...part(config, where), name, seed } as never);
}

function list(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new GruvyError("model/config", `Expected a list for ${where}, found ${shown(value)}`);
}

function layerFromConfig(value: unknown, where: string): Layer {
  const { kind, name, seed, config } = part(value, where);
  const own = definedAs<Layer>("layer", String(kind));
  const make = own ?? named<(options: never) => Layer>(layerKinds, String(kind), "layer");
  return make({ ...part(config, where), name, seed } as never);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function part(value: unknown, where: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new GruvyError("model/config", `Expected an object for ${where}, found ${shown(value)}`);
}

/**
 * A model from what `toConfig` returned: untrained, and compiled as it was. Everything is checked as if it came from a
 * stranger; layers that are not known are refused by name.
 *
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3 })]);
 * sequentialFromConfig(model.toConfig()).countParams(); // 15
 */
export function sequentialFromConfig(config: unknown): Sequential {
  const { kind, name, seed, layers, input: spec, compile } = part(config, "the architecture");
  if (kind !== "sequential" || !Array.isArray(layers)) {
    throw new GruvyError("model/config", `Expected a sequential architecture, found ${shown(kind)}`);
  }
  const list = layers.map((value, index) => layerFromConfig(value, `layer ${index}`));
  // What the first data said about the input is said by an input layer from now on.
  if (isRecord(spec) && list.length > 0 && list[0].kind !== "input") {
    const steps = (spec.steps ?? null) as number | null;
    const shape = spec.kind === "tokens" ? [steps] : spec.kind === "vector" ? [spec.features] : [steps, spec.features];
    list.unshift(input({ shape: shape as (number | null)[] }));
  }
  const model = sequential(list, { name: name === undefined ? undefined : String(name), seed: seed as number });
  if (compile !== null && compile !== undefined) {
    const { optimizer, loss, metrics, weightedMetrics, numerics } = part(compile, "compile");
    const chosen = lossFrom(loss as never);
    const listed = (given: unknown) =>
      (Array.isArray(given) ? given : []).map((metric): Metric | MetricName =>
        typeof metric === "string"
          ? (metric as MetricName)
          : metricFrom(metric as Metric["config"], { loss: chosen.kernel, features: 2 }),
      );
    model.compile({
      optimizer: optimizerFrom(optimizer as never),
      loss: chosen,
      metrics: listed(metrics),
      weightedMetrics: listed(weightedMetrics),
      numerics: numerics as CompileOptions["numerics"],
    });
  }
  return model;
}
