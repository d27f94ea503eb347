import { GruvyError, shown } from "../base/index.ts";
import type { SharedWeights } from "../engine/index.ts";
import type { BuiltModel, InputSpec } from "./build.ts";
import type { beginWith } from "./layers/given-states.ts";
import { type AnyLayer, checkedName, type Layer, type LayerCall, type SymbolicTensor, snake } from "./layers/layer.ts";

/** Where a call takes an input from: one of the network's inputs, or an output of an earlier call. */
export type Source = { readonly input: number } | { readonly call: number; readonly index: number };

/** Layers and how they are applied to each other: what sequential and functional models are before they are built. */
export interface Network {
  /** In the order of their names, seeds and weights. Inputs are among them. */
  readonly layers: readonly AnyLayer[];
  readonly inputs: readonly string[];
  /** Each after those it takes something from. `layer`: its place among the layers. */
  readonly calls: readonly { readonly layer: number; readonly from: readonly Source[] }[];
  readonly outputs: readonly { readonly name: string; readonly from: Source }[];
  /** Where it may be more than a stack. */
  readonly graph?: Graph;
}

/** What it takes where layers may have several inputs and be applied more than once. */
export interface Graph {
  build(network: Network, specs: readonly InputSpec[], seed: number): BuiltModel;
  /** What a recurrent layer gives that starts from other layers' states. */
  readonly beginWith: typeof beginWith;
  /** For the weights of a layer that is applied more than once. */
  newPool(): SharedWeights;
}

/** Names as Keras gives them: "gru", "gru_1". */
export function layerNames(layers: readonly AnyLayer[]): string[] {
  const taken = new Set<string>();
  for (const { name } of layers) {
    if (name === undefined) continue;
    checkedName(name);
    if (taken.has(name)) throw new GruvyError("model/name", `Two layers are named "${name}"`, "Names must differ.");
    taken.add(name);
  }
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    if (layer.name !== undefined) return layer.name;
    const base = snake(layer.kind);
    for (;;) {
      const count = counts.get(base) ?? 0;
      counts.set(base, count + 1);
      const name = count === 0 ? base : `${base}_${count}`;
      if (!taken.has(name)) return name;
    }
  });
}

/** A stack: each layer is fed by the one before. */
export function stackOf(layers: readonly Layer[]): Network {
  const names = layerNames(layers);
  return {
    layers,
    inputs: [layers[0].kind === "input" ? names[0] : "input"],
    calls: layers.map((_, layer) => ({ layer, from: [layer === 0 ? { input: 0 } : { call: layer - 1, index: 0 }] })),
    outputs: [{ name: names[names.length - 1], from: { call: layers.length - 1, index: 0 } }],
  };
}

/** Tensors by name; a name that was not given is that of the layer. */
export type NamedTensors = readonly { readonly name: string | undefined; readonly tensor: SymbolicTensor }[];

/** The network that leads from inputs to outputs. */
export function networkOf(inputs: NamedTensors, outputs: NamedTensors): Network {
  // By name where there are names, as in Keras, so that weights come in its order.
  const ends = [...outputs].sort((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : a.name === b.name ? 0 : 1));
  const { calls, met } = walkBack(ends.map(({ tensor }) => tensor.call));
  const layers = layersInOrder(calls, met);
  const names = layerNames(layers);
  const placeOf = new Map(layers.map((layer, place) => [layer, place]));
  const nameOf = ({ call }: SymbolicTensor) => names[placeOf.get(call.layer)!];
  const callOf = new Map(calls.map((call, place) => [call, place]));
  const inputOf = new Map(inputs.map(({ tensor }, input) => [tensor.call, input]));
  inputs.forEach(({ tensor: { call } }, index) => {
    if (callOf.has(call)) return;
    throw new GruvyError(
      "model/inputs",
      `No output depends on ${inputText(call.layer, index)}`,
      "Leave it out, or lead it to an output.",
    );
  });
  const sourceOf = ({ call, index }: SymbolicTensor): Source => ({ call: callOf.get(call)!, index });
  return {
    layers,
    inputs: inputs.map(({ name, tensor }) => name ?? nameOf(tensor)),
    calls: calls.map((call) => {
      const layer = placeOf.get(call.layer)!;
      if (call.layer.kind !== "input") return { layer, from: call.inputs.map(sourceOf) };
      const input = inputOf.get(call);
      if (input !== undefined) return { layer, from: [{ input }] };
      throw new GruvyError(
        "model/inputs",
        `The outputs depend on the input "${names[layer]}" too, which is not among the inputs of the model`,
        "Name every input that the outputs are computed from.",
      );
    }),
    outputs: unlike(outputs.map(({ name, tensor }) => name ?? nameOf(tensor))).map((name, i) => ({
      name,
      from: sourceOf(outputs[i].tensor),
    })),
  };
}

export const inputText = (layer: AnyLayer, index: number): string =>
  layer.name === undefined ? `the input at place ${index}` : `the input ${shown(layer.name)}`;

/** Outputs of one layer are told apart by a number: "lstm", "lstm_1". */
function unlike(names: readonly string[]): string[] {
  const taken = new Map<string, number>();
  return names.map((name) => {
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

/** The calls that some depend on, each after those it takes something from, and the layers as they are first met. */
function walkBack(ends: readonly LayerCall[]): { calls: LayerCall[]; met: AnyLayer[] } {
  const calls: LayerCall[] = [];
  const met = new Set<AnyLayer>();
  const state = new Map<LayerCall, "open" | "done">();
  for (const end of ends) {
    // A walk with a list of its own, since models can be deeper than the stack of function calls.
    const path = state.has(end) ? [] : [{ call: end, next: 0 }];
    while (path.length > 0) {
      const top = path[path.length - 1];
      state.set(top.call, "open");
      met.add(top.call.layer);
      const input = top.call.inputs[top.next++]?.call;
      if (!input) {
        calls.push(top.call);
        state.set(top.call, "done");
        path.pop();
      } else if (state.get(input) === "open") {
        throw new GruvyError("model/cycle", `The output of a ${input.layer.kind} layer leads back to its own input`);
      } else if (!state.has(input)) {
        path.push({ call: input, next: 0 });
      }
    }
  }
  return { calls, met: [...met] };
}

/**
 * The layers in Keras's order, which is that of the weights: by their distance from the outputs, the farthest first, and
 * where that is equal as a walk back from the outputs meets them.
 */
function layersInOrder(calls: readonly LayerCall[], met: readonly AnyLayer[]): AnyLayer[] {
  const callDepth = new Map<LayerCall, number>();
  const depth = new Map<AnyLayer, number>();
  for (const call of [...calls].reverse()) {
    // A layer applied more than once stands where its farthest application does.
    const own = Math.max(callDepth.get(call) ?? 0, depth.get(call.layer) ?? 0);
    depth.set(call.layer, own);
    for (const { call: input } of call.inputs) {
      callDepth.set(input, Math.max(callDepth.get(input) ?? 0, own + 1));
    }
  }
  return [...met].sort((a, b) => depth.get(b)! - depth.get(a)!);
}
