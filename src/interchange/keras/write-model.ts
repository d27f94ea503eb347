// The architecture of a model as Keras 3 writes it.

import type { Json, JsonObject } from "../../model/index.ts";
import { type NamedLayer, namedLayers, type OwnLayer } from "../own-layers.ts";
import { ourName } from "./layers.ts";
import { type Mask, Masks } from "./masks.ts";
import { inKerasOrder } from "./order.ts";
import { heldBy, modelClass, ruleOf } from "./places.ts";
import { Ranks } from "./ranks.ts";
import { member } from "./values.ts";
import { listedByName, namesOf, type Source, type Wiring, wiringOf } from "./wiring.ts";
import { CallWriter } from "./write-call.ts";

const dtype = { module: "keras", class_name: "DTypePolicy", config: { name: "float32" }, registered_name: null };

/** The layer at which data come in, given their shape with the rows. */
export const inputLayer = (name: string, shape: readonly Json[]): JsonObject => ({
  module: "keras.layers",
  class_name: "InputLayer",
  config: { batch_shape: shape, dtype: "float32", sparse: false, ragged: false, name, optional: false },
  registered_name: null,
});

/** What a model in the place of a layer is given: the masks of its inputs, and how many dimensions they have. */
interface Given {
  readonly masks: readonly Mask[];
  readonly ranks?: readonly number[];
}

/** A model in our words; `given` where it stands in the place of a layer. */
export function writeArchitecture(model: NamedLayer, given?: Given): JsonObject {
  const layers = namedLayers(model.config.layers as unknown as OwnLayer[]);
  const wiring = wiringOf(model, layers);
  const masks = new Masks(wiring, given?.masks);
  const ranks = new Ranks(wiring, given?.ranks);
  const written = (layer: NamedLayer) => {
    if (layer.kind === "input") {
      return writeLayer({ ...layer, config: { ...layer.config, shape: ranks.shapeOf(wiring.layers.indexOf(layer)) } });
    }
    if (modelClass(layer) === undefined) return writeLayer(layer);
    return writeArchitecture(layer, { masks: masksGiven(layer, wiring, masks), ranks: ranks.givenTo(layer) });
  };
  return model.kind === "functional"
    ? // In the place of a layer inputs and outputs have places and no names.
      writeFunctional(model.name, wiring, masks, written, given ? {} : model.config)
    : writeStack(model.name, layers.map(written));
}

/** The masks that a model in the place of a layer is given, in any of its calls: whence, it cannot be told. */
function masksGiven(inner: NamedLayer, { layers, calls }: Wiring<NamedLayer>, masks: Masks): Mask[] {
  const own = calls.filter(({ layer }) => layers[layer] === inner);
  return (own[0]?.inputs ?? []).map((_, input) => {
    const found = own.flatMap(({ inputs }) => masks.of(inputs[input]) ?? []);
    return found.length === 0 ? undefined : found.map((marker) => ({ ...marker, from: undefined }));
  });
}

const writeStack = (name: string, layers: readonly Json[]): JsonObject => ({
  module: "keras",
  class_name: "Sequential",
  config: { name, trainable: true, dtype, layers },
  registered_name: null,
});

/** Layers, and with each the calls of it: whose outputs it takes. */
function writeFunctional(
  name: string,
  wiring: Wiring<NamedLayer>,
  masks: Masks,
  write: (layer: NamedLayer) => JsonObject,
  named: JsonObject,
): JsonObject {
  const calls = new CallWriter(wiring, masks);
  const written = wiring.layers.map(
    (layer, place): JsonObject => ({ ...write(layer), name: layer.name, inbound_nodes: calls.callsOf(place) }),
  );
  const ends = (sources: readonly Source[]): Json[] => sources.map((source) => calls.history(source));
  const [inputs, outputs] = [ends(wiring.inputs), ends(wiring.outputs)];
  const [inputNames, outputNames] = [namesOf(named.inputs), namesOf(named.outputs)];
  const arranged = (list: readonly Json[], names: readonly string[] | undefined): Json =>
    names ? Object.fromEntries(names.map((name, i) => [name, list[i]])) : list.length === 1 ? list[0] : list;
  // Here alone Keras counts the calls of a functional model from 1.
  const calledFromOne = (source: Source): Json => {
    const [layer, call, index] = calls.history(source);
    const { kind } = wiring.layers[wiring.calls[source.call].layer];
    return [layer, kind === "functional" ? Number(call) + 1 : call, index];
  };
  // A list of inputs can be given by the names of their layers too, and a record not as a list.
  const likeLayers = inputNames?.every(
    (name, i) => name === wiring.layers[wiring.calls[wiring.inputs[i].call].layer].name,
  );
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: {
      name,
      trainable: true,
      layers: inKerasOrder(
        [...written, ...calls.operations],
        listedByName(outputs, outputNames) as readonly (readonly Json[])[],
      ),
      input_layers: arranged(inputs, likeLayers ? undefined : inputNames),
      output_layers: arranged(wiring.outputs.map(calledFromOne), outputNames),
    },
    registered_name: "Functional",
  };
}

/** One layer that is no model. */
export function writeLayer(layer: OwnLayer): JsonObject {
  if (layer.kind === "input") {
    const { shape, batchSize = null } = layer.config;
    return inputLayer(layer.name ?? "input", [batchSize, ...(shape as readonly Json[])]);
  }
  const [type, rule] = ruleOf(layer);
  const options = Object.entries(rule.options).flatMap(([option, own]): [string, Json][] => {
    const value = member(layer.config, ourName(option, own));
    return value === undefined ? [] : [[option, own.write(value, option)]];
  });
  const held = heldBy(layer, rule).map(([option, inner]): [string, Json] => [
    option,
    Array.isArray(inner) ? inner.map(writeLayer) : writeHeld(inner as OwnLayer),
  ]);
  const name: JsonObject = layer.name === undefined ? {} : { name: layer.name };
  return {
    module: "keras.layers",
    class_name: type,
    config: { ...name, dtype, ...Object.fromEntries([...options, ...held]) },
    registered_name: null,
  };
}

/** A layer, or a model that stands in its place; of the rows that come to it there is no mask. */
const writeHeld = (held: OwnLayer): JsonObject =>
  modelClass(held) === undefined
    ? writeLayer(held)
    : writeArchitecture({ ...held, name: held.name ?? held.kind }, { masks: [] });
