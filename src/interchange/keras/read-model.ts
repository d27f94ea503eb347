import { GruvyError, shown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import type { KerasOutputs } from "./outputs.ts";
import { type LayerPlace, placesOf } from "./places.ts";
import { readFunctional } from "./read-functional.ts";
import { classAt, isModel, placed, type ReadLayer, readLayer } from "./read-layer.ts";
import { member, type Place, refusedOption } from "./values.ts";

/** A model of Keras in our words. */
export interface ReadModel {
  /** As `modelFromConfig` takes it, not compiled. */
  readonly architecture: JsonObject;
  readonly layers: readonly LayerPlace[];
  readonly outputs: KerasOutputs;
  /** Dimensions of its output, rows included, where they are known. */
  readonly rank: number | undefined;
}

type Outer = Omit<Place, "what">;

/** Reads the config of a model; `inner`: of one in the place of a layer. */
export function readModel(config: Json, outer: Outer, where = "the model", inner = false): ReadModel {
  // Keras 2.2 and older: the list of layers itself.
  const listed = member(config, "config");
  const { name, config: model } = classAt(
    Array.isArray(listed) ? { ...(config as JsonObject), config: { layers: listed } } : config,
    where,
  );
  if (name === "Sequential") return readStack(model, config, outer);
  if (name === "Functional" || name === "Model") {
    const { wiring, ...read } = readFunctional(model, where, outer, inner, (value, place, rank) =>
      member(value, "class_name") === "InputLayer" ? readInput(value) : readAny(value, { ...outer, rank }, place),
    );
    return { architecture: { kind: "functional", name: wordOf(model.name ?? "functional"), ...wiring }, ...read };
  }
  throw new GruvyError(
    "model/keras-layer",
    `Cannot read a model of the class ${shown(name)}`,
    "Sequential and functional models are read; of others the weights alone, with loadKerasWeights.",
  );
}

/** A layer, or a model in the place of one. */
function readAny(value: Json, outer: Outer, where: string): ReadLayer {
  if (!isModel(value)) return readLayer(value, outer, where, readAny);
  const { architecture, layers, rank } = readModel(value, outer, where, true);
  const { kind, name, ...config } = architecture as { kind: string; name: string };
  return {
    layer: { kind, name, config },
    own: name,
    arrays: [],
    inner: layers,
    rank,
  };
}

function readStack(model: JsonObject, config: Json, outer: Outer): ReadModel {
  const list = member(model, "layers");
  if (!Array.isArray(list)) {
    throw new GruvyError("model/config", `Expected the layers of the model, found ${shown(list)}`);
  }
  const shape = inputShape(list, model, config);
  const stack = list.slice(member(list[0], "class_name") === "InputLayer" ? 1 : 0);
  let rank = shape?.length;
  const read = stack.map((value, index) => {
    const layer = readAny(value, { ...outer, rank }, `layer ${index}`);
    rank = layer.rank;
    return layer;
  });
  const places = placesOf(stack.map((value) => wordOf(member(value, "class_name"))));
  const input = shape ? [{ kind: "input", config: inputConfig(shape) }] : [];
  return {
    architecture: {
      kind: "sequential",
      name: wordOf(member(model, "name") ?? "sequential"),
      layers: [...input, ...read.map(({ layer }) => layer)],
    },
    layers: read.flatMap((layer, i) => placed(layer, places[i])),
    outputs: { names: [read[read.length - 1]?.own ?? ""], byName: false },
    rank,
  };
}

/** The input's shape with its rows; it may stand in an InputLayer, at the first layer, or with what was built. */
function inputShape(list: readonly Json[], model: Json, whole: Json): readonly Json[] | undefined {
  const [first] = list;
  if (member(first, "class_name") === "InputLayer") return shapeOf(first);
  const own = member(first, "config");
  const found =
    member(own, "batch_shape") ??
    member(own, "batch_input_shape") ??
    member(model, "build_input_shape") ??
    member(member(whole, "build_config"), "input_shape");
  return Array.isArray(found) && found.length > 1 ? found : undefined;
}

function shapeOf(layer: Json): readonly Json[] {
  const config = member(layer, "config");
  const what = `the input ${shown(member(config, "name"))}`;
  for (const option of ["sparse", "ragged", "optional"]) {
    const value = member(config, option) ?? false;
    if (value !== false) throw refusedOption({ what, version: 3, warn: () => {} }, option, value);
  }
  const shape = member(config, "batch_shape") ?? member(config, "batch_input_shape");
  if (Array.isArray(shape) && shape.length > 1) return shape;
  throw new GruvyError("model/config", `Expected the shape of ${what}, found ${shown(shape)}`);
}

/** Rows are told apart where they are fixed, as stateful layers need them to be. */
function inputConfig([rows, ...shape]: readonly Json[]): JsonObject {
  return { shape, ...(rows === null ? {} : { batchSize: rows }) };
}

function readInput(value: Json): ReadLayer {
  const shape = shapeOf(value);
  const name = wordOf(member(member(value, "config"), "name") ?? "input");
  const layer = { kind: "input", name: name.replaceAll("/", "_"), config: inputConfig(shape) };
  return { layer, own: name, arrays: [], rank: shape.length };
}
