// Models of other systems: in and out.

export { type LoadKerasOptions, loadKeras, loadKerasWeights } from "./keras/load.ts";
export { encodeKeras, type SaveKerasOptions } from "./keras/save.ts";
export {
  checkParity,
  type Parity,
  type ParityOptions,
  type ParityPlace,
  type ParitySamples,
  readSamples,
} from "./parity.ts";
export {
  encodeTorch,
  type LoadTorchOptions,
  loadTorch,
  type TorchMap,
  type TorchOptions,
  torchWeights,
} from "./torch/weights.ts";
