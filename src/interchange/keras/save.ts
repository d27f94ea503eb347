import { refuseUnknown, wordOf } from "../../base/index.ts";
import type { Json, JsonObject, Model } from "../../model/index.ts";
import { encodeHdf5, encodeZip } from "../../storage/foreign.ts";
import { ownLayers } from "../own-layers.ts";
import { OPTIMIZER, type OptimizerArray, optimizerArrays } from "./optimizer-state.ts";
import { inFileOrder } from "./order.ts";
import type { KerasOutputs } from "./outputs.ts";
import { placesOfModel } from "./places.ts";
import { writeTraining } from "./training.ts";
import { isObject } from "./values.ts";
import { namesOf, wiringOf } from "./wiring.ts";
import { writeArchitecture } from "./write-model.ts";

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
    // A layer that holds several has the weights of each behind those of the one before.
    let [folder, parent] = [-1, ""];
    let i = 0;
    for (const index of indices[at]) {
      const holder = paths[index].slice(0, paths[index].lastIndexOf("/"));
      if (holder !== parent) {
        folder++;
        i = 0;
      }
      parent = holder;
      const path = `${place}${arrays[folder] === "" ? "" : `/${arrays[folder]}`}/vars`;
      group(path);
      const { shape, data } = weights[index];
      tensors.push({ path: `${path}/${i++}`, shape, data: Float32Array.from(data) });
    }
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
  const { kind, name, input, compile, ...config } = model.toConfig() as JsonObject & { name: string; kind: string };
  const targets = model.isCompiled ? model.targets : [];
  const outputs = { keras: outputsOf(model), own: model.outputNames, targets };
  const compiled = isObject(compile) ? writeTraining(compile, outputs, warn) : undefined;
  if (typeof compiled === "string") {
    warn(`The file does not say how the model is trained, nor what its optimizer remembers: ${compiled}.`);
  }
  const training: JsonObject = isObject(compiled) ? { compile_config: compiled } : {};
  if (kind === "functional") return { ...writeArchitecture({ kind, name, config }), ...training };
  // What the first data said of the input stands in no layer.
  const shape = shapeOf(input as unknown as InputSpec);
  const rest = ownLayers(model).filter((layer) => layer.kind !== "input");
  const first = { kind: "input", name: "input_layer", config: { shape: shape.slice(1), batchSize: shape[0] } };
  return {
    ...writeArchitecture({ kind, name, config: { layers: [first, ...rest] as unknown as Json[] } }),
    build_config: { input_shape: shape },
    ...training,
  };
}

/** What Keras calls the outputs: by name as here, else by the layers that they come from. */
function outputsOf(model: Model<unknown>): KerasOutputs {
  const { kind, ...config } = model.toConfig();
  const names = namesOf(config.outputs);
  if (names) return { names, byName: true };
  const { layers, calls, outputs } = wiringOf({ kind: wordOf(kind), config }, ownLayers(model));
  return { names: outputs.map(({ call }) => layers[calls[call].layer].name), byName: false };
}

const shapeOf = ({ kind, steps, features, batchSize = null }: InputSpec): Json[] =>
  kind === "tokens" ? [batchSize, steps] : kind === "vector" ? [batchSize, features] : [batchSize, steps, features];
