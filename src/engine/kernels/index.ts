export {
  type Activation,
  type ActivationName,
  activate,
  activateBackward,
  activationNamed,
  activationNames,
  activationNeeds,
  isCurved,
  type RowActivation,
} from "./activation.ts";
export {
  multiplyPairs,
  pairDropout,
  pairProducts,
  pairSoftmax,
  pairSoftmaxBackward,
  pairSums,
  pairTanh,
  pairTanhBackward,
  pairWidth,
  scalePairs,
  sumPairs,
} from "./attention.ts";
export { followWeights, meanGradients, putGradientsBy } from "./averages.ts";
export {
  approach,
  columnMoments,
  joinMoments,
  momentBytes,
  normalFactors,
  normalizeColumns,
  normalizeColumnsBackward,
  normalSums,
  varianceOf,
} from "./batch-norm.ts";
export { type CellShape, gateBytes, gateStride } from "./cell-rows.ts";
export { drawNormal, drawUniform, orthonormalize } from "./draw.ts";
export { removeBlocks } from "./draw-blocks.ts";
export { dropoutMask, mixScalar } from "./dropout.ts";
export { type ElementaryName, elementary } from "./elementary.ts";
export { flush } from "./formulas.ts";
export {
  gatherRows,
  gatherTokens,
  lookup,
  lookupBackward,
  lookupBlock,
  scatterRows,
  tailMask,
  tokenMask,
} from "./gather.ts";
export { gruBlend, gruBlendBackward, gruGates, gruGatesBackward } from "./gru-before.ts";
export { gruStep, gruStepBackward } from "./gru-gates.ts";
export { rareKernels } from "./late.ts";
export { LAYER_NORM_SAVED, layerNorm, layerNormBackward } from "./layer-norm.ts";
export { PANEL, padded, panelIndex, panelSize, stride } from "./layout.ts";
export { lossNeeds, lossRows } from "./loss.ts";
export { type LossKernel, metricBlock, outputBlocks, takesClassNumbers } from "./loss-kinds.ts";
export { lstmStep, lstmStepBackward } from "./lstm-gates.ts";
export { copyColumns, keepRows, mergeRows } from "./merge.ts";
export { metricNeeds, metricRows } from "./metric.ts";
export { type MetricKernel, metricCells, takesClasses } from "./metric-kinds.ts";
export { addRow, copyNumbered, sumRows } from "./numbered.ts";
export { ruleNeeds, STEP_SCALARS, slots, type UpdateRule, update } from "./optimizer.ts";
export { orMasks } from "./or-masks.ts";
export { outer } from "./outer.ts";
export {
  type Bounds,
  boundColumns,
  boundRows,
  type Constraint,
  keepPositive,
  type Norm,
  type Penalty,
  penaltySlope,
  penaltySum,
} from "./penalty.ts";
export {
  differsMask,
  maxSteps,
  maxStepsBackward,
  meanSteps,
  meanStepsBackward,
  stepShares,
} from "./pool.ts";
export { type PoolKind, poolWindow, poolWindowBackward } from "./pool-windows.ts";
export { product, windowProduct } from "./product.ts";
export { productPart } from "./product-part.ts";
export { reduceSlices } from "./reduce.ts";
export { regroup } from "./regroup.ts";
export { rnnStep, rnnStepBackward } from "./rnn-gates.ts";
export { anyNonZero, columnSums, copyRows, eachRow, fillRows, multiplyRows, vectors } from "./rows.ts";
export { scaleRows } from "./scale-rows.ts";
export { gruReset, gruResetBackward, softmaxOutput, softmaxOutputBackward } from "./softmax-gates.ts";
export { softmax, softmaxBackward } from "./softmax-rows.ts";
export { sumOfSquares } from "./sum-of-squares.ts";
export { transpose, transposeSize } from "./transpose.ts";
