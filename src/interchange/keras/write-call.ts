// Calls of a functional model, as Keras writes them: what a layer is applied to, and what else it is told.

import { GruvyError, shown } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import type { NamedLayer, OwnLayer } from "../own-layers.ts";
import { folderOf } from "./layers.ts";
import { operationNames } from "./mask-operations.ts";
import { modelClass, ruleOf } from "./places.ts";
import { member } from "./values.ts";

/** An output of a call. */
export interface Source {
  readonly call: number;
  readonly index: number;
}

export interface OwnCall {
  readonly layer: number;
  readonly inputs: readonly Source[];
}

const makers = ["embedding", "masking"];
/** It, or a layer within it. */
const makesMasks = (layer: OwnLayer): boolean => /"kind":"masking"|"maskZero":true/.test(JSON.stringify(layer));
/**
 * Where there are masks, Keras computes them by operations that it names itself when it loads the file, and refuses a
 * second one of the name: a layer that is called like one gets a name of its own.
 */
export function apartFromMasks(layers: readonly NamedLayer[]): readonly NamedLayer[] {
  if (!layers.some(makesMasks)) return layers;
  const taken = (name: string) => operationNames.has(name.replace(/_\d+$/, ""));
  return layers.map((layer) => (taken(layer.name) ? { ...layer, name: `${layer.name}_layer` } : layer));
}

/** Writes the calls of a model, and the operations by which masks are found where Keras must be given them. */
export class CallWriter {
  /** Beside the layers, once all calls are written. */
  readonly operations: JsonObject[] = [];
  private readonly layers: readonly NamedLayer[];
  private readonly calls: readonly OwnCall[];
  private readonly masks = new Map<number, Json>();

  constructor(layers: readonly NamedLayer[], calls: readonly OwnCall[]) {
    this.layers = layers;
    this.calls = calls;
  }

  history({ call, index }: Source): Json[] {
    const { layer } = this.calls[call];
    return [this.layers[layer].name, this.calls.slice(0, call).filter((other) => other.layer === layer).length, index];
  }

  write({ layer: place, inputs }: OwnCall): JsonObject {
    const layer = this.layers[place];
    const rule = modelClass(layer) === undefined && layer.kind !== "input" ? ruleOf(layer)[1] : undefined;
    const tensors = inputs.map((source) => tensor(this.history(source)));
    if (rule?.states && inputs.length > 1) {
      const [sequence, ...states] = tensors;
      const mask = this.maskOf(inputs[0], layer.name);
      // Without being told Keras does not hand the mask on in a call with states.
      return { args: [sequence], kwargs: { initial_state: grouped(states, layer), ...(mask ? { mask } : {}) } };
    }
    const told = Object.entries(rule?.call ?? {}).filter(([, option]) => member(layer.config, option) === true);
    const list = rule?.merges === true || tensors.length > 1;
    return { args: list ? [tensors] : tensors, kwargs: Object.fromEntries(told.map(([argument]) => [argument, true])) };
  }

  /** The mask of what a call gives, as a tensor of Keras. */
  private maskOf(source: Source, reader: string): Json | undefined {
    const maker = this.makerOf(source.call, reader);
    if (maker === undefined) return undefined;
    const known = this.masks.get(maker) ?? this.maskFrom(maker);
    this.masks.set(maker, known);
    return known;
  }

  /** The call that makes the mask of another's output. */
  private makerOf(index: number, reader: string): number | undefined {
    const { layer: place, inputs } = this.calls[index];
    const layer = this.layers[place];
    if (makers.includes(layer.kind)) {
      return layer.kind === "masking" || layer.config.maskZero === true ? index : undefined;
    }
    if (layer.kind === "input" || (modelClass(layer) === undefined && ruleOf(layer)[1].endsMask)) return undefined;
    // Attention has the mask of its query, recurrent layers that of the sequence.
    const several = !["attention", "additiveAttention"].includes(layer.kind) && !isRecurrent(layer);
    const found = (several ? inputs : inputs.slice(0, 1)).map(({ call }) => this.makerOf(call, reader));
    if (modelClass(layer) !== undefined) {
      if (!makesMasks(layer) && found.every((maker) => maker === undefined)) return undefined;
    } else if (found.every((maker) => maker === found[0])) return found[0];
    else if (found.includes(undefined)) return undefined;
    throw new GruvyError(
      "model/keras-layer",
      `Cannot write the call of layer ${shown(reader)}, which is given states to start from: Keras must be told its mask, and that comes from more than one layer`,
      "Give it a sequence whose mask comes from one embedding or masking.",
    );
  }

  private maskFrom(maker: number): Json {
    const { layer: place, inputs } = this.calls[maker];
    const { kind, config } = this.layers[place];
    const value = kind === "masking" ? (config.maskValue ?? 0) : 0;
    const differs = this.operation("NotEqual", {}, [tensor(this.history(inputs[0])), value]);
    return kind === "masking" ? this.operation("Any", { axis: -1, keepdims: false }, [differs]) : differs;
  }

  private operation(type: string, options: JsonObject, args: readonly Json[]): Json {
    const taken = new Set([
      ...this.layers.map(({ name }) => name),
      ...this.operations.map((one) => member(one, "name")),
    ]);
    const base = folderOf(type);
    let name = base;
    for (let count = 1; taken.has(name); count++) name = `${base}_${count}`;
    this.operations.push({
      module: "keras.src.ops.numpy",
      class_name: type,
      config: { name, ...options },
      registered_name: type,
      name,
      inbound_nodes: [{ args, kwargs: {} }],
    });
    return tensor([name, 0, 0]);
  }
}

/** Keras finds the tensor by its history, and its shape and type from there. */
const tensor = (history: readonly Json[]): Json => ({
  class_name: "__keras_tensor__",
  config: { shape: [null], dtype: "float32", keras_history: history },
});

const isRecurrent = (layer: OwnLayer): boolean => modelClass(layer) === undefined && ruleOf(layer)[1].states === true;

/** The states of stacked cells: one, or a list, for each cell. */
function grouped(states: readonly Json[], { kind, config }: OwnLayer): Json {
  if (states.length === 1) return states[0];
  const around = kind === "bidirectional" ? (config.layer as unknown as OwnLayer) : undefined;
  const cells = (around ?? { config }).config.cells as unknown as readonly OwnLayer[] | undefined;
  if (!cells || cells.length === 1) return states;
  const left = [...states];
  const both = around ? [...cells, ...cells] : cells;
  return both.map((cell) => (cell.kind === "lstmCell" ? left.splice(0, 2) : left.splice(0, 1)[0]));
}
