import { GruvyError, refuseUnknown, shown, type Tensor, wholeNumber } from "../../base/index.ts";
import type { Model } from "../../model/index.ts";
import { decodeSafetensors, encodeSafetensors, fromTensor } from "../../storage/index.ts";
import { ownLayers } from "../own-layers.ts";
import { rounded } from "../rounded.ts";
import { torchRule } from "./layers.ts";

/**
 * Where layers are in the PyTorch model: our layer's name, and the module's, such as `"encoder.rnn"`; for the second of
 * several layers in one module `{ module: "encoder.rnn", layer: 1 }`. What is not named has the name of our layer.
 */
export type TorchMap = Readonly<Record<string, string | { readonly module: string; readonly layer?: number }>>;

/** What the functions for PyTorch can be told. */
export interface TorchOptions {
  readonly map?: TorchMap;
}

/** What `loadTorch` can be told. */
export interface LoadTorchOptions extends TorchOptions {
  /** Refuses parameters of the file that belong to no layer. Default true. */
  readonly strict?: boolean;
  /** The file's name, for messages. */
  readonly source?: string;
}

/**
 * The weights of a model under PyTorch's names, in its shapes and order of gates: a `state_dict`. An LSTM and a simple RNN
 * have two biases there, of which the second is zero; a GRU must have `resetAfter`, as all have there.
 *
 * @throws {GruvyError} `model/torch-layer` for what PyTorch does not have.
 * @example
 * const model = sequential([input({ shape: [null, 3] }), gru({ units: 4, name: "rnn" })]);
 * [...(await torchWeights(model)).keys()]; // ["rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0"]
 */
export async function torchWeights(model: Model<unknown>, options: TorchOptions = {}): Promise<Map<string, Tensor>> {
  refuseUnknown(options, ["map"], "torchWeights");
  const weights = await model.getWeights();
  const found = new Map<string, Tensor>();
  for (const { module, layer, rule, config, own } of modulesOf(model, options.map ?? {})) {
    for (const [name, tensor] of rule.write(
      own.map((index) => weights[index]),
      config,
      layer,
    )) {
      if (found.has(`${module}.${name}`)) {
        throw new GruvyError(
          "usage/option",
          `Two layers are mapped to ${shown(`${module}.${name}`)}`,
          "Give each its own.",
        );
      }
      found.set(`${module}.${name}`, tensor);
    }
  }
  return found;
}

/**
 * The same as the bytes of a safetensors file, for `safetensors.torch.load_file`.
 *
 * @example
 * const model = sequential([input({ shape: [4] }), dense({ units: 3, name: "fc" })]);
 * const file = await encodeTorch(model);
 * file.length % 8; // 4
 */
export async function encodeTorch(model: Model<unknown>, options: TorchOptions = {}): Promise<Uint8Array> {
  const weights = await torchWeights(model, options);
  const tensors = new Map(Array.from(weights, ([name, tensor]) => [name, fromTensor(tensor)]));
  return encodeSafetensors({ tensors, metadata: new Map([["format", "pt"]]) });
}

/**
 * Gives a model the weights of a PyTorch model from the bytes of a safetensors file: `nn.GRU`, `nn.LSTM`, `nn.RNN` of any
 * number of layers, one or both directions, `nn.Linear`, `nn.Embedding`, `nn.LayerNorm`, `nn.Conv1d`.
 *
 * @throws {GruvyError} `model/weights` naming what is missing, does not fit or belongs to no layer; `file/...`.
 * @example
 * const model = sequential([input({ shape: [2] }), dense({ units: 1, kernelInitializer: "ones", name: "fc" })]);
 * const other = sequential([input({ shape: [2] }), dense({ units: 1 })]);
 * await loadTorch(other, await encodeTorch(model), { map: { dense: "fc" } });
 * (await other.predict([[1, 2]])).toArray(); // [[3]]
 */
export async function loadTorch(
  model: Model<unknown>,
  bytes: Uint8Array,
  options: LoadTorchOptions = {},
): Promise<void> {
  refuseUnknown(options, ["map", "strict", "source"], "loadTorch");
  const { map = {}, strict = true, source = "the file" } = options;
  const { tensors } = decodeSafetensors(bytes, { source });
  const used = new Set<string>();
  const weights = new Map<number, Tensor>();
  for (const { name, module, layer, rule, config, own } of modulesOf(model, map)) {
    const of = (parameter: string) => {
      const full = `${module}.${parameter}`;
      const stored = tensors.get(full);
      if (stored === undefined) throw missing(full, name, tensors, source);
      used.add(full);
      return rounded(stored, full);
    };
    for (const [i, tensor] of rule.read(of, config, layer).entries()) weights.set(own[i], tensor);
  }
  const left = [...tensors.keys()].filter((name) => !used.has(name) && !name.endsWith("num_batches_tracked"));
  if (strict && left.length > 0) {
    throw new GruvyError(
      "model/weights",
      `Expected a layer for every parameter of ${source}, found none for ${left.slice(0, 5).map(shown).join(", ")}`,
      "Name its layer in map, or leave it out with strict: false.",
    );
  }
  await model.setWeights(model.weightPaths.map((_, index) => weights.get(index)!));
}

/** The layers that have weights, each with its module. */
function modulesOf(model: Model<unknown>, map: TorchMap) {
  const layers = ownLayers(model);
  for (const name of Object.keys(map)) {
    if (!layers.some((layer) => layer.name === name)) {
      const names = layers.map((layer) => layer.name).join(", ");
      throw new GruvyError(
        "usage/option",
        `No layer is called ${shown(name)}, as map says`,
        `The layers are ${names}.`,
      );
    }
  }
  return layers.flatMap((own) => {
    const indices = model.weightPaths.flatMap((path, index) => (path.startsWith(`${own.name}/`) ? [index] : []));
    if (indices.length === 0) return [];
    const given = Object.hasOwn(map, own.name) ? map[own.name] : own.name;
    const { module, layer = 0 } = typeof given === "string" ? { module: given } : given;
    wholeNumber(layer, `layer of ${own.name} in map`, { min: 0 });
    return [{ name: own.name, module, layer, rule: torchRule(own), config: own.config, own: indices }];
  });
}

function missing(full: string, layer: string, tensors: ReadonlyMap<string, unknown>, source: string): GruvyError {
  const names = [...tensors.keys()];
  return new GruvyError(
    "model/weights",
    `Expected the parameter ${shown(full)} for layer ${shown(layer)} in ${source}, found none`,
    `Say in map where the layer is; the file has ${names.slice(0, 8).map(shown).join(", ")}${names.length > 8 ? "..." : ""}.`,
  );
}
