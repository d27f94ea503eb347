// Keras 3 writes out how it computes masks, as operations beside the layers. Here masks travel by themselves, so these
// operations are looked at and left out: a call must be told the mask that it has here too.

import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json } from "../../model/index.ts";
import { type Mask, united } from "./masks.ts";
import { member } from "./values.ts";
import type { Source } from "./wiring.ts";

/** What Keras's layers compute masks with, and what comes of those that an operation takes. */
const known: Readonly<Record<string, (masks: readonly Mask[]) => Mask>> = {
  NotEqual: ([mask]) => mask,
  LogicalOr: united,
  Concatenate: united,
  Any: ([mask]) => mask,
  ExpandDims: ([mask]) => mask,
  Squeeze: ([mask]) => mask,
  Cast: ([mask]) => mask,
  ConvertToTensor: ([mask]) => mask,
  ZerosLike: () => [],
  OnesLike: () => undefined,
};

/** Whether a file describes a bare operation and no layer. */
export function isOperation(value: Json): boolean {
  const module = member(value, "module") ?? null;
  if (module !== null) return /\.ops\./.test(wordOf(module));
  const type = wordOf(member(value, "class_name"));
  // A layer has that name too, and a type.
  if (type === "Concatenate") return member(member(value, "config"), "dtype") === undefined;
  return Object.hasOwn(known, type);
}

/** The place where a tensor comes from: `[layer, call, output]`. */
export const historyOf = (value: Json): Json | undefined =>
  member(value, "class_name") === "__keras_tensor__" ? member(member(value, "config"), "keras_history") : undefined;

const argumentsOf = (operation: Json): Json[] => {
  const nodes = member(operation, "inbound_nodes");
  return [member(Array.isArray(nodes) ? nodes[0] : null, "args") ?? []].flat(2) as Json[];
};

/**
 * What operations of a file compute, by name. `inOrder` puts what takes something behind that; `sourceOf` finds the call
 * of a layer.
 *
 * @throws {GruvyError} `model/keras-layer` for an operation that is no part of a mask.
 */
export function masksOf(
  operations: readonly Json[],
  inOrder: (inputs: readonly (readonly number[])[]) => readonly number[],
  sourceOf: (history: Json) => Source,
): ReadonlyMap<string, Mask> {
  const names = operations.map((operation) => wordOf(member(operation, "name")));
  const places = new Map(names.map((name, place) => [name, place]));
  const taken = operations.map((operation) => {
    const histories = argumentsOf(operation).map((value) => historyOf(value) ?? null);
    return histories.flatMap((history) => places.get(wordOf(Array.isArray(history) ? history[0] : "")) ?? []);
  });
  const masks = new Map<string, Mask>();
  for (const place of inOrder(taken)) {
    const type = wordOf(member(operations[place], "class_name"));
    const [first, value] = argumentsOf(operations[place]);
    const history = historyOf(first ?? null);
    const marks = type === "NotEqual" && typeof value === "number" && history !== undefined;
    if (!Object.hasOwn(known, type) || (type === "NotEqual" && !marks)) {
      throw new GruvyError(
        "model/keras-layer",
        `Cannot read the operation ${shown(names[place])} (${shown(type).slice(1, -1)}): Gruvy has none such`,
        "Layers are read, and the masks that Embedding and Masking make.",
      );
    }
    const given: Mask[] = marks
      ? [[{ from: sourceOf(history), value, features: false, where: names[place] }]]
      : taken[place].map((input) => masks.get(names[input]));
    masks.set(names[place], known[type](given));
  }
  return masks;
}
