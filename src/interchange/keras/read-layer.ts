import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { ignored, type LayerRule, layerRules, ourName, whileTraining } from "./layers.ts";
import { type LayerPlace, placesOf, placesWithin } from "./places.ts";
import { camel, checkDtype, isObject, member, type Place, refusedOption } from "./values.ts";

/** A layer of Keras in our words. */
export interface ReadLayer {
  /** As `toConfig` describes a layer: kind, name, config. */
  readonly layer: { readonly kind: string; readonly name: string; readonly config: JsonObject };
  /** Its name in the file. */
  readonly own: string;
  /** Folders of its arrays, in the order of its weights, within its place in the file. */
  readonly arrays: readonly string[];
  /** Of a model in the place of a layer: its own layers. */
  readonly inner?: readonly LayerPlace[];
  /** Dimensions of its output, rows included, where they are known. */
  readonly rank: number | undefined;
}

/** The class of what a file describes, and its options. */
export function classAt(value: Json, where: string): { name: string; config: JsonObject } {
  const name = member(value, "class_name");
  const config = member(value, "config");
  if (typeof name !== "string" || !isObject(config)) {
    throw new GruvyError("model/config", `Expected class_name and config of ${where}, found ${shown(name ?? value)}`);
  }
  const module = member(value, "module");
  // Nothing is imported; but a class of another library is another layer, whatever its name.
  if (module !== undefined && module !== null && !/^(tf_)?keras(\.\w+)*$/.test(wordOf(module))) {
    throw new GruvyError(
      "model/keras-layer",
      `Cannot read ${where}: its class ${shown(name)} is of ${shown(module)}, and not Keras's`,
      "Only layers of Keras are read; nothing in a file is imported or run.",
    );
  }
  return { name, config };
}

/** Whether a file describes a model, and not one layer. */
export const isModel = (value: Json): boolean =>
  ["Sequential", "Functional", "Model"].includes(wordOf(member(value, "class_name")));

/** What we know of a layer's class, refusing by name what we do not have. */
export function ruleAt(value: Json, where: string) {
  const { name, config } = classAt(value, where);
  const own = typeof config.name === "string" ? config.name : where;
  const what = `layer ${shown(own)} (${shown(name).slice(1, -1)})`;
  if (Object.hasOwn(layerRules, name)) return { rule: layerRules[name], config, own, what };
  throw new GruvyError(
    "model/keras-layer",
    name === "Lambda"
      ? `Cannot read ${what}: it is code of Python in the file, which is never run`
      : `Cannot read ${what}: Gruvy has no layer of that kind`,
    `Known are ${Object.keys(layerRules).join(", ")}.`,
  );
}

/** Reads what a layer holds. */
type Reader = (value: Json, outer: Omit<Place, "what">, where: string) => ReadLayer;

/** Reads one layer. `model` reads one that stands in its place, where the layer may hold such. */
export function readLayer(value: Json, outer: Omit<Place, "what">, where: string, model: Reader): ReadLayer {
  const { rule, config, own, what } = ruleAt(value, where);
  const built = member(member(value, "build_config"), "input_shape");
  // Of several inputs a list of shapes.
  const shape = Array.isArray(built) && Array.isArray(built[0]) ? built[0] : built;
  const place: Place = { ...outer, what, rank: Array.isArray(shape) ? shape.length : outer.rank };
  checkDtype(config.dtype, place);
  const within = { ...outer, rank: undefined, bidirectional: rule.kind === "bidirectional" };
  const held = (rule.layers ?? []).flatMap((option): Held[] => {
    const inner = member(config, option) ?? null;
    // Without its own layer the way back is like the way there.
    if (inner === null && option === "backward_layer") return [];
    const one: Reader = (...held) => (rule.models && isModel(held[0]) ? model(...held) : readLayer(...held, model));
    return [heldAt(inner, option, within, what, one)];
  });
  const layers: JsonObject = Object.fromEntries(held.map(({ option, layers }) => [option, layers]));
  const read: JsonObject = {
    ...rule.also,
    ...optionsOf(rule, config, place),
    ...(rule.hold?.(layers) ?? Object.fromEntries(Object.entries(layers).map(([option, one]) => [camel(option), one]))),
  };
  const inner = held.find((one) => one.inner)?.inner;
  return {
    layer: { kind: rule.kind, name: own.replaceAll("/", "_"), config: read },
    own,
    ...(inner ? { inner } : {}),
    arrays: rule.arrays?.(Object.fromEntries(held.map(({ option, arrays }) => [option, arrays]))) ?? [""],
    rank: rule.rank?.(read) ?? place.rank,
  };
}

/** What a layer holds under an option: layers in our words, and the folders of their arrays. */
interface Held {
  readonly option: string;
  readonly layers: Json;
  readonly arrays: readonly string[];
  /** Of a model: its own layers. */
  readonly inner?: readonly LayerPlace[];
}

function heldAt(inner: Json, option: string, outer: Omit<Place, "what">, what: string, read: Reader): Held {
  // Keras puts the direction in front of the name, and so do we.
  const renamed = ({ layer: { name, ...layer } }: ReadLayer, value: Json): Json =>
    typeof member(member(value, "config"), "name") === "string"
      ? { ...layer, name: name.replace(/^forward_/, "") }
      : layer;
  if (!Array.isArray(inner)) {
    const layer = read(inner, outer, `the ${option} of ${what}`);
    const places = layer.inner && placed(layer, option);
    return { option, layers: renamed(layer, inner), arrays: layer.arrays, ...(places ? { inner: places } : {}) };
  }
  const list = (inner as readonly Json[]).map((value, i) => read(value, outer, `${option} ${i} of ${what}`));
  const places = placesOf(
    (inner as readonly Json[]).map((value) => wordOf(member(value, "class_name"))),
    option,
  );
  const arrays = list.flatMap((layer, i) => layer.arrays.map((path) => (path ? `${places[i]}/${path}` : places[i])));
  return { option, layers: list.map((layer, i) => renamed(layer, inner[i] as Json)), arrays };
}

function optionsOf(rule: LayerRule, given: JsonObject, place: Place): JsonObject {
  const config: JsonObject = { ...rule.absent, ...given };
  const found: Record<string, Json> = {};
  for (const [option, value] of Object.entries(config)) {
    if (Object.hasOwn(rule.options, option)) {
      const own = rule.options[option];
      const read = own.read(value, place, option);
      if (read !== undefined) found[ourName(option, own)] = read;
    } else if (rule.fixed && Object.hasOwn(rule.fixed, option)) {
      if (!rule.fixed[option].includes(value)) throw refusedOption(place, option, value);
    } else if (value !== null && whileTraining.test(option)) {
      place.warn(`${place.what} is trained without its ${option}, which Gruvy does not have.`);
    } else if (!known(option, value, rule, place)) throw refusedOption(place, option, value);
  }
  return found;
}

/** What asks for nothing is no obstacle, whatever it is. */
function known(option: string, value: Json, rule: LayerRule, place: Place): boolean {
  if (value === null || value === false || ignored.has(option)) return true;
  if (rule.layers?.includes(option)) return true;
  // Keras sets it on what `Bidirectional` holds, and ours does so there.
  return option === "zero_output_for_mask" && place.bidirectional === true;
}

/** The places of a layer's arrays, given its folder. */
export function placed({ layer, own, arrays, inner }: ReadLayer, place: string): LayerPlace[] {
  const outer = { name: layer.name, own, place };
  return inner ? placesWithin(inner, outer) : [{ ...outer, arrays }];
}
