// In what order Keras has the layers of a functional model once it has loaded it: that of the folders of their arrays, and
// of what the optimizer remembers of them.

import type { Json, JsonObject } from "../../model/index.ts";
import type { NamedLayer } from "../own-layers.ts";
import { Masks } from "./masks.ts";
import { isObject, member } from "./values.ts";
import { wiringOf } from "./wiring.ts";
import { CallWriter } from "./write-call.ts";

/** A call of a layer: by the layer's place and the number of the call among that layer's. */
interface Call {
  readonly layer: number;
  /** In the order of arguments, those by name behind the others in the order of their names. */
  readonly from: readonly string[];
}

const keyOf = (history: readonly Json[]): string => JSON.stringify(history.slice(0, 2));

/** The calls whose outputs stand in arguments. */
function tensorsIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap((one: Json) => tensorsIn(one));
  if (!isObject(value)) return [];
  if (value.class_name === "__keras_tensor__") return [keyOf(member(value.config, "keras_history") as Json[])];
  return Object.keys(value)
    .sort()
    .flatMap((name) => tensorsIn(value[name]));
}

/**
 * Layers and operations of a functional config, as written, in Keras's order: by their distance from the outputs, the
 * farthest first, and where that is equal as a walk back from the outputs meets them.
 */
export function inKerasOrder<T extends JsonObject>(written: readonly T[], outputs: readonly (readonly Json[])[]): T[] {
  const calls = new Map<string, Call>();
  written.forEach(({ name, inbound_nodes }, layer) => {
    const nodes = inbound_nodes as readonly JsonObject[];
    // An input has one call, which takes nothing.
    (nodes.length === 0 ? [{}] : nodes).forEach((node, number) => {
      calls.set(keyOf([name, number]), { layer, from: tensorsIn([node.args ?? [], node.kwargs ?? {}]) });
    });
  });
  const { order, met } = walkBack(calls, outputs.map(keyOf));
  const callDepth = new Map<string, number>();
  const depth = new Map<number, number>();
  for (const key of order.reverse()) {
    const { layer, from } = calls.get(key)!;
    const own = Math.max(callDepth.get(key) ?? 0, depth.get(layer) ?? 0);
    depth.set(layer, own);
    for (const input of from) callDepth.set(input, Math.max(callDepth.get(input) ?? 0, own + 1));
  }
  return met.sort((a, b) => depth.get(b)! - depth.get(a)!).map((layer) => written[layer]);
}

/** The layers of a functional model as they follow on each other in a file of Keras 3. */
export function inFileOrder(layers: readonly NamedLayer[], config: JsonObject): readonly NamedLayer[] {
  const wiring = wiringOf({ kind: "functional", config }, layers);
  // What cannot be written is in no file, and then there is nothing to wait for.
  const calls = new CallWriter(wiring, new Masks(wiring), () => {});
  const written = layers.map(({ name }, place): JsonObject => ({ name, place, inbound_nodes: calls.callsOf(place) }));
  const outputs = wiring.outputs.map((source) => calls.history(source));
  const ordered = inKerasOrder([...written, ...calls.operations], outputs);
  return ordered.flatMap(({ place }) => (place === undefined ? [] : layers[Number(place)]));
}

/** Calls, each after those it takes something from, and layers as they are first met. */
function walkBack(calls: ReadonlyMap<string, Call>, ends: readonly string[]) {
  const order: string[] = [];
  const met = new Set<number>();
  const begun = new Set<string>();
  for (const end of ends) {
    const path = begun.has(end) ? [] : [{ key: end, next: 0 }];
    while (path.length > 0) {
      const top = path[path.length - 1];
      const { layer, from } = calls.get(top.key)!;
      begun.add(top.key);
      met.add(layer);
      const input = from[top.next++];
      if (input === undefined) {
        order.push(top.key);
        path.pop();
      } else if (!begun.has(input)) path.push({ key: input, next: 0 });
    }
  }
  return { order, met: [...met] };
}
