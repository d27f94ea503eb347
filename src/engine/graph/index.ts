export { arrange, type Buffer, bufferBytes } from "./arena.ts";
export { control, frame, status } from "./control.ts";
export { layoutWeights, type WeightLayout } from "./layout.ts";
export { type BatchSize, type Build, type Cost, Op, type RandomSource } from "./op.ts";
export { ActivationOp } from "./ops/activation.ts";
export { AffineOp } from "./ops/affine.ts";
export { ConcatenateOp } from "./ops/concatenate.ts";
export { DiffersMaskOp } from "./ops/differs-mask.ts";
export { DropoutOp } from "./ops/dropout.ts";
export { EmbeddingOp } from "./ops/embedding.ts";
export { FlattenOp } from "./ops/flatten.ts";
export { gruResetAfter, gruResetBefore } from "./ops/gru.ts";
export { InputOp } from "./ops/input.ts";
export { KeepUnmaskedOp } from "./ops/keep-unmasked.ts";
export { LayerNormOp } from "./ops/layer-norm.ts";
export { lstmCell } from "./ops/lstm.ts";
export { MergeOp } from "./ops/merge.ts";
export { PoolStepsOp } from "./ops/pool-steps.ts";
export { RecurrentOp, type RecurrentOptions } from "./ops/recurrent.ts";
export { simpleRnnCell } from "./ops/simple-rnn.ts";
export { SpatialDropoutOp } from "./ops/spatial-dropout.ts";
export {
  BLOCK_ENTRY,
  type Clipping,
  opsOf,
  type Program,
  type ProgramRequest,
  type Training,
  UPDATE_BYTES,
  writeProgram,
} from "./program.ts";
export { cellCount, classTargets, type Objective } from "./score.ts";
export { TimeAxis, Value, type ValueKind } from "./value.ts";
export { type Weight, WeightPool } from "./weight.ts";
