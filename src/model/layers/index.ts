export { activation } from "./activation.ts";
export {
  type AdditiveAttentionOptions,
  type AttentionLayerOptions,
  additiveAttention,
  attention,
} from "./attention.ts";
export { type BatchNormalizationOptions, batchNormalization } from "./batch-normalization.ts";
export { type BidirectionalOptions, bidirectional } from "./bidirectional.ts";
export type { RecurrentCell } from "./cell.ts";
export { type Conv1dOptions, conv1d } from "./conv1d.ts";
export { type CellDefinition, type CustomCellOptions, customCell } from "./custom-cell.ts";
export { type CustomLayerOptions, customLayer, type LayerDefinition } from "./custom-layer.ts";
export { type DenseOptions, dense } from "./dense.ts";
export { type DropoutOptions, dropout } from "./dropout.ts";
export { type EmbeddingOptions, embedding } from "./embedding.ts";
export { flatten } from "./flatten.ts";
export { globalAveragePooling1d, globalMaxPooling1d } from "./global-pooling-1d.ts";
export { type GruOptions, gru, gruCell } from "./gru.ts";
export { type InputLayer, type InputOptions, input } from "./input.ts";
export type { AnyLayer, Json, JsonObject, Layer, LayerLike, SymbolicTensor } from "./layer.ts";
export {
  type LayerNormCellOptions,
  type LayerNormLstmCellOptions,
  layerNormGruCell,
  layerNormLstmCell,
} from "./layer-norm-cells.ts";
export { type LayerNormalizationOptions, layerNormalization } from "./layer-normalization.ts";
export { type LstmOptions, lstm, lstmCell } from "./lstm.ts";
export { type MaskingOptions, masking } from "./masking.ts";
export { add, average, concatenate, type MergeOptions, multiply, subtract } from "./merging.ts";
export { averagePooling1d, maxPooling1d, type Pooling1dOptions } from "./pooling-1d.ts";
export type { GateOptions, RecurrentLayerOptions } from "./recurrent.ts";
export { repeatVector } from "./repeat-vector.ts";
export { type ReshapeOptions, reshape } from "./reshape.ts";
export { type RnnOptions, rnn } from "./rnn.ts";
export { simpleRnn, simpleRnnCell } from "./simple-rnn.ts";
export { spatialDropout1d } from "./spatial-dropout-1d.ts";
export { timeDistributed } from "./time-distributed.ts";
