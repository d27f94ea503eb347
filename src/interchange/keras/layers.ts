// Keras's layers and ours: one entry a layer. To add one, name its options, what they are called here, and where its
// arrays lie.

import { wordOf } from "../../base/index.ts";
import type { Json, JsonObject } from "../../model/index.ts";
import {
  camel,
  member,
  type Place,
  readActivation,
  readInitializer,
  readWeightRule,
  refusedOption,
  snake,
  writeActivation,
  writeInitializer,
  writeWeightRule,
} from "./values.ts";

/** One option in both directions; `read` gives undefined where ours is to have its default. */
export interface OptionRule {
  /** Ours; default: Keras's name in camelCase. */
  readonly name?: string;
  readonly read: (value: Json, place: Place, option: string) => Json | undefined;
  readonly write: (value: Json, option: string) => Json;
}

export interface LayerRule {
  /** Ours. */
  readonly kind: string;
  readonly options: Readonly<Record<string, OptionRule>>;
  /** What must be so, if it is there: the rest is nothing that we have. */
  readonly fixed?: Readonly<Record<string, readonly Json[]>>;
  /** What old files mean by leaving it out. */
  readonly absent?: JsonObject;
  /** What our layer says beside the options. */
  readonly also?: JsonObject;
  /** Whether it takes a list of inputs, also of one. */
  readonly merges?: true;
  /** Options in which layers are held, one or a list of them. */
  readonly layers?: readonly string[];
  /** Whether these may be models. */
  readonly models?: true;
  /** What ours holds of them, and back; default: the same under the option's name. */
  readonly hold?: (held: JsonObject) => JsonObject;
  readonly held?: (config: JsonObject) => JsonObject;
  /** Folders of its arrays within its place, given those of the layers it holds; default: its place itself. */
  readonly arrays?: (held: Readonly<Record<string, readonly string[]>>) => readonly string[];
  /** What ours has among the options and Keras among the arguments of a call, by Keras's name. */
  readonly call?: Readonly<Record<string, string>>;
  /** Whether a call may be given states to start from. */
  readonly states?: true;
  /** Whether a call is told the mask of what the layer is applied to; elsewhere Keras has no such argument. */
  readonly masked?: true;
  /** Layers behind it get no mask. */
  readonly endsMask?: true;
  /** Dimensions of the output, its rows included; default: those of the input. */
  readonly rank?: (config: JsonObject) => number;
}

/** Frozen or not; ours says it of layers with weights alone, and only where they are frozen. */
const trainable: OptionRule = { read: (value) => (value === false ? false : undefined), write: (value) => value };
const weightRule: OptionRule = { read: readWeightRule, write: writeWeightRule };
/** What holds for each weight while it is trained. */
const ruled = (...weights: readonly string[]): Readonly<Record<string, OptionRule>> => ({
  trainable,
  ...Object.fromEntries(
    weights.flatMap((weight) => [
      [`${weight}_regularizer`, weightRule],
      [`${weight}_constraint`, weightRule],
    ]),
  ),
});

const plain: OptionRule = { read: (value) => value, write: (value) => value };
const activation: OptionRule = { read: readActivation, write: (value) => writeActivation(wordOf(value)) };
const initializer: OptionRule = {
  read: readInitializer,
  // Keras makes no vector with these, and how one started says nothing once it is in the file.
  write: (value, option) =>
    writeInitializer(
      /^(kernel|recurrent|embeddings)_/.test(option) ||
        !["orthogonal", "identity"].includes(wordOf(member(value, "name")))
        ? value
        : { name: "zeros" },
    ),
};

/** The last axis, which older files count from the front. */
const lastAxis: OptionRule = {
  read: (value, place, option) => {
    const [axis, more] = Array.isArray(value) ? value : [value];
    const last = axis === -1 || axis === 2 || (axis === 1 && place.rank === 2);
    if (!last || more !== undefined)
      throw refusedOption(place, option, Array.isArray(value) ? value.map(wordOf).join() : value);
    return undefined;
  },
  write: (value) => value,
};

/** One number, which newer files keep as a list of one for each axis. */
const single: OptionRule = {
  read: (value) => (Array.isArray(value) && value.length === 1 ? value[0] : value),
  write: (value) => [value],
};

/** Of rows or of sequences: there is nothing of more dimensions. */
const sizes: OptionRule = {
  read: (value, place, option) => {
    if (Array.isArray(value) && (value.length === 1 || value.length === 2)) return value;
    const found = Array.isArray(value) ? `(${value.map(wordOf).join(", ")})` : value;
    throw refusedOption(place, option, found, "Rows of [features] or [steps, features] can be made.");
  },
  write: (value) => value,
};

/** What says nothing without `renorm`, which we have not. */
const ofRenorm: OptionRule = { read: () => undefined, write: (value) => value };

const within = (folder: string, paths: readonly string[]): string[] =>
  paths.map((path) => (path === "" ? folder : `${folder}/${path}`));

const walk = { return_sequences: plain, return_state: plain, go_backwards: plain, stateful: plain };
const step = {
  units: plain,
  activation,
  use_bias: plain,
  dropout: plain,
  recurrent_dropout: plain,
  kernel_initializer: initializer,
  recurrent_initializer: initializer,
  bias_initializer: initializer,
  ...ruled("kernel", "recurrent", "bias"),
};
const gruStep = { ...step, recurrent_activation: activation, reset_after: plain };
const lstmStep = { ...step, recurrent_activation: activation, unit_forget_bias: plain };
const recurrent = {
  fixed: { time_major: [false] },
  states: true as const,
  masked: true as const,
  arrays: () => ["cell"],
  rank: ({ returnSequences }: JsonObject) => (returnSequences === true ? 3 : 2),
};
const lastChannels = { fixed: { data_format: ["channels_last", null] } };
const attending = {
  options: { use_scale: plain, dropout: plain, trainable },
  call: { use_causal_mask: "useCausalMask" },
  merges: true,
  rank: () => 3,
} as const;
const merging = { options: {}, merges: true } as const;
const windows = {
  options: { pool_size: single, strides: single, padding: plain },
  endsMask: true as const,
  ...lastChannels,
};
const pooling = {
  fixed: { ...lastChannels.fixed, keepdims: [false] },
  options: {},
  endsMask: true as const,
  rank: () => 2,
};

/** The way back that ours makes of a layer that goes backwards; of another one Keras makes the same. */
function wayBack({ name, kind, config }: JsonObject): Json {
  if (member(config, "goBackwards") !== true) return null;
  const named = `backward_${wordOf(name ?? snake(wordOf(kind)))}`;
  return { kind, name: named, config: { ...(config as JsonObject), goBackwards: false } } as JsonObject;
}

/** By Keras's class. */
export const layerRules: Readonly<Record<string, LayerRule>> = {
  Embedding: {
    kind: "embedding",
    options: {
      input_dim: plain,
      output_dim: plain,
      mask_zero: plain,
      embeddings_initializer: initializer,
      ...ruled("embeddings"),
    },
    rank: () => 3,
  },
  SimpleRNN: { kind: "simpleRnn", options: { ...step, ...walk }, ...recurrent },
  LSTM: {
    kind: "lstm",
    options: { ...lstmStep, ...walk },
    ...recurrent,
  },
  GRU: {
    kind: "gru",
    options: { ...gruStep, ...walk },
    ...recurrent,
    absent: { reset_after: false },
  },
  RNN: {
    kind: "rnn",
    options: walk,
    ...recurrent,
    layers: ["cell"],
    arrays: ({ cell }) => within("cell", cell),
    hold: ({ cell }) => ({
      cells: member(cell, "kind") === "cells" ? member(member(cell, "config"), "cells")! : [cell],
    }),
    held: ({ cells }) => ({
      cell:
        (cells as readonly Json[]).length === 1 ? (cells as readonly Json[])[0] : { kind: "cells", config: { cells } },
    }),
  },
  StackedRNNCells: { kind: "cells", options: {}, layers: ["cells"], arrays: ({ cells }) => cells },
  SimpleRNNCell: { kind: "simpleRnnCell", options: step },
  LSTMCell: { kind: "lstmCell", options: lstmStep },
  GRUCell: { kind: "gruCell", options: gruStep, absent: { reset_after: false } },
  Bidirectional: {
    kind: "bidirectional",
    options: { merge_mode: plain },
    states: true,
    masked: true,
    layers: ["layer", "backward_layer"],
    arrays: ({ layer, backward_layer = layer }) => [
      ...within("forward_layer", layer),
      ...within("backward_layer", backward_layer),
    ],
    held: ({ layer, backwardLayer }) => ({ layer, backward_layer: backwardLayer ?? wayBack(layer as JsonObject) }),
    rank: ({ layer }) => recurrent.rank(((layer as JsonObject).config ?? {}) as JsonObject),
  },
  TimeDistributed: {
    kind: "timeDistributed",
    options: {},
    masked: true,
    layers: ["layer"],
    models: true,
    arrays: ({ layer }) => within("layer", layer),
  },
  Dense: {
    kind: "dense",
    options: {
      units: plain,
      activation,
      use_bias: plain,
      kernel_initializer: initializer,
      bias_initializer: initializer,
      ...ruled("kernel", "bias"),
    },
  },
  LayerNormalization: {
    kind: "layerNormalization",
    options: {
      axis: lastAxis,
      epsilon: plain,
      center: plain,
      scale: plain,
      beta_initializer: initializer,
      gamma_initializer: initializer,
      ...ruled("gamma", "beta"),
    },
    fixed: { rms_scaling: [false] },
  },
  BatchNormalization: {
    kind: "batchNormalization",
    options: {
      axis: lastAxis,
      momentum: plain,
      epsilon: plain,
      center: plain,
      scale: plain,
      beta_initializer: initializer,
      gamma_initializer: initializer,
      moving_mean_initializer: initializer,
      moving_variance_initializer: initializer,
      renorm_momentum: ofRenorm,
      renorm_clipping: ofRenorm,
      ...ruled("gamma", "beta"),
    },
    fixed: { renorm: [false], synchronized: [false] },
    masked: true,
  },
  Attention: { kind: "attention", ...attending, options: { ...attending.options, score_mode: plain } },
  AdditiveAttention: { kind: "additiveAttention", ...attending },
  Add: { kind: "add", ...merging },
  Average: { kind: "average", ...merging },
  Concatenate: { kind: "concatenate", ...merging, options: { axis: lastAxis } },
  Multiply: { kind: "multiply", ...merging },
  Subtract: { kind: "subtract", ...merging },
  Masking: { kind: "masking", options: { mask_value: plain } },
  Dropout: { kind: "dropout", options: { rate: plain } },
  SpatialDropout1D: { kind: "spatialDropout1d", options: { rate: plain }, ...lastChannels },
  Flatten: { kind: "flatten", options: {}, ...lastChannels, endsMask: true, rank: () => 2 },
  Conv1D: {
    kind: "conv1d",
    options: {
      filters: plain,
      kernel_size: single,
      strides: single,
      padding: plain,
      dilation_rate: single,
      activation,
      use_bias: plain,
      kernel_initializer: initializer,
      bias_initializer: initializer,
      ...ruled("kernel", "bias"),
    },
    fixed: { ...lastChannels.fixed, groups: [1] },
    endsMask: true,
  },
  MaxPooling1D: { kind: "maxPooling1d", ...windows },
  AveragePooling1D: { kind: "averagePooling1d", ...windows },
  RepeatVector: { kind: "repeatVector", options: { n: plain }, endsMask: true, rank: () => 3 },
  Reshape: {
    kind: "reshape",
    options: { target_shape: sizes },
    endsMask: true,
    rank: ({ targetShape }) => (Array.isArray(targetShape) ? targetShape.length + 1 : 2),
  },
  GlobalAveragePooling1D: { kind: "globalAveragePooling1d", ...pooling, masked: true },
  GlobalMaxPooling1D: { kind: "globalMaxPooling1d", ...pooling },
  Activation: { kind: "activation", options: { activation } },
  ReLU: {
    kind: "activation",
    options: {},
    also: { activation: "relu" },
    fixed: { max_value: [null], negative_slope: [0, null], threshold: [0, null] },
  },
  ELU: { kind: "activation", options: {}, also: { activation: "elu" }, fixed: { alpha: [1] } },
  Softmax: { kind: "activation", options: { axis: lastAxis }, also: { activation: "softmax" } },
};

/** Options of ours that Keras is told at each call. */
export const callOptions = [...new Set(Object.values(layerRules).flatMap(({ call = {} }) => Object.values(call)))];

/** What has no effect on results, or is handled for all layers alike. */
export const ignored: ReadonlySet<string> = new Set([
  "name",
  "dtype",
  "trainable",
  "batch_input_shape",
  "batch_shape",
  "unroll",
  "implementation",
  "seed",
  "autocast",
  "input_length",
  "input_dtype",
]);

/** What works while training alone. */
export const whileTraining = /(_regularizer|_constraint|^activity_regularizer|^noise_shape)$/;

export const ourName = (option: string, rule: OptionRule): string => rule.name ?? camel(option);

/** The class that a layer of ours is written as. */
export function classOf(kind: string): readonly [name: string, rule: LayerRule] | undefined {
  return Object.entries(layerRules).find(([, rule]) => rule.kind === kind);
}

/** Keras's way from a class to the folder of its arrays: "SimpleRNN" to "simple_rnn". */
export const folderOf = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
