import { GruvyError, mix, type Random, random, stream } from "../base/index.ts";
import { InputOp, opsOf, TimeAxis, type Value, type Weight } from "../engine/index.ts";
import { checkedName, checkSeed, type Layer, type Symbolic, shapeOf, snake } from "./layers/layer.ts";
import { obey } from "./layers/weight-rules.ts";
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
  /** Rows of every batch, where layers keep states from one to the next. */
  readonly fixedBatch: number | undefined;
  /** What a user should know and might not expect. */
  readonly warnings: readonly string[];
  /** How each weight starts, in the user's order. */
  initial(weight: Weight): Float32Array;
}

/** Names as Keras gives them: "gru", "gru_1". */
function layerNames(layers: readonly Layer[]): string[] {
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

const takesTokens = (layers: readonly Layer[]): boolean =>
  layers.find((layer) => layer.kind !== "input")?.kind === "embedding";

/** The input that a model's own layers declare; undefined when only data can say it. */
export function declaredInput(layers: readonly Layer[]): InputSpec | undefined {
  const first = layers[0]?.kind === "input" ? layers[0].config : undefined;
  const declared = first?.shape as readonly (number | null)[] | undefined;
  const batch = first?.batchSize === undefined ? {} : { batchSize: first.batchSize as number };
  if (takesTokens(layers)) {
    if (!declared && layers.some((layer) => layer.needsSteps)) return undefined;
    return { kind: "tokens", features: 1, steps: declared?.[0] ?? null, ...batch };
  }
  if (!declared) return undefined;
  if (declared.length === 2) return { kind: "sequence", features: declared[1]!, steps: declared[0], ...batch };
  const [features] = declared;
  if (features !== null) return { kind: "vector", features, steps: null, ...batch };
  throw new GruvyError(
    "model/shape",
    "Expected the features of input to be known, found shape [null]",
    "Only the steps of sequences may vary.",
  );
}

/** What the first data say about the input; their number of steps is binding only where a layer needs one. */
export function inputFromData(shape: readonly number[], layers: readonly Layer[]): InputSpec {
  const tokens = takesTokens(layers);
  const rank = shape.length;
  const features = shape[rank - 1];
  if (!tokens && (rank === 2 || rank === 3) && features === 0) {
    throw new GruvyError("data/shape", `Expected x to have at least one feature, found [${shape.join(", ")}]`);
  }
  if (rank === 2 && !tokens) return { kind: "vector", features, steps: null };
  if (rank === (tokens ? 2 : 3)) {
    const steps = layers.some((layer) => layer.needsSteps) ? shape[1] : null;
    return tokens ? { kind: "tokens", features: 1, steps } : { kind: "sequence", features, steps };
  }
  const expected = tokens ? "[rows, steps]" : "[rows, features] or [rows, steps, features]";
  throw new GruvyError("data/shape", `Expected x of shape ${expected}, found [${shape.join(", ")}]`);
}

/** Composes the layers into ops for an input of a known kind. */
export function buildModel(layers: readonly Layer[], spec: InputSpec, seed: number): BuiltModel {
  const axis = spec.kind === "vector" ? undefined : new TimeAxis(0);
  let symbolic: Symbolic = { value: new InputOp(0, spec.kind, spec.features, axis).output, steps: spec.steps };
  const starts = new Map<Weight, (shape: readonly number[], random: Random) => Float32Array>();
  const warnings: string[] = [];
  const names = layerNames(layers);
  // Places are counted without the input, so that declaring it changes no random number.
  const first = layers[0]?.kind === "input" ? 1 : 0;
  const built = layers.map((layer, index): BuiltLayer => {
    const before = starts.size;
    checkSeed(layer, names[index]);
    symbolic = layer.build(symbolic, {
      name: names[index],
      seed: layer.seed ?? mix((mix(seed >>> 0) + index - first + 1) >>> 0),
      batchSize: spec.batchSize,
      initialize: (weight, values, rule) => {
        starts.set(weight, values);
        if (rule) obey(weight, rule);
      },
      warn: (text) => void warnings.push(text),
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
  warnings.forEach(warnOnce);
  const weights = [...starts.keys()];
  return {
    input: spec,
    output,
    layers: built,
    weights,
    fixedBatch: opsOf(output).some((op) => op.states.length > 0) ? spec.batchSize : undefined,
    warnings,
    initial: (weight) => starts.get(weight)!(weight.shape, random(seed, stream.initial, weights.indexOf(weight))),
  };
}
