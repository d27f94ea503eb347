import { GruvyError, shown, type Tensor, wordOf } from "../base/index.ts";
import type { Arranged } from "./arranged.ts";
import { isRecord } from "./by-name.ts";
import type { CompileOptions } from "./compile.ts";
import { definedAs, reserve } from "./custom.ts";
import { FunctionalModel } from "./functional.ts";
import type { RecurrentCell } from "./layers/cell.ts";
import {
  activation,
  add,
  additiveAttention,
  attention,
  average,
  averagePooling1d,
  batchNormalization,
  bidirectional,
  concatenate,
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
  multiply,
  repeatVector,
  reshape,
  rnn,
  simpleRnn,
  simpleRnnCell,
  spatialDropout1d,
  subtract,
  timeDistributed,
} from "./layers/index.ts";
import type { AnyLayer, Layer, SymbolicTensor } from "./layers/layer.ts";
import { lossFrom } from "./losses.ts";
import type { Metric } from "./metric.ts";
import { type MetricName, metricFrom } from "./metrics.ts";
import type { Model } from "./model.ts";
import { optimizerFromConfig } from "./optimizers.ts";
import { named } from "./options.ts";
import { scheduleFromConfig } from "./schedules.ts";
import { type Sequential, sequential } from "./sequential.ts";

const layerKinds: Record<string, (options: never) => AnyLayer> = {
  input,
  embedding,
  simpleRnn,
  lstm,
  gru,
  rnn: ({ cells, ...rest }: { cells: unknown }) =>
    rnn(
      listed(cells, "the cells of rnn").map((cell, index) => cellFromConfig(cell, `cell ${index} of rnn`)),
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
  add,
  additiveAttention,
  attention,
  average,
  concatenate,
  multiply,
  subtract,
  sequential: ({ layers, name }: { layers: unknown; name?: string }) =>
    sequential(layersFromConfig(layers, name ?? "the inner model"), { name }).asLayer,
  functional: ({ name, ...wiring }: { name?: string }) => functionalFrom(wiring, { name }).asLayer,
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
  const own = definedAs<RecurrentCell>("cell", wordOf(kind));
  const make = own ?? named<(options: never) => RecurrentCell>(cellKinds, wordOf(kind), "cell");
  return make({ ...part(config, where), name, seed } as never);
}

function anyLayerFromConfig(value: unknown, where: string): AnyLayer {
  const { kind, name, seed, config } = part(value, where);
  const own = definedAs<Layer>("layer", wordOf(kind));
  const make = own ?? named<(options: never) => AnyLayer>(layerKinds, wordOf(kind), "layer");
  const inner = kind === "sequential" || kind === "functional";
  return make({ ...part(config, where), name, ...(inner ? {} : { seed }) } as never);
}

/** One that may stand alone: what has several outputs is refused where it is used. */
const layerFromConfig = (value: unknown, where: string): Layer => anyLayerFromConfig(value, where) as Layer;

function layersFromConfig(layers: unknown, where: string): Layer[] {
  return listed(layers, `the layers of ${where}`).map((value, index) => layerFromConfig(value, `layer ${index}`));
}

function listed(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new GruvyError("model/config", `Expected a list for ${what}, found ${shown(value)}`);
}

function part(value: unknown, where: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new GruvyError("model/config", `Expected an object for ${where}, found ${shown(value)}`);
}

/** What `compile` was given, from what a saved model keeps of it. */
function compileFrom(model: Model<unknown>, compile: unknown): void {
  if (compile === null || compile === undefined) return;
  const { optimizer, loss, lossWeights, metrics, weightedMetrics, numerics } = part(compile, "compile");
  const several = model.outputNames.length > 1;
  // Of several outputs losses and metrics are kept by name.
  const own = (of: Record<string, unknown>, name: string) => (Object.hasOwn(of, name) ? of[name] : undefined);
  const lossOf = (name: string) => (several ? own(part(loss, "the losses"), name) : loss);
  const metricsFor = (all: unknown, name: string) => {
    const given = several ? own(part(all ?? {}, "the metrics"), name) : all;
    const kept = lossOf(name) ?? null;
    if (kept === null) return [];
    const { kernel } = lossFrom(kept as never);
    return (Array.isArray(given) ? given : []).map((metric): Metric | MetricName =>
      typeof metric === "string"
        ? (metric as MetricName)
        : metricFrom(metric as Metric["config"], { loss: kernel, features: 2 }),
    );
  };
  const metricsOf = (all: unknown) => {
    const byName = model.outputNames.map((name) => [name, metricsFor(all, name)] as const);
    return several ? Object.fromEntries(byName) : byName[0][1];
  };
  model.compile({
    optimizer: optimizerFromConfig(optimizer as never, scheduleFromConfig),
    loss: several ? (part(loss, "the losses") as never) : lossFrom(loss as never),
    ...(lossWeights === undefined ? {} : { lossWeights: lossWeights as number }),
    metrics: metricsOf(metrics),
    weightedMetrics: metricsOf(weightedMetrics),
    numerics: numerics as CompileOptions["numerics"],
  });
}

/** A functional model from its layers, and for each call its layer and the earlier calls it takes something from. */
function functionalFrom(
  wiring: Readonly<Record<string, unknown>>,
  options: { readonly name?: string; readonly seed?: number },
): FunctionalModel<unknown> {
  const layers = listed(wiring.layers, "the layers").map((value, index) => anyLayerFromConfig(value, `layer ${index}`));
  const results: (readonly SymbolicTensor[])[] = [];
  const place = (value: unknown, below: number, what: string): number => {
    if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < below) return value as number;
    throw new GruvyError("model/config", `Expected ${what} to be from 0 to ${below - 1}, found ${shown(value)}`);
  };
  const tensorOf = (value: unknown): SymbolicTensor => {
    const { call, index } = part(value, "the output of a call");
    const outputs = results[place(call, results.length, "an earlier call")];
    return outputs[place(index, outputs.length, "the output of a call")];
  };
  listed(wiring.calls, "the calls").forEach((value, index) => {
    const { layer, inputs } = part(value, `call ${index}`);
    const called = layers[place(layer, layers.length, `the layer of call ${index}`)];
    const given = listed(inputs, `the inputs of call ${index}`).map(tensorOf);
    // An input is applied to nothing: it is the tensor itself.
    const result = called.kind === "input" ? called : called.apply(given);
    results.push(Array.isArray(result) ? result : [result as SymbolicTensor]);
  });
  const arranged = (value: unknown, what: string): Arranged<SymbolicTensor> => {
    if (Array.isArray(value)) return value.map(tensorOf);
    const given = part(value, what);
    if (typeof given.call === "number") return tensorOf(given);
    return Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, tensorOf(tensor)]));
  };
  return new FunctionalModel<unknown>({
    inputs: arranged(wiring.inputs, "the inputs"),
    outputs: arranged(wiring.outputs, "the outputs"),
    ...options,
  });
}

/**
 * A model from what `toConfig` returned: untrained, and compiled as it was. Everything is checked as if it came from a
 * stranger; layers that are not known are refused by name.
 *
 * @throws {GruvyError} `model/config` for what is no architecture, `model/layer` for an unknown layer, and what making
 *   the layers and compiling throws.
 * @example
 * const x = input({ shape: [4] });
 * const net = model({ inputs: x, outputs: dense({ units: 3 }).apply(x) });
 * modelFromConfig(net.toConfig()).countParams(); // 15
 */
export function modelFromConfig<Out = Tensor>(config: unknown): Model<Out> {
  const { kind, name, seed, compile, ...rest } = part(config, "the architecture");
  if (kind === "sequential") return sequentialFromConfig(config) as Model<unknown> as Model<Out>;
  if (kind !== "functional") {
    throw new GruvyError("model/config", `Expected a sequential or a functional architecture, found ${shown(kind)}`);
  }
  const model = functionalFrom(rest, { name: textOf(name), seed: seed as number });
  compileFrom(model, compile);
  return model as Model<unknown> as Model<Out>;
}

const textOf = (name: unknown): string | undefined => (name === undefined ? undefined : wordOf(name));

/**
 * A stack of layers from what its `toConfig` returned; see `modelFromConfig`.
 *
 * @throws {GruvyError} as `modelFromConfig`
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
  // What the first data or a model in front said about the input is said by an input layer from now on.
  if (isRecord(spec) && list.length > 0 && list[0].kind !== "input") {
    const steps = (spec.steps ?? null) as number | null;
    const shape = spec.kind === "tokens" ? [steps] : spec.kind === "vector" ? [spec.features] : [steps, spec.features];
    const rows = spec.batchSize === undefined ? {} : { batchSize: spec.batchSize as number };
    list.unshift(input({ shape: shape as (number | null)[], ...rows }));
  }
  const model = sequential(list, { name: textOf(name), seed: seed as number });
  compileFrom(model, compile);
  return model;
}
