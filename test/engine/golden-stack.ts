import type { CellName, Input, Layer, Stack } from "../../src/engine/graph/stack.twin.ts";
import type { ActivationName } from "../../src/engine/index.ts";
import { activationTwin } from "../../src/engine/kernels/activation.twin.ts";
import type { Described, LayerCase } from "../golden/records.ts";

const cells: Record<string, CellName> = { GRU: "gruAfter", LSTM: "lstm", SimpleRNN: "simpleRnn" };
const activations: Record<string, ActivationName> = { hard_sigmoid: "hardSigmoid", silu: "swish" };
const activation = (name: unknown) => activations[String(name)] ?? (name as ActivationName);

/** Layers of ours for one of Keras; undefined where the engine lacks the layer or its activation (an embedding is the input). */
function layersOf({ className, config }: Described): Layer[] | undefined {
  const of = <T>(name: string, otherwise: T) => (config[name] ?? otherwise) as T;
  switch (className) {
    case "GRU":
    case "LSTM":
    case "SimpleRNN": {
      const cell = className === "GRU" && config.reset_after === false ? "gruBefore" : cells[className];
      return [
        {
          layer: cell,
          units: of("units", 1),
          activation: activation(of("activation", "tanh")),
          recurrentActivation: activation(of("recurrent_activation", "sigmoid")),
          useBias: of("use_bias", true),
          returnSequences: of("return_sequences", false),
          goBackwards: of("go_backwards", false),
          dropout: of("dropout", 0),
          recurrentDropout: of("recurrent_dropout", 0),
          seed: 1,
        },
      ];
    }
    case "Dense": {
      const affine: Layer = { layer: "affine", units: of("units", 1), useBias: of("use_bias", true) };
      const name = activation(of("activation", "linear"));
      if (name !== ("softmax" as string) && !Object.hasOwn(activationTwin, name)) return undefined;
      return name === "linear" ? [affine] : [affine, { layer: "activation", function: name }];
    }
    case "Activation":
      return [{ layer: "activation", function: activation(of("activation", "linear")) }];
    case "Dropout":
      return [{ layer: "dropout", rate: of("rate", 0), seed: 1 }];
    case "Flatten":
      return [{ layer: "flatten" }];
    default:
      return undefined;
  }
}

export interface GoldenStack {
  readonly stack: Stack;
  readonly x: ArrayLike<number>;
  /** Our names of the golden's weights, in its order. */
  readonly paths: readonly string[];
  /** A table that stands for the golden's float input, so that its gradient can be read; else undefined. */
  readonly table?: Float64Array;
}

/**
 * A golden case as a stack of ours. A float input becomes the table of an embedding with a token for every place, and a
 * masked place becomes token 0: so masks need no tokens of their own, and the input's gradient is the table's.
 */
export function goldenStack(test: LayerCase): GoldenStack | undefined {
  const [first, ...rest] = test.layers;
  const isEmbedding = first.className === "Embedding";
  const described = isEmbedding ? rest : test.layers;
  const lists = described.map(layersOf);
  if (lists.some((list) => list === undefined)) return undefined;
  const layers = lists.flatMap((list) => list!);
  const { shape, data } = test.input;
  const [rows, ...axes] = shape;
  const steps = axes.length === 2 || isEmbedding ? axes[0] : 1;
  const paths: string[] = isEmbedding ? ["table/embeddings"] : [];
  layers.forEach((layer, i) => {
    if (layer.layer === "affine") paths.push(`${i}/kernel`, ...(layer.useBias ? [`${i}/bias`] : []));
    else if ("recurrentActivation" in layer) {
      paths.push(`${i}/kernel`, `${i}/recurrent_kernel`, ...(layer.useBias ? [`${i}/bias`] : []));
    }
  });
  if (isEmbedding) {
    const { input_dim, output_dim, mask_zero } = first.config as {
      input_dim: number;
      output_dim: number;
      mask_zero?: boolean;
    };
    const input: Input = { kind: "tokens", words: input_dim, features: output_dim, maskZero: mask_zero ?? false };
    return { stack: { input, steps, layers }, x: data, paths };
  }
  const features = axes[axes.length - 1];
  const places = rows * steps;
  const alive = (place: number) => test.mask?.data[place] !== 0;
  const table = new Float64Array((places + 1) * features);
  table.set(data, features);
  const kind = axes.length === 2 ? "tokens" : "token";
  const input: Input = { kind, words: places + 1, features, maskZero: test.mask !== undefined };
  const x = Array.from({ length: places }, (_, place) => (alive(place) ? place + 1 : 0));
  return { stack: { input, steps, layers }, x, paths, table };
}
