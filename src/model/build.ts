import { GruvyError, mix, random, stream } from "../base/index.ts";
import { EmbeddingOp, InputOp, opsOf, TimeAxis, type Value, type Weight } from "../engine/index.ts";
import type { Initializer } from "./initializers.ts";
import { type AnyLayer, type BuildContext, checkSeed, freezing, type Symbolic, seedOfUse } from "./layers/layer.ts";
import { obey, type WeightRule } from "./layers/weight-rules.ts";
import { layerNames, type Network, type Source } from "./network.ts";
import { warnOnce } from "./warn.ts";

/** What a model's input looks like: tokens [rows, steps], or numbers [rows, features] or [rows, steps, features]. */
export interface InputSpec {
  readonly kind: "tokens" | "vector" | "sequence";
  readonly features: number;
  /** null where it may vary. */
  readonly steps: number | null;
  /** Rows of every batch, where they are fixed. */
  readonly batchSize?: number;
}

export interface BuiltInput extends InputSpec {
  readonly name: string;
  /** The index of its time axis; inputs that must have equally many steps have one in common. */
  readonly axis: number | undefined;
  /** Tokens are below this. */
  readonly tokens: number;
}

export interface BuiltOutput {
  readonly name: string;
  readonly value: Value;
  readonly steps: number | null;
}

/** A layer as it stands in a built model. */
export interface BuiltLayer {
  readonly layer: AnyLayer;
  readonly name: string;
  /** Of its first application. */
  readonly outputs: readonly Symbolic[];
  readonly weights: readonly Weight[];
  /** The names of the layers whose outputs it takes, of all its applications. */
  readonly from: readonly string[];
}

export interface BuiltModel {
  readonly inputs: readonly BuiltInput[];
  readonly outputs: readonly BuiltOutput[];
  readonly layers: readonly BuiltLayer[];
  readonly weights: readonly Weight[];
  /** Rows of every batch, where layers keep states from one to the next. */
  readonly fixedBatch: number | undefined;
  /** What a user should know and might not expect. */
  readonly warnings: readonly string[];
  /** `freezing.count` when it was built. */
  readonly freezes: number;
  /** How each weight starts, in the user's order. */
  initial(weight: Weight): Float32Array | Promise<Float32Array>;
}

/** What was built of one layer of a network. */
interface Applied {
  /** Of its first application. */
  outputs: readonly Symbolic[];
  readonly starts: Map<Weight, Initializer["values"]>;
}

/**
 * Composes the layers of a network into ops. `contextOf` gives the context of a layer's application; places are counted
 * without the inputs, so that declaring them changes no random number.
 */
export function applyNetwork(
  network: Network,
  inputs: readonly Symbolic[],
  contextOf: (
    layer: AnyLayer,
    name: string,
    place: number,
    use: number,
  ) => Omit<BuildContext, "initialize" | "trainable" | "graph">,
): { outputs: Symbolic[]; applied: readonly Applied[]; names: readonly string[] } {
  const { layers, calls } = network;
  const names = layerNames(layers);
  const places: number[] = [];
  for (const { kind } of layers) places.push((places.at(-1) ?? -1) + (kind === "input" ? 0 : 1));
  const applied = layers.map((): Applied => ({ outputs: [], starts: new Map() }));
  const uses = layers.map(() => 0);
  for (const { layer } of calls) uses[layer]++;
  const pools = uses.map((count) => (count > 1 ? network.graph?.newPool() : undefined));
  uses.fill(0);
  const results: (readonly Symbolic[])[] = [];
  const taken = (source: Source) => ("input" in source ? inputs[source.input] : results[source.call][source.index]);
  for (const { layer: index, from } of calls) {
    const layer = layers[index];
    const { starts } = applied[index];
    checkSeed(layer, names[index]);
    const context: BuildContext = {
      ...contextOf(layer, names[index], places[index], uses[index]),
      trainable: layer.config.trainable !== false,
      graph: network.graph,
      // `this` may be the context of a layer within the layer.
      initialize(weight: Weight, start: Initializer["values"], rule?: WeightRule) {
        starts.set(weight, start);
        if (rule) obey(weight, rule, this.trainable);
      },
    };
    const apply = () => layer.buildAll(from.map(taken), context);
    const outputs = pools[index]?.apply(apply) ?? apply();
    results.push(outputs);
    if (uses[index]++ === 0) applied[index].outputs = outputs;
  }
  return { outputs: network.outputs.map(({ from }) => taken(from)), applied, names };
}

/** Whether an input of a network goes to a layer that takes tokens. */
export function takesTokens({ layers, calls }: Network, input: number): boolean {
  const isInput = (source: Source): boolean => {
    if ("input" in source) return source.input === input;
    const { layer, from } = calls[source.call];
    return layers[layer].kind === "input" && isInput(from[0]);
  };
  return calls.some(({ layer, from }) =>
    from.some((source, place) => isInput(source) && layers[layer].takesTokens?.(place) === true),
  );
}

/** What the inputs of a network are. */
export interface Given {
  readonly specs: readonly InputSpec[];
  /** The time axis of each; undefined where it has none. */
  readonly axes: readonly (TimeAxis | undefined)[];
  /** Rows of every batch, where an input fixes them. */
  readonly batchSize: number | undefined;
  readonly align: BuildContext["align"];
}

/** A time axis for each input that has steps. */
export function axesOf(specs: readonly InputSpec[]): (TimeAxis | undefined)[] {
  let next = 0;
  return specs.map(({ kind }) => (kind === "vector" ? undefined : new TimeAxis(next++)));
}

/** Builds a model for inputs of known kinds. */
export function buildModel(network: Network, specs: readonly InputSpec[], seed: number): BuiltModel {
  const [{ batchSize }] = specs;
  const built = network.graph
    ? network.graph.build(network, specs, seed)
    : buildOnce(network, { specs, axes: axesOf(specs), batchSize, align: (a, b) => a === b }, seed);
  built.warnings.forEach(warnOnce);
  return built;
}

export function buildOnce(network: Network, { specs, axes, batchSize, align }: Given, seed: number): BuiltModel {
  const given = specs
    .map(({ kind, features }, index) => new InputOp(index, kind, features, axes[index]))
    .map(({ output }, index) => ({ value: output, steps: specs[index].steps }));
  const warnings = new Set<string>();
  const { outputs, applied, names } = applyNetwork(network, given, (layer, name, place, use) => ({
    name,
    use,
    batchSize,
    warn: (text) => void warnings.add(text),
    seed: seedOfUse(layer.seed ?? mix((mix(seed >>> 0) + place + 1) >>> 0), use),
    align,
  }));
  outputs.forEach(({ value }, index) => {
    if (value.kind !== "tokens") return;
    throw new GruvyError(
      "model/empty",
      outputs.length === 1
        ? "A model needs a layer behind its input"
        : `The output "${network.outputs[index].name}" is an input of tokens`,
      "Add for example dense({ units: 1 }).",
    );
  });
  const starts = new Map(applied.flatMap((layer) => [...layer.starts]));
  const weights = [...starts.keys()];
  const places = new Map(weights.map((weight, place) => [weight, place]));
  const ops = opsOf(...outputs.map(({ value }) => value));
  const embeddings = ops.filter((op) => op instanceof EmbeddingOp);
  // Only now is it known which axes have been joined.
  const numbered = [...new Set(axes)].filter((axis) => axis !== undefined);
  const numberOf = (axis: TimeAxis | undefined) => axis && numbered.indexOf(axis);
  return {
    inputs: specs.map((spec, index) => ({
      ...spec,
      name: network.inputs[index],
      axis: numberOf(axes[index]),
      tokens: Math.min(...embeddings.filter((op) => op.input === index).map((op) => op.inputDim)),
    })),
    outputs: outputs.map(({ value, steps }, index) => ({ name: network.outputs[index].name, value, steps })),
    layers: network.layers.map((layer, index) => ({
      layer,
      name: names[index],
      outputs: applied[index].outputs,
      weights: [...applied[index].starts.keys()],
      from: network.calls.flatMap((call) =>
        call.layer === index
          ? call.from.flatMap((source) => ("input" in source ? [] : [names[network.calls[source.call].layer]]))
          : [],
      ),
    })),
    weights,
    fixedBatch: ops.some((op) => op.states.length > 0) ? batchSize : undefined,
    warnings: [...warnings],
    freezes: freezing.count,
    initial: (weight) => starts.get(weight)!(weight.shape, random(seed, stream.initial, places.get(weight)!)),
  };
}
