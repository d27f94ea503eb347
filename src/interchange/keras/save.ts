import type { Json, JsonObject, Sequential } from "../../model/index.ts";
import { encodeHdf5, encodeZip } from "../../storage/index.ts";
import { type OwnLayer, ownLayers } from "../own-layers.ts";
import { ourName } from "./layers.ts";
import { placesOfModel, ruleOf } from "./places.ts";
import { writeTraining } from "./training.ts";
import { camel, isObject, member } from "./values.ts";

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
 * The bytes of a `.keras` file of Keras 3: architecture, weights, and how the model is compiled. The optimizer's state is
 * left out: Keras says so when it loads the file, and starts it anew.
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
export async function encodeKeras(model: Sequential): Promise<Uint8Array> {
  const weights = await model.getWeights();
  const config = writeModel(model);
  const paths = model.weightPaths;
  const groups: { path: string; texts: Record<string, string> }[] = [];
  const tensors: { path: string; shape: readonly number[]; data: Float32Array }[] = [];
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
  for (const { name, place, arrays } of placesOfModel(model)) {
    const own = paths.flatMap((path, i) => (path.startsWith(`${name}/`) ? [weights[i]] : []));
    // A layer that holds two has as many weights in each.
    own.forEach(({ shape, data }, i) => {
      const perFolder = own.length / arrays.length;
      const folder = arrays[Math.floor(i / perFolder)];
      const path = `${place}${folder === "" ? "" : `/${folder}`}/vars`;
      group(path);
      tensors.push({ path: `${path}/${i % perFolder}`, shape, data: Float32Array.from(data) });
    });
  }
  const utf8 = (value: Json) => new TextEncoder().encode(JSON.stringify(value));
  return encodeZip(
    new Map([
      ["metadata.json", utf8({ keras_version: VERSION, date_saved: DATE })],
      ["config.json", utf8(config)],
      ["model.weights.h5", await encodeHdf5({ groups, tensors })],
    ]),
  );
}

function writeModel(model: Sequential): JsonObject {
  const { name, input, compile } = model.toConfig() as { name: string; input: JsonObject; compile: JsonObject | null };
  const { kind, steps, features, batchSize = null } = input as unknown as InputSpec;
  const shape =
    kind === "tokens" ? [batchSize, steps] : kind === "vector" ? [batchSize, features] : [batchSize, steps, features];
  const first = {
    module: "keras.layers",
    class_name: "InputLayer",
    config: {
      batch_shape: shape,
      dtype: "float32",
      sparse: false,
      ragged: false,
      name: "input_layer",
      optional: false,
    },
    registered_name: null,
  };
  const layers = [first, ...ownLayers(model).map(writeLayer)];
  return {
    module: "keras",
    class_name: "Sequential",
    config: { name, trainable: true, dtype, layers, build_input_shape: shape },
    registered_name: null,
    build_config: { input_shape: shape },
    ...(compile ? { compile_config: writeTraining(compile) } : {}),
  };
}

function writeLayer(layer: OwnLayer): JsonObject {
  const [type, rule] = ruleOf(layer);
  const options = Object.entries(rule.options).flatMap(([option, own]): [string, Json][] => {
    const value = member(layer.config, ourName(option, own));
    return value === undefined ? [] : [[option, own.write(value)]];
  });
  const held = (rule.layers ?? []).flatMap((option): [string, Json][] => {
    const inner = member(layer.config, camel(option));
    return isObject(inner) ? [[option, writeLayer(inner as unknown as OwnLayer)]] : [];
  });
  const name: JsonObject = layer.name === undefined ? {} : { name: layer.name };
  return {
    module: "keras.layers",
    class_name: type,
    config: { ...name, trainable: true, dtype, ...Object.fromEntries([...options, ...held]) },
    registered_name: null,
  };
}
