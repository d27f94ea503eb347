import { GruvyError, mix, shown, wholeNumber } from "../../base/index.ts";
import { InputOp, type TimeAxis, type Value, type Weight } from "../../engine/index.ts";
import type { Initializer } from "../initializers.ts";
import type { Graph } from "../network.ts";
import { flag } from "../options.ts";
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
  /** Which application of the layer it is, from 0: each draws random numbers of its own. */
  readonly use: number;
  /** Rows of every batch, where the model's input fixes them. */
  readonly batchSize: number | undefined;
  /** Whether training moves weights of the layer that let it. */
  readonly trainable: boolean;
  /** Says how a new weight of that path starts, and what holds for it while it is trained. */
  initialize(weight: Weight, values: Initializer["values"], rule?: WeightRule): void;
  /** Says what a user should know about the model and might not expect; among `model.warnings`, and on the console. */
  warn(text: string): void;
  /**
   * Says that two sequences must have as many steps as each other, and whether that can be: of the model's inputs alone
   * it can be asked.
   */
  align(a: TimeAxis, b: TimeAxis): boolean;
  /** Of the network that the layer stands in, where it may take several inputs there. */
  readonly graph: Graph | undefined;
}

/** The seed of a layer's n-th application: the first has the layer's own. */
export const seedOfUse = (seed: number, use: number): number =>
  use === 0 ? seed : mix((mix(seed >>> 0) ^ Math.imul(use, 0x85ebca6b)) >>> 0);

/** The context of a layer within a layer. `place` tells those of one layer apart; the first keeps the layer's seed. */
export function innerContext(
  context: BuildContext,
  name: string,
  { seed, config }: { readonly seed?: number; readonly config?: JsonObject },
  place = 0,
): BuildContext {
  const drawn = place === 0 ? context.seed : mix((mix(context.seed >>> 0) + place) >>> 0);
  const own = seed === undefined ? drawn : seedOfUse(seed, context.use);
  const trainable = config ? config.trainable !== false : context.trainable;
  return { ...context, name: `${context.name}/${name}`, seed: own, trainable };
}

/** A layer as its file describes it; `layerOf` makes one that can be applied. */
export interface LayerParts {
  /** Keras's class in camelCase: "gru", "simpleRnn". */
  readonly kind: string;
  readonly name: string | undefined;
  /** The options with their defaults, as a saved model keeps them. */
  readonly config: JsonObject;
  readonly seed?: number;
  /** The configs that say whether its weights are trained: its own, or those of the layers or cells that it holds. */
  readonly learning?: readonly JsonObject[];
  /** Cannot be built before the number of steps is known. */
  readonly needsSteps?: true;
  /** Treats every step by itself, and rows without steps alike. */
  readonly perStep?: true;
  /** Of a model: the layer that declares its first input. */
  readonly head?: LayerParts;
  /** Of recurrent layers: what a wrapper needs. */
  readonly recurrent?: RecurrentParts;
  /** Whether it takes tokens where others take numbers, as its input of that place. */
  takesTokens?(input: number): boolean;
  /** How many outputs `buildAll` gives, where it is a list. */
  readonly outputs?: number;
}

/** One layer of a model: described by its kind and options, and built into ops when the input's shape is known. */
export interface Layer<Out = SymbolicTensor> extends LayerParts {
  /**
   * Whether training moves its weights; at first what its option says. It can be set, which takes effect with the next
   * `compile`, in every model of the layer; of a wrapper or an inner model it sets that of all layers within, as in Keras,
   * and is true while one of them is trained. A layer without weights has nothing to freeze. Saved files keep it.
   *
   * @throws {GruvyError} `model/option` for what is neither true nor false.
   *
   * @example
   * const net = sequential([input({ shape: [5, 1] }), gru({ units: 4 }), dense({ units: 1 })]);
   * net.layers[1].trainable = false;
   * net.compile({ loss: "mse" });
   * net.trainablePaths; // ["dense/kernel", "dense/bias"]
   */
  trainable: boolean;
  build(input: Symbolic, context: BuildContext): Symbolic;
  /** For any number of inputs and outputs. */
  buildAll(inputs: readonly Symbolic[], context: BuildContext): readonly Symbolic[];
  /**
   * The layer's output for an input, or for a list of inputs, of a functional model. A layer that is applied more than
   * once has one set of weights. Recurrent layers take, behind their input, the states to start from, and with
   * `returnState` give a list: `const [output, h, c] = lstm({ units: 8, returnState: true }).apply<SymbolicTensor[]>(x)`.
   */
  apply<Result = Out>(input: SymbolicTensor | readonly SymbolicTensor[]): Result;
}

/** Whatever its outputs are. */
export type AnyLayer = Layer<unknown>;

/** What `apply` gives and takes: a place in a functional model where a tensor will be. */
export interface SymbolicTensor {
  readonly call: LayerCall;
  /** Which of the call's outputs. */
  readonly index: number;
}

/** A layer applied to inputs. */
export interface LayerCall {
  readonly layer: AnyLayer;
  readonly inputs: readonly SymbolicTensor[];
}

/** How often a layer was frozen or freed: what was built at another count may be out of date. */
export const freezing = { count: 0 };

type Build = (input: Symbolic, context: BuildContext) => Symbolic;
type BuildAll = (inputs: readonly Symbolic[], context: BuildContext) => readonly Symbolic[];

/** A layer from its parts: `build` for one input and one output, `buildAll` for any number of either. */
export function layerOf<Out = SymbolicTensor>(
  parts: LayerParts & ({ readonly build: Build } | { readonly buildAll: BuildAll }),
): Layer<Out> {
  const one = "build" in parts ? parts.build : undefined;
  const buildAll: BuildAll =
    "buildAll" in parts
      ? parts.buildAll
      : (inputs, context) => {
          if (inputs.length === 1) return [one!(inputs[0], context)];
          throw new GruvyError(
            "model/inputs",
            `Layer "${context.name}" takes one input, found ${inputs.length}`,
            "Bring them together first, for example by concatenate().",
          );
        };
  const { learning = [] } = parts;
  const layer: Layer<Out> = {
    ...parts,
    get trainable() {
      return learning.length === 0 || learning.some((config) => config.trainable !== false);
    },
    set trainable(given) {
      const trainable = flag(given, `trainable of ${parts.kind}`);
      for (const config of learning as { trainable?: false }[]) {
        if (trainable) delete config.trainable;
        else config.trainable = false;
      }
      freezing.count++;
    },
    build: one ?? ((input, context) => buildAll([input], context)[0]),
    buildAll,
    apply<Result = Out>(input: SymbolicTensor | readonly SymbolicTensor[], second?: unknown) {
      if (typeof second === "object" && second !== null) throw notOptions(layer, second);
      const call = { layer, inputs: symbolicInputs(layer, input) };
      if (layer.outputs === undefined) return { call, index: 0 } as Result;
      return Array.from({ length: layer.outputs }, (_, index) => ({ call, index })) as Result;
    },
  };
  return layer;
}

export const isSymbolic = (value: unknown): value is SymbolicTensor =>
  typeof value === "object" && value !== null && "call" in value && "index" in value;

/** What `apply` was given, checked. */
function symbolicInputs(layer: AnyLayer, given: unknown): readonly SymbolicTensor[] {
  const inputs = Array.isArray(given) ? [...given] : [given];
  const wrong = inputs.findIndex((input) => !isSymbolic(input));
  if (inputs.length > 0 && wrong < 0) return inputs;
  throw new GruvyError(
    "model/apply",
    `Expected what input() or another layer's apply gave, or a list of such, for ${layer.kind}.apply, found ${wrong < 0 ? "an empty list" : shown(inputs[wrong])}`,
    "Data go to fit and predict, once model({ inputs, outputs }) has made a model.",
  );
}

/** Keras's calls have arguments of their own, `initial_state` among them. */
const notOptions = ({ kind }: AnyLayer, given: object): GruvyError =>
  new GruvyError(
    "model/apply",
    `Expected one argument for ${kind}.apply, found a second one${"initialState" in given ? ", initialState" : ""}`,
    "States to start from stand behind the input, apply([x, h]) or apply([x, h, c]); all else is an option of the layer.",
  );

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

/** Whether two sequences have equally many steps, or are made to by asking it of the model's inputs. */
export function mayAlign(one: Symbolic, other: Symbolic, context: BuildContext): boolean {
  const [a, b] = [one.value.axis, other.value.axis];
  // Sequences of as many steps go together, wherever their steps come from.
  if (a === b || (one.steps !== null && one.steps === other.steps)) return true;
  return !a || !b || context.align(a, b);
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
      : value.op instanceof InputOp
        ? "Give input a shape of [steps, features]."
        : "Set returnSequences: true on the recurrent layer before it.",
  );
}

/** A layer as a saved model keeps it. */
export function describeLayer({ kind, name, seed, config }: LayerParts): JsonObject {
  return { kind, ...(name === undefined ? {} : { name }), ...(seed === undefined ? {} : { seed }), config };
}

/** Keras's word for a kind: "simple_rnn". */
export const snake = (kind: string): string => kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What can stand where a layer is expected: a layer, or a model in the part of one. */
export type LayerLike = Layer | { readonly asLayer: AnyLayer };

/** Checks what stands where a layer is expected. */
export function layerAt(value: unknown, where: string): Layer {
  if (typeof (value as Layer | undefined)?.buildAll === "function") return value as Layer;
  const inner = (value as { readonly asLayer?: Layer } | null | undefined)?.asLayer;
  if (inner) return inner;
  const { kind = value } = Object(value) as { readonly kind?: unknown };
  throw new GruvyError("model/layer", `Expected a layer ${where}, found ${shown(kind)}`);
}

/** A layer's own name: text that does not read like a path. */
export function checkedName(name: unknown): string {
  if (typeof name === "string" && name !== "" && !name.includes("/")) return name;
  throw new GruvyError("model/name", `Expected a layer's name to be text without "/", found ${shown(name)}`);
}

/** Checks the seed of a layer, where it has one. */
export function checkSeed(layer: Pick<LayerParts, "seed">, name: string): void {
  if (layer.seed !== undefined) wholeNumber(layer.seed, `seed of layer "${name}"`, { min: 0 });
}

/** [rows, steps, features] as a summary shows it. */
export function shapeOf({ value, steps }: Symbolic): readonly (number | null)[] {
  if (value.kind === "tokens") return value.axis ? [null, steps] : [null];
  return value.axis ? [null, steps, value.features] : [null, value.features];
}
