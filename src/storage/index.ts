export { crc32, crc32Text } from "./crc32.ts";
export { decodeModelFile, encodeModelFile, type LoadedModel, type StoredModel } from "./formats/model-file.ts";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./formats/safetensors.ts";
export {
  type ElementType,
  elementBits,
  fromTensor,
  isElementType,
  type StoredTensor,
  toFloat32Tensor,
  toTensor,
} from "./formats/stored-tensor.ts";
export { formatJson, type JsonValue, parseJson } from "./json.ts";
export { JsonCursor, type JsonCursorOptions, type JsonKind } from "./json-cursor.ts";
export { memoryStore } from "./memory-store.ts";
export { sourceName } from "./source-name.ts";
