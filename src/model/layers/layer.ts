import type { Random } from "../../base/index.ts";
import type { Value, Weight } from "../../engine/index.ts";

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** An object of JSON: what configs are. */
export type JsonObject = { readonly [key: string]: Json };

/** What flows between layers while a model is built. */
export interface Symbolic {
  readonly value: Value;
  /** Steps of a sequence where they are fixed; null when they may vary. */
  readonly steps: number | null;
}

/** What a layer is given when its model is built. */
export interface BuildContext {
  /** The layer's name within the model: the first part of its weights' paths. */
  readonly name: string;
  /** For random numbers while training; its own option, or drawn from the model's seed. */
  readonly seed: number;
  /** Says how a new weight of that path starts. */
  initialize(weight: Weight, values: (shape: readonly number[], random: Random) => Float32Array): void;
}

/** One layer of a model: described by its kind and options, and built into ops when the input's shape is known. */
export interface Layer {
  /** Keras's class in camelCase: "gru", "simpleRnn". */
  readonly kind: string;
  readonly name: string | undefined;
  /** The options with their defaults, as a saved model keeps them. */
  readonly config: JsonObject;
  readonly seed?: number;
  /** Cannot be built before the number of steps is known. */
  readonly needsSteps?: true;
  build(input: Symbolic, context: BuildContext): Symbolic;
}

/** [rows, steps, features] as a summary shows it. */
export function shapeOf({ value, steps }: Symbolic): readonly (number | null)[] {
  if (value.kind === "tokens") return value.axis ? [null, steps] : [null];
  return value.axis ? [null, steps, value.features] : [null, value.features];
}
