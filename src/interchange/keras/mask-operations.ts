// Keras 3 writes out how it computes masks, as operations beside the layers. Here masks travel by themselves, so these
// operations are looked at and left out: all that they come from must be what makes the masks here too.

import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json } from "../../model/index.ts";
import { folderOf } from "./layers.ts";
import { member } from "./values.ts";

/** What Keras's layers compute masks with. */
const known = new Set([
  "NotEqual",
  "ExpandDims",
  "Squeeze",
  "ZerosLike",
  "OnesLike",
  "LogicalOr",
  "LogicalAnd",
  "Concatenate",
  "Stack",
  "Any",
  "All",
  "Cast",
  "ConvertToTensor",
  "BroadcastTo",
]);

/** As Keras names them, before it counts. */
export const operationNames: ReadonlySet<string> = new Set([...known].map(folderOf));

/** Whether a file describes a bare operation and no layer; layers alone have a type to compute with. */
export function isOperation(value: Json): boolean {
  const module = member(value, "module") ?? null;
  if (module !== null) return /\.ops\./.test(wordOf(module));
  return known.has(wordOf(member(value, "class_name"))) && member(member(value, "config"), "dtype") === undefined;
}

/** The place where a tensor comes from: `[layer, call, output]`. */
export const historyOf = (value: Json): Json | undefined =>
  member(value, "class_name") === "__keras_tensor__" ? member(member(value, "config"), "keras_history") : undefined;

/** Refuses operations that are no part of a mask that layers of the model make. */
export function checkMasks(operations: readonly Json[], layers: readonly Json[]): void {
  const makers = new Set(layers.flatMap(maskOf));
  for (const operation of operations) {
    const name = wordOf(member(operation, "class_name"));
    const nodes = member(operation, "inbound_nodes");
    const [source, value] = [member(Array.isArray(nodes) ? nodes[0] : null, "args") ?? []].flat(1);
    const made = name !== "NotEqual" || makers.has(JSON.stringify([historyOf(source), value]));
    if (known.has(name) && made) continue;
    throw new GruvyError(
      "model/keras-layer",
      `Cannot read the operation ${shown(member(operation, "name"))} (${shown(name).slice(1, -1)}): Gruvy has none such`,
      "Layers are read, and the masks that Embedding and Masking make.",
    );
  }
}

/** Whether a layer says of its steps that some do not count. */
export function makesMask(layer: Json): boolean {
  const [type, config] = [member(layer, "class_name"), member(layer, "config")];
  return type === "Masking" || (type === "Embedding" && member(config, "mask_zero") === true);
}

/** What a layer's mask is found from: tensors that it is applied to, and the value that does not count. */
function maskOf(layer: Json): string[] {
  const nodes = member(layer, "inbound_nodes");
  if (!makesMask(layer) || !Array.isArray(nodes)) return [];
  const value = member(member(layer, "config"), "mask_value") ?? 0;
  return nodes.map((node) => JSON.stringify([historyOf([member(node, "args") ?? null].flat(1)[0]), value]));
}
