export { breathe, breatheNow } from "./breathe.ts";
export {
  type Batch,
  type BatchStream,
  type Dataset,
  type Datasets,
  isBatchStream,
  isDataset,
  type TensorsLike,
} from "./dataset.ts";
export { decimalsOf, threeDigits, vanishes } from "./decimals.ts";
export { type ErrorCode, type ErrorKind, GruvyError, shown, wordOf } from "./error.ts";
export { inert, valuesText, valueText } from "./inert.ts";
export { fetched, Late, loadAll } from "./late.ts";
export { cos, exp, log, pow, sigmoid, sin, tanh } from "./math.ts";
export { normal } from "./normal.ts";
export { plainName, refuseName, refuseUnknown } from "./options.ts";
export {
  CLEAR_LINE,
  duration,
  figure,
  lossText,
  progressLine,
  type Stretch,
  speedText,
  timeLeft,
} from "./progress-line.ts";
export { key, mix, permutation, type Random, random } from "./random.ts";
export { finiteNumber, product, wholeNumber } from "./sizes.ts";
export type { Store } from "./store.ts";
export * as stream from "./stream.ts";
export { type NestedArray, Tensor, type TensorData, type TensorLike, tensor } from "./tensor.ts";
export { wholePower } from "./whole-power.ts";
export { capital, counted, isLargerBetter, isShare, isSmallerBetter, measureWords } from "./words.ts";
