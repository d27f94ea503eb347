import type { LoadedData } from "../data/index.ts";
import { crc32Text } from "../storage/index.ts";

/** Eight digits that tell data apart from others, so that a model recognises what it was trained on. */
export function fingerprint(data: LoadedData): string {
  if (data.kind === "series") return seriesFingerprint(data.values);
  if (data.kind === "sequences") {
    const { x } = data.train;
    return crc32Text(new Uint8Array(x.data.slice().buffer));
  }
  return crc32Text(new TextEncoder().encode(data.train.texts.join("\n")));
}

export function seriesFingerprint(values: Float64Array): string {
  return crc32Text(new Uint8Array(values.slice().buffer));
}
