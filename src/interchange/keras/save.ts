import { refuseUnknown } from "../../base/index.ts";
import type { Json, JsonObject, Model } from "../../model/index.ts";
import { encodeHdf5, encodeZip } from "../../storage/foreign.ts";
import { type NamedLayer, namedLayers, type OwnLayer, ownLayers } from "../own-layers.ts";
import { ourName } from "./layers.ts";
import { OPTIMIZER, type OptimizerArray, optimizerArrays } from "./optimizer-state.ts";
import { inKerasOrder } from "./order.ts";
import { heldBy, modelClass, placesOfModel, ruleOf } from "./places.ts";
import { writeTraining } from "./training.ts";
import { isObject, member } from "./values.ts";
import { apartFromMasks, CallWriter, type OwnCall, type Source } from "./write-call.ts";

/** What `saveKeras` can be told. */
export interface SaveKerasOptions {
  /** Called with a sentence for each thing that the file does not say of training. Default: warns on the console. */
  readonly onWarning?: (text: string) => void;
}

/** What a model says of its input. */
interface InputSpec {
  readonly kind: "tokens" | "vector" | "sequence";
  readonly steps: number | null;
  readonly features: number;
  readonly batchSize?: number | null;
}

/** The form of the files below: that of this version of Keras. */
const VERSION = "3.15.1";
/** Fixed, so that the same model gives the same bytes. */
const DATE = "1980-01-01@00:00:00";

const dtype = { module: "keras", class_name: "DTypePolicy", config: { name: "float32" }, registered_name: null };

/**
 * The bytes of a `.keras` file of Keras 3: architecture, weights, how the model is compiled, and what its optimizer
 * remembers. What Keras lacks of the last two is left out, and `onWarning` is told.
 *
 * The same model gives the same bytes.
 *
 * @throws {GruvyError} `model/not-built` for a model whose input is not known yet, `model/keras-layer` for a layer that
 *   Keras lacks.
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3 })]);
 * const file = await encodeKeras(model);
 * String.fromCharCode(file[0], file[1]); // "PK"
 */
export async function encodeKeras(model: Model<unknown>, options: SaveKerasOptions = {}): Promise<Uint8Array> {
  refuseUnknown(options, ["onWarning"], "saveKeras");
  const { onWarning = (text: string) => console.warn(text) } = options;
  const weights = await model.getWeights();
  const config = writeModel(model, onWarning);
  const paths = model.weightPaths;
  const groups: { path: string; texts: Record<string, string> }[] = [];
  const tensors: (OptimizerArray & { readonly path: string })[] = [];
  const made = new Set<string>();
  const group = (path: string) => {
    for (let end = path.indexOf("/"); ; end = path.indexOf("/", end + 1)) {
      const part = end < 0 ? path : path.slice(0, end);
      if (!made.has(part)) groups.push({ path: part, texts: {} });
      made.add(part);
      if (end < 0) return;
    }
  };
  group("layers");
  const places = placesOfModel(model, inFileOrder);
  const indices = places.map(({ name }) => paths.flatMap((path, i) => (path.startsWith(`${name}/`) ? [i] : [])));
  for (const [at, { place, arrays }] of places.entries()) {
    const own = indices[at].map((i) => weights[i]);
    // A layer that holds two has as many weights in each.
    own.forEach(({ shape, data }, i) => {
      const perFolder = own.length / arrays.length;
      const folder = arrays[Math.floor(i / perFolder)];
      const path = `${place}${folder === "" ? "" : `/${folder}`}/vars`;
      group(path);
      tensors.push({ path: `${path}/${i % perFolder}`, shape, data: Float32Array.from(data) });
    });
  }
  const inOrder = indices.flat().map((i) => paths[i]);
  const remembered = config.compile_config ? await optimizerArrays(model, inOrder, onWarning) : [];
  if (remembered.length > 0) group(`${OPTIMIZER}/vars`);
  tensors.push(...remembered.map((array, i) => ({ path: `${OPTIMIZER}/vars/${i}`, ...array })));
  const utf8 = (value: Json) => new TextEncoder().encode(JSON.stringify(value));
  return encodeZip(
    new Map([
      ["metadata.json", utf8({ keras_version: VERSION, date_saved: DATE })],
      ["config.json", utf8(config)],
      ["model.weights.h5", await encodeHdf5({ groups, tensors })],
    ]),
  );
}

function writeModel(model: Model<unknown>, warn: (text: string) => void): JsonObject {
  const { kind, name, input, compile, ...wiring } = model.toConfig() as JsonObject & { name: string; kind: string };
  const compiled = isObject(compile) ? writeTraining(compile) : undefined;
  if (typeof compiled === "string") {
    warn(`The file does not say how the model is trained, nor what its optimizer remembers: ${compiled}.`);
  }
  const training: JsonObject = isObject(compiled) ? { compile_config: compiled } : {};
  const layers = ownLayers(model);
  if (kind === "functional") return { ...writeFunctional(name, layers, wiring), ...training };
  // What the first data said of the input stands in no layer.
  const shape = shapeOf(input as unknown as InputSpec);
  const rest = layers.filter((layer) => layer.kind !== "input").map(writeLayer);
  return {
    ...writeStack(name, [inputLayer("input_layer", shape), ...rest]),
    build_config: { input_shape: shape },
    ...training,
  };
}

const shapeOf = ({ kind, steps, features, batchSize = null }: InputSpec): Json[] =>
  kind === "tokens" ? [batchSize, steps] : kind === "vector" ? [batchSize, features] : [batchSize, steps, features];

const inputLayer = (name: string, shape: readonly Json[]): JsonObject => ({
  module: "keras.layers",
  class_name: "InputLayer",
  config: { batch_shape: shape, dtype: "float32", sparse: false, ragged: false, name, optional: false },
  registered_name: null,
});

const writeStack = (name: string, layers: readonly Json[]): JsonObject => ({
  module: "keras",
  class_name: "Sequential",
  config: { name, trainable: true, dtype, layers },
  registered_name: null,
});

/** Layers, and with each the calls of it: whose outputs it takes. */
function writeFunctional(name: string, given: readonly NamedLayer[], wiring: JsonObject): JsonObject {
  const layers = apartFromMasks(given);
  const calls = wiring.calls as unknown as readonly OwnCall[];
  const writer = new CallWriter(layers, calls);
  const written = layers.map((layer, place): JsonObject => {
    const own = layer.kind === "input" ? [] : calls.filter((call) => call.layer === place);
    return { ...writeLayer(layer), name: layer.name, inbound_nodes: own.map((call) => writer.write(call)) };
  });
  const ends = (value: Json): Json[] => {
    const sources = isObject(value) && typeof value.call === "number" ? [value] : Object.values(value as object);
    return sources.map((source) => writer.history(source as unknown as Source));
  };
  const outputs = ends(wiring.outputs);
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: {
      name,
      trainable: true,
      layers: inKerasOrder([...written, ...writer.operations], outputs as Json[][]),
      input_layers: ends(wiring.inputs),
      output_layers: outputs,
    },
    registered_name: "Functional",
  };
}

/** The layers of a functional model as they follow on each other in the file. */
export function inFileOrder(given: readonly NamedLayer[], wiring: JsonObject): readonly NamedLayer[] {
  const { config } = writeFunctional("", given, wiring);
  const names = (member(config, "layers") as readonly Json[]).map((layer) => member(layer, "name"));
  const place = new Map(apartFromMasks(given).map((layer, i) => [given[i], names.indexOf(layer.name)]));
  return [...given].sort((a, b) => place.get(a)! - place.get(b)!);
}

function writeLayer(layer: OwnLayer): JsonObject {
  if (layer.kind === "input") {
    const { shape, batchSize = null } = layer.config;
    return inputLayer(layer.name ?? "input", [batchSize, ...(shape as readonly Json[])]);
  }
  if (modelClass(layer) !== undefined) {
    const name = layer.name ?? layer.kind;
    const inner = namedLayers(layer.config.layers as unknown as OwnLayer[]);
    return layer.kind === "functional"
      ? writeFunctional(name, inner, layer.config)
      : writeStack(name, inner.map(writeLayer));
  }
  const [type, rule] = ruleOf(layer);
  const options = Object.entries(rule.options).flatMap(([option, own]): [string, Json][] => {
    const value = member(layer.config, ourName(option, own));
    return value === undefined ? [] : [[option, own.write(value, option)]];
  });
  const held = heldBy(layer, rule).map(([option, inner]): [string, Json] => [
    option,
    Array.isArray(inner) ? inner.map(writeLayer) : writeLayer(inner as OwnLayer),
  ]);
  const name: JsonObject = layer.name === undefined ? {} : { name: layer.name };
  return {
    module: "keras.layers",
    class_name: type,
    config: { ...name, dtype, ...Object.fromEntries([...options, ...held]) },
    registered_name: null,
  };
}
