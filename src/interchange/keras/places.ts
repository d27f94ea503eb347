// Where the layers of a model of ours have their place in a file of Keras.

import { GruvyError, shown } from "../../base/index.ts";
import type { Json, Sequential } from "../../model/index.ts";
import { type OwnLayer, ownLayers } from "../own-layers.ts";
import { classOf, type LayerRule } from "./layers.ts";
import { placesOf } from "./read-layer.ts";
import type { LayerPlace } from "./read-model.ts";
import { camel, isObject, member } from "./values.ts";

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
