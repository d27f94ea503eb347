import { GruvyError } from "../base/index.ts";
import { type InputSpec, takesTokens } from "./build.ts";
import type { LayerParts } from "./layers/layer.ts";
import type { Network } from "./network.ts";

/** What a declared shape says about an input. */
export function specOf(shape: readonly (number | null)[], tokens: boolean, name = "input"): InputSpec {
  if (tokens) return { kind: "tokens", features: 1, steps: shape[0] };
  if (shape.length === 2) return { kind: "sequence", features: shape[1]!, steps: shape[0] };
  const [features] = shape;
  if (features !== null) return { kind: "vector", features, steps: null };
  throw new GruvyError(
    "model/shape",
    `Expected the features of ${name} to be known, found shape [null]`,
    "Only the steps of sequences may vary; tokens go to an embedding.",
  );
}

/** The rows of a batch that a layer at a model's head fixes. */
export const declaredBatch = ({ config }: LayerParts): { readonly batchSize?: number } =>
  config.batchSize === undefined ? {} : { batchSize: config.batchSize as number };

/** The shape that a layer at a model's head declares. */
export const declaredShape = (layer: LayerParts): readonly (number | null)[] | undefined =>
  layer.kind === "input" ? (layer.config.shape as readonly (number | null)[]) : undefined;

/** The layer that declares a network's first input; of a model in front its own. */
export function headOf({ layers, calls }: Network): LayerParts | undefined {
  const first = calls.find(({ from: [source] }) => source !== undefined && "input" in source && source.input === 0);
  const layer = first && layers[first.layer];
  return layer?.kind === "input" ? layer : layer?.head;
}

/** The input that a stack's layers declare; undefined when only data can say it. */
export function declaredInput(stack: Network): InputSpec | undefined {
  const tokens = takesTokens(stack, 0);
  const head = headOf(stack);
  if (!head && !tokens) return undefined;
  const spec = head ? specOf(declaredShape(head)!, tokens) : specOf([null], tokens);
  // Steps that a layer needs and the stack itself leaves open are those of the first data.
  const open = head !== stack.layers[0] && spec.kind !== "vector" && spec.steps === null;
  if (open && stack.layers.some((layer) => layer.needsSteps)) return undefined;
  return { ...spec, ...(head && declaredBatch(head)) };
}

/**
 * What the first data say about a stack's input, where it may be; their number of steps is binding only where a layer needs
 * one.
 */
export function inputFromData(shape: readonly number[], stack: Network): InputSpec | undefined {
  const tokens = takesTokens(stack, 0);
  const rank = shape.length;
  const features = shape[rank - 1];
  if (!tokens && features === 0) return undefined;
  if (rank === 2 && !tokens) return { kind: "vector", features, steps: null };
  if (rank === (tokens ? 2 : 3)) {
    const steps = stack.layers.some((layer) => layer.needsSteps) ? shape[1] : null;
    return tokens ? { kind: "tokens", features: 1, steps } : { kind: "sequence", features, steps };
  }
  return undefined;
}
