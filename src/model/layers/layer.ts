import { GruvyError, mix, type Random, shown, wholeNumber } from "../../base/index.ts";
import type { Value, Weight } from "../../engine/index.ts";
import type { WeightRule } from "./weight-rules.ts";

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
  /** Rows of every batch, where the model's input fixes them. */
  readonly batchSize: number | undefined;
  /** Says how a new weight of that path starts, and what holds for it while it is trained. */
  initialize(
    weight: Weight,
    values: (shape: readonly number[], random: Random) => Float32Array,
    rule?: WeightRule,
  ): void;
  /** Says what a user should know about the model and might not expect; among `model.warnings`, and on the console. */
  warn(text: string): void;
}

/** The context of a layer within a layer. `place` tells those of one layer apart; the first keeps the layer's seed. */
export function innerContext(
  context: BuildContext,
  name: string,
  { seed }: { readonly seed?: number },
  place = 0,
): BuildContext {
  const drawn = place === 0 ? context.seed : mix((mix(context.seed >>> 0) + place) >>> 0);
  return { ...context, name: `${context.name}/${name}`, seed: seed ?? drawn };
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
  /** Treats every step by itself, and rows without steps alike. */
  readonly perStep?: true;
  /** Of recurrent layers: what a wrapper needs. */
  readonly recurrent?: RecurrentParts;
  build(input: Symbolic, context: BuildContext): Symbolic;
  /** Of layers that take several inputs or give several outputs. */
  buildAll?(inputs: readonly Symbolic[], context: BuildContext): readonly Symbolic[];
}

/** What `bidirectional` needs of the layer that it wraps. */
export interface RecurrentParts {
  readonly units: number;
  /** Features of all states, in the order in which they are given and returned. */
  readonly stateSizes: readonly number[];
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  /** The same layer in the other direction. */
  opposite(): Layer;
  /**
   * The output, and with `returnState` the states behind the last step, for an input and, where they are given, the
   * states to start from. `turned`: sequences come out in the order of the opposite direction.
   */
  buildStates(inputs: readonly Symbolic[], context: BuildContext, turned: boolean): readonly Symbolic[];
}

/** Refuses tokens where a layer computes with numbers. */
export function refuseTokens(value: Value, name: string): void {
  if (value.kind !== "tokens") return;
  throw new GruvyError(
    "model/shape",
    `Layer "${name}" expects numbers with features, found tokens`,
    "Put an embedding first.",
  );
}

/** Of layers that neither look at the mask of their input nor hand it on, as in Keras: says so. */
export function ignoreMask(value: Value, { name, warn }: BuildContext): void {
  if (!value.mask) return;
  warn(
    `Layer "${name}" does not look at masks: it takes masked steps like any others, and the layers behind it get no mask.`,
  );
}

/** Refuses what is no sequence. */
export function needSequence(value: Value, name: string): void {
  if (value.kind === "sequence") return;
  throw new GruvyError(
    "model/shape",
    `Layer "${name}" expects sequences [rows, steps, features], found ${value.kind === "tokens" ? "tokens" : "[rows, features]"}`,
    value.kind === "tokens"
      ? "Put an embedding before it."
      : "Set returnSequences: true on the recurrent layer before it.",
  );
}

/** A layer as a saved model keeps it. */
export function describeLayer({ kind, name, seed, config }: Layer): JsonObject {
  return { kind, ...(name === undefined ? {} : { name }), ...(seed === undefined ? {} : { seed }), config };
}

/** Keras's word for a kind: "simple_rnn". */
export const snake = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Checks what stands where a layer is expected. */
export function layerAt(value: unknown, where: string): Layer {
  if (typeof (value as Layer | undefined)?.build === "function") return value as Layer;
  throw new GruvyError("model/layer", `Expected a layer ${where}, found ${shown(value)}`);
}

/** A layer's own name: text that does not read like a path. */
export function checkedName(name: unknown): string {
  if (typeof name === "string" && name !== "" && !name.includes("/")) return name;
  throw new GruvyError("model/name", `Expected a layer's name to be text without "/", found ${shown(name)}`);
}

/** Checks the seed of a layer, where it has one. */
export function checkSeed(layer: Pick<Layer, "seed">, name: string): void {
  if (layer.seed !== undefined) wholeNumber(layer.seed, `seed of layer "${name}"`, { min: 0 });
}

/** [rows, steps, features] as a summary shows it. */
export function shapeOf({ value, steps }: Symbolic): readonly (number | null)[] {
  if (value.kind === "tokens") return value.axis ? [null, steps] : [null];
  return value.axis ? [null, steps, value.features] : [null, value.features];
}
