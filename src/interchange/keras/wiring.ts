// How the layers of a model are applied to each other, as `toConfig` says it.

import type { Json } from "../../model/index.ts";
import type { OwnLayer } from "../own-layers.ts";
import { inNameOrder } from "./outputs.ts";
import { isObject } from "./values.ts";

/** An output of a call. */
export interface Source {
  readonly call: number;
  readonly index: number;
}

export interface OwnCall {
  readonly layer: number;
  readonly inputs: readonly Source[];
}

export interface Wiring<Layer extends OwnLayer = OwnLayer> {
  readonly layers: readonly Layer[];
  readonly calls: readonly OwnCall[];
  readonly inputs: readonly Source[];
  readonly outputs: readonly Source[];
}

/** One source, a list of them, or several by name. */
export function sourcesOf(value: Json | undefined): readonly Source[] {
  const list = isObject(value) && typeof value.call === "number" ? [value] : Object.values((value ?? []) as object);
  return list as unknown as readonly Source[];
}

/** The names of what is given by name; undefined for one source or a list. */
export const namesOf = (value: Json | undefined): readonly string[] | undefined =>
  isObject(value) && typeof value.call !== "number" ? Object.keys(value) : undefined;

/** What is given by name as a list, in the order in which Keras goes through a record. */
export function listedByName<T>(list: readonly T[], names: readonly string[] | undefined): readonly T[] {
  return names ? inNameOrder(names).map((i) => list[i]) : list;
}

/** The wiring of a functional model or of a stack, each of whose layers takes what the one before gives. */
export function wiringOf<Layer extends OwnLayer>({ kind, config }: OwnLayer, layers: readonly Layer[]): Wiring<Layer> {
  if (kind === "functional") {
    const { calls, inputs, outputs } = config;
    const own = calls as unknown as readonly OwnCall[];
    return { layers, calls: own, inputs: sourcesOf(inputs), outputs: sourcesOf(outputs) };
  }
  const input = { kind: "input", name: "", config: {} } as unknown as Layer;
  const all = layers[0]?.kind === "input" ? layers : [input, ...layers];
  return {
    layers: all,
    calls: all.map((_, layer) => ({ layer, inputs: layer === 0 ? [] : [{ call: layer - 1, index: 0 }] })),
    inputs: [{ call: 0, index: 0 }],
    outputs: [{ call: all.length - 1, index: 0 }],
  };
}
