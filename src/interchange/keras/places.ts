// Where the arrays of a model's layers have their place in a file of Keras.

import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject, Model } from "../../model/index.ts";
import { type NamedLayer, namedLayers, type OwnLayer, ownLayers } from "../own-layers.ts";
import { classOf, folderOf, type LayerRule } from "./layers.ts";
import { camel, member } from "./values.ts";
import { listedByName, namesOf, sourcesOf } from "./wiring.ts";

/** Where a layer's arrays lie in a file. */
export interface LayerPlace {
  /** The first part of its weights' paths in our model; within another model that one's name in front. */
  readonly name: string;
  /** Its name in the file; within another model that one's. */
  readonly own: string;
  /** Its folder, such as `layers/gru_1`, and those of its arrays within. */
  readonly place: string;
  readonly arrays: readonly string[];
}

/** The folders that Keras gives layers of these classes, in order: "layers/gru", "layers/gru_1". */
export function placesOf(classes: readonly string[], root = "layers"): string[] {
  const counts = new Map<string, number>();
  return classes.map((name) => {
    const folder = folderOf(name);
    const count = counts.get(folder) ?? 0;
    counts.set(folder, count + 1);
    return `${root}/${folder}${count === 0 ? "" : `_${count}`}`;
  });
}

/** The places of a model's layers, from within a layer that it is. */
export const placesWithin = (inner: readonly LayerPlace[], outer: Omit<LayerPlace, "arrays">): LayerPlace[] =>
  inner.map(({ name, place, arrays }) => ({
    name: `${outer.name}/${name}`,
    own: outer.own,
    place: `${outer.place}/${place}`,
    arrays,
  }));

/** What Keras calls the class of a layer. */
export function ruleOf({ kind, name }: OwnLayer): readonly [name: string, rule: LayerRule] {
  const found = classOf(kind);
  if (found) return found;
  throw new GruvyError(
    "model/keras-layer",
    `Keras has no layer for ${shown(name ?? kind)}, which is a ${kind}`,
    "Build the model of layers that Keras has, or write this one in Keras and give it the weights of a model.gruvy, which " +
      "is a safetensors file.",
  );
}

const models: Readonly<Record<string, string>> = { sequential: "Sequential", functional: "Functional" };

/** Keras's class of a model within a model. */
export const modelClass = ({ kind }: OwnLayer): string | undefined =>
  Object.hasOwn(models, kind) ? models[kind] : undefined;

const className = (layer: OwnLayer): string =>
  layer.kind === "input" ? "InputLayer" : (modelClass(layer) ?? ruleOf(layer)[0]);

/** The order of the layers of a functional model in a file, from our own. */
export type FileOrder = (layers: readonly NamedLayer[], wiring: JsonObject) => readonly NamedLayer[];

/** The places of a model's layers. `order`: where the file's is not our own. */
export function placesOfModel(model: Model<unknown>, order: FileOrder = (layers) => layers): LayerPlace[] {
  const { kind, ...config } = model.toConfig();
  const outputs = sourcesOf(config.outputs);
  // Outputs that are given by name have another order in Keras.
  const listed = { ...config, outputs: listedByName(outputs, namesOf(config.outputs)) as unknown as Json };
  return placesIn({ kind: wordOf(kind), config: listed }, ownLayers(model), order);
}

/**
 * Places in a file whose order of layers may be another, for it follows that of the outputs, of which weights alone do not
 * speak: layers that were given a name lie where the file has it, the others of their class where room is left. Those of
 * the model's order where the file lacks one of the names.
 */
export async function placesByName(
  model: Model<unknown>,
  places: readonly LayerPlace[],
  namesAt: (folders: readonly string[]) => Promise<readonly (string | undefined)[]>,
): Promise<readonly LayerPlace[]> {
  const own = new Map(places.map((place) => [place.own, folderAbove(place)]));
  const folders = [...own.values()];
  const { layers } = model.toConfig() as unknown as { readonly layers: readonly OwnLayer[] };
  const given = layers.flatMap(({ name }) => (name !== undefined && own.has(name) ? [name] : []));
  const names = given.length > 0 ? await namesAt(folders) : [];
  const found = new Map(given.map((name) => [name, folders[names.indexOf(name)]]));
  const classOf = (folder: string | undefined) => folder?.replace(/_\d+$/, "");
  if (given.some((name) => classOf(found.get(name)) !== classOf(own.get(name)))) return places;
  const left = folders.filter((folder) => ![...found.values()].includes(folder));
  for (const [name, folder] of own) {
    if (found.has(name)) continue;
    const next = left.findIndex((other) => classOf(other) === classOf(folder));
    found.set(name, left.splice(next, 1)[0]);
  }
  return places.map((place) => ({
    ...place,
    place: found.get(place.own) + place.place.slice(folderAbove(place).length),
  }));
}

/** The folder of a layer of the model itself. */
const folderAbove = ({ place }: LayerPlace): string => place.split("/", 2).join("/");

function placesIn({ kind, config }: OwnLayer, own: readonly NamedLayer[], order: FileOrder): LayerPlace[] {
  const layers = kind === "functional" ? order(own, config) : own;
  const places = placesOf(layers.map(className));
  return layers.flatMap((layer, i) => {
    const { name } = layer;
    const outer = { name, own: name, place: places[i] };
    if (layer.kind === "input") return [];
    if (modelClass(layer) !== undefined) return placesWithin(placesInModel(layer, order), outer);
    for (const [option, held] of heldBy(layer, ruleOf(layer)[1])) {
      if (isList(held) || modelClass(held) === undefined) continue;
      const inner = { name: held.name ?? held.kind, own: name, place: option };
      return placesWithin(placesWithin(placesInModel(held, order), inner), outer);
    }
    return [{ ...outer, arrays: arraysOf(layer) }];
  });
}

const placesInModel = (model: OwnLayer, order: FileOrder): LayerPlace[] =>
  placesIn(model, namedLayers(model.config.layers as unknown as OwnLayer[]), order);

/** The layers that a layer of ours holds, by Keras's option. */
export function heldBy(layer: OwnLayer, rule: LayerRule): [option: string, held: OwnLayer | readonly OwnLayer[]][] {
  const config = rule.held?.(layer.config) ?? layer.config;
  return (rule.layers ?? []).flatMap((option) => {
    const inner = member(config, rule.held ? option : camel(option)) ?? null;
    return inner === null ? [] : [[option, inner as unknown as OwnLayer | readonly OwnLayer[]]];
  });
}

const isList = (held: OwnLayer | readonly OwnLayer[]): held is readonly OwnLayer[] => Array.isArray(held);

/** Folders of a layer's arrays within its place. */
function arraysOf(layer: OwnLayer): readonly string[] {
  const [, rule] = ruleOf(layer);
  const held = heldBy(layer, rule).map(([option, inner]) => {
    if (!isList(inner)) return [option, arraysOf(inner)];
    const places = placesOf(
      inner.map((one) => ruleOf(one)[0]),
      option,
    );
    return [
      option,
      inner.flatMap((one, i) => arraysOf(one).map((path) => (path ? `${places[i]}/${path}` : places[i]))),
    ];
  });
  return rule.arrays?.(Object.fromEntries(held)) ?? [""];
}
