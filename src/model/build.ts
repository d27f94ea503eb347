import { GruvyError, mix, type Random, random, stream } from "../base/index.ts";
import { InputOp, TimeAxis, type Value, type Weight } from "../engine/index.ts";
import { type Layer, type Symbolic, shapeOf } from "./layers/layer.ts";

/** What a model's input looks like: tokens [rows, steps], or numbers [rows, features] or [rows, steps, features]. */
export interface InputSpec {
  readonly kind: "tokens" | "vector" | "sequence";
  readonly features: number;
  /** null where it may vary. */
  readonly steps: number | null;
}

/** A layer as it stands in a built model. */
export interface BuiltLayer {
  readonly layer: Layer;
  readonly name: string;
  readonly shape: readonly (number | null)[];
  readonly weights: readonly Weight[];
}

export interface BuiltModel {
  readonly input: InputSpec;
  readonly output: Value;
  readonly layers: readonly BuiltLayer[];
  readonly weights: readonly Weight[];
  /** How each weight starts, in the user's order. */
  initial(weight: Weight): Float32Array;
}

const snake = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Names as Keras gives them: "gru", "gru_1". */
function layerNames(layers: readonly Layer[]): string[] {
  const taken = new Set<string>();
  for (const { name } of layers) {
    if (name === undefined) continue;
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

/** The input that a model's own layers declare; undefined when only data can say it. */
export function declaredInput(layers: readonly Layer[]): InputSpec | undefined {
  const first = layers.find((layer) => layer.kind !== "input");
  const declared = layers[0]?.kind === "input" ? (layers[0].config.shape as readonly (number | null)[]) : undefined;
  if (first?.kind === "embedding") return { kind: "tokens", features: 1, steps: declared?.[0] ?? null };
  if (!declared) return undefined;
  if (declared.length === 1) return { kind: "vector", features: declared[0]!, steps: null };
  return { kind: "sequence", features: declared[1]!, steps: declared[0] };
}

/** Composes the layers into ops for an input of a known kind. */
export function buildModel(layers: readonly Layer[], spec: InputSpec, seed: number): BuiltModel {
  const axis = spec.kind === "vector" ? undefined : new TimeAxis(0);
  let symbolic: Symbolic = { value: new InputOp(0, spec.kind, spec.features, axis).output, steps: spec.steps };
  const starts = new Map<Weight, (shape: readonly number[], random: Random) => Float32Array>();
  const names = layerNames(layers);
  const built = layers.map((layer, index): BuiltLayer => {
    const before = starts.size;
    symbolic = layer.build(symbolic, {
      name: names[index],
      seed: layer.seed ?? mix((mix(seed >>> 0) + index + 1) >>> 0),
      initialize: (weight, values) => void starts.set(weight, values),
    });
    return { layer, name: names[index], shape: shapeOf(symbolic), weights: [...starts.keys()].slice(before) };
  });
  const output = symbolic.value;
  if (output.kind === "tokens") {
    throw new GruvyError(
      "model/empty",
      "A model needs a layer behind its input",
      "Add for example dense({ units: 1 }).",
    );
  }
  const weights = [...starts.keys()];
  return {
    input: spec,
    output,
    layers: built,
    weights,
    initial: (weight) => starts.get(weight)!(weight.shape, random(seed, stream.initial, weights.indexOf(weight))),
  };
}
