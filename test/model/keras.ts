import {
  activation,
  adam,
  adamw,
  add,
  additiveAttention,
  attention,
  average,
  averagePooling1d,
  batchNormalization,
  bidirectional,
  concatenate,
  conv1d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePooling1d,
  globalMaxPooling1d,
  gru,
  gruCell,
  type Layer,
  layerNormalization,
  lstm,
  lstmCell,
  masking,
  maxPooling1d,
  multiply,
  type Optimizer,
  type RecurrentCell,
  repeatVector,
  reshape,
  rmsprop,
  rnn,
  type Schedule,
  sgd,
  simpleRnn,
  simpleRnnCell,
  spatialDropout1d,
  subtract,
  timeDistributed,
} from "../../src/model/index.ts";
import { scheduleFromConfig } from "../../src/model/schedules.ts";
import type { Described } from "../golden/records.ts";

/** `reset_after` is `resetAfter`, `beta_1` is `beta1`. */
export const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** `MeanSquaredError` is `meanSquaredError`, `AUC` is `auc`, `KLDivergence` is `klDivergence`. */
export const lower = (className: string): string =>
  className.replace(/^[A-Z]+(?=[A-Z][a-z]|\d|$)|^[A-Z]/, (start) => start.toLowerCase());

/** Keras's options in our words; values that are names (activations, monitors) too. */
export function options(config: Described["config"]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [camel(key), optionOf(value)]));
}

/** A name, or what Keras describes by its class: regularizers and constraints. */
function optionOf(value: unknown): unknown {
  if (typeof value === "string") return camel(value);
  if (typeof value !== "object" || value === null || !("class_name" in value)) return value;
  const { class_name, config } = value as unknown as { class_name: string; config: Described["config"] };
  return { name: lower(class_name), ...options(config) };
}

const layers: Record<string, (options: never) => Layer> = {
  Activation: (given: { activation: "tanh" }) => activation(given.activation),
  Add: add,
  AdditiveAttention: additiveAttention,
  Attention: attention,
  Average: average,
  AveragePooling1D: averagePooling1d,
  BatchNormalization: batchNormalization,
  Bidirectional: ({ layer, backwardLayer, ...rest }: { layer: Described; backwardLayer?: Described }) =>
    bidirectional(layerOf(layer), { ...rest, ...(backwardLayer && { backwardLayer: layerOf(backwardLayer) }) }),
  Concatenate: concatenate,
  Conv1D: conv1d,
  Dense: dense,
  Dropout: dropout,
  Embedding: embedding,
  Flatten: flatten,
  GRU: gru,
  LSTM: lstm,
  GlobalAveragePooling1D: globalAveragePooling1d,
  GlobalMaxPooling1D: globalMaxPooling1d,
  Masking: masking,
  MaxPooling1D: maxPooling1d,
  Multiply: multiply,
  RepeatVector: ({ n, ...rest }: { n: number }) => repeatVector(n, rest),
  Reshape: reshape,
  SpatialDropout1D: spatialDropout1d,
  LayerNormalization: layerNormalization,
  TimeDistributed: ({ layer, ...rest }: { layer: Described }) => timeDistributed(layerOf(layer), rest),
  RNN: ({ cell, ...rest }: { cell: Described | readonly Described[] }) =>
    rnn(Array.isArray(cell) ? cell.map(cellOf) : cellOf(cell as Described), rest),
  SimpleRNN: simpleRnn,
  Subtract: subtract,
};

const cells: Record<string, (options: never) => RecurrentCell> = {
  GRUCell: gruCell,
  LSTMCell: lstmCell,
  SimpleRNNCell: simpleRnnCell,
};
const cellOf = ({ className, config }: Described): RecurrentCell => cells[className](options(config) as never);

export const layerOf = ({ className, config }: Described): Layer => layers[className](options(config) as never);

/** The same layers without dropout, as Keras runs them when it does not train. */
export const layersAtRest = (described: readonly Described[]): Layer[] =>
  described.map((one) =>
    layerOf(["Dropout", "SpatialDropout1D"].includes(one.className) ? { ...one, config: { rate: 0 } } : one),
  );

export const scheduleOf = ({ className, config }: Described): Schedule =>
  scheduleFromConfig({ ...options(config), name: lower(className) } as Schedule["config"]);

const optimizers: Record<string, (options: never) => Optimizer> = {
  SGD: sgd,
  RMSprop: rmsprop,
  Adam: adam,
  AdamW: adamw,
};

export function optimizerOf({ className, config }: Described): Optimizer {
  const given = options(config);
  const rate = given.learningRate;
  if (typeof rate === "object") given.learningRate = scheduleOf(rate as Described);
  return optimizers[className](given as never);
}
