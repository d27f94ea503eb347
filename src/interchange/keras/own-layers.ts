// Where the layers of a model of ours have their place in a file of Keras.

import { GruvyError, shown } from "../../base/index.ts";
import type { Json, JsonObject, Sequential } from "../../model/index.ts";
import { classOf, type LayerRule } from "./layers.ts";
import { placesOf } from "./read-layer.ts";
import type { LayerPlace } from "./read-model.ts";
import { camel, isObject, member, snake } from "./values.ts";

/** A layer as `toConfig` describes it. */
export interface OwnLayer {
  readonly kind: string;
  readonly name?: string;
  readonly config: JsonObject;
}

/** The layers of a model without its input, each by the name that it has in the model. */
export function ownLayers(model: Sequential): (OwnLayer & { readonly name: string })[] {
  const { layers } = model.toConfig() as unknown as { layers: readonly OwnLayer[] };
  const rest = layers.filter(({ kind }) => kind !== "input");
  const taken = new Set(rest.flatMap(({ name }) => name ?? []));
  const counts = new Map<string, number>();
  const free = (base: string): string => {
    for (;;) {
      const count = counts.get(base) ?? 0;
      counts.set(base, count + 1);
      const name = count === 0 ? base : `${base}_${count}`;
      if (!taken.has(name)) return name;
    }
  };
  return rest.map((layer) => ({ ...layer, name: layer.name ?? free(snake(layer.kind)) }));
}

/** What Keras calls the class of a layer. */
export function ruleOf({ kind, name }: OwnLayer): readonly [name: string, rule: LayerRule] {
  const found = classOf(kind);
  if (found) return found;
  throw new GruvyError("model/keras-layer", `Keras has no layer for ${shown(name ?? kind)}, which is a ${kind}`);
}

/** Folders of a layer's arrays within its place. */
export function arraysOf(layer: OwnLayer): readonly string[] {
  const [, rule] = ruleOf(layer);
  const held = (rule.layers ?? []).flatMap((option) => {
    const inner: Json | undefined = member(layer.config, camel(option));
    return isObject(inner) ? [[option, arraysOf(inner as unknown as OwnLayer)] as const] : [];
  });
  return rule.arrays?.(Object.fromEntries(held)) ?? [""];
}

export function placesOfModel(model: Sequential): LayerPlace[] {
  const layers = ownLayers(model);
  const places = placesOf(
    layers.map((layer) => ruleOf(layer)[0]),
    "layers",
  );
  return layers.map((layer, i) => ({ name: layer.name, own: layer.name, place: places[i], arrays: arraysOf(layer) }));
}
