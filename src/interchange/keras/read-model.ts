import { GruvyError, shown } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import { classAt, placesOf, readLayer } from "./read-layer.ts";
import { member, type Place, refusedOption } from "./values.ts";

/** Where a layer's arrays lie in a file. */
export interface LayerPlace {
  /** The first part of its weights' paths in our model. */
  readonly name: string;
  /** Its name in the file. */
  readonly own: string;
  /** Its folder, such as `layers/gru_1`, and those of its arrays within. */
  readonly place: string;
  readonly arrays: readonly string[];
}

/** A model of Keras in our words. */
export interface ReadModel {
  /** As `sequentialFromConfig` takes it, not compiled. */
  readonly architecture: JsonObject;
  readonly layers: readonly LayerPlace[];
}

/** Reads the config of a model. */
export function readModel(config: Json, outer: Omit<Place, "what">): ReadModel {
  // Keras 2.2 and older: the list of layers itself.
  const listed = member(config, "config");
  const { name, config: model } = classAt(
    Array.isArray(listed) ? { ...(config as JsonObject), config: { layers: listed } } : config,
    "the model",
  );
  if (name !== "Sequential") {
    throw new GruvyError(
      "model/keras-layer",
      `Cannot read a model of the class ${shown(name)}`,
      "Sequential models are read; of others the weights alone, with loadKerasWeights.",
    );
  }
  const list = member(model, "layers");
  if (!Array.isArray(list))
    throw new GruvyError("model/config", `Expected the layers of the model, found ${shown(list)}`);
  const shape = inputShape(list, model, config);
  const stack = list.slice(member(list[0], "class_name") === "InputLayer" ? 1 : 0);
  let rank = shape?.length;
  const read = stack.map((value, index) => {
    const layer = readLayer(value, { ...outer, rank }, `layer ${index}`);
    rank = layer.rank;
    return layer;
  });
  const places = placesOf(
    stack.map((value) => String(member(value, "class_name"))),
    "layers",
  );
  const input = shape ? [{ kind: "input", config: inputConfig(shape) }] : [];
  return {
    architecture: {
      kind: "sequential",
      name: String(member(model, "name") ?? "sequential"),
      layers: [...input, ...read.map(({ layer }) => layer)],
    },
    layers: read.map(({ layer, own, arrays }, i) => ({ name: layer.name, own, arrays, place: places[i] })),
  };
}

/** The input's shape with its rows; it may stand in an InputLayer, at the first layer, or with what was built. */
function inputShape(list: readonly Json[], model: Json, whole: Json): readonly Json[] | undefined {
  const [first] = list;
  const own = member(first, "config");
  const place = { what: "the input", version: 3, warn: () => {} };
  for (const option of ["sparse", "ragged", "optional"]) {
    if (member(first, "class_name") === "InputLayer" && member(own, option) === true) {
      throw refusedOption(place, option, true);
    }
  }
  const found =
    member(own, "batch_shape") ??
    member(own, "batch_input_shape") ??
    member(model, "build_input_shape") ??
    member(member(whole, "build_config"), "input_shape");
  if (!Array.isArray(found)) return undefined;
  return found.length > 1 ? found : undefined;
}

/** Rows are told apart where they are fixed, as stateful layers need them to be. */
function inputConfig([rows, ...shape]: readonly Json[]): JsonObject {
  return { shape, ...(rows === null ? {} : { batchSize: rows }) };
}
